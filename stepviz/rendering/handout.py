"""A lesson or an experiment on paper: one PDF with texts, pictures as lines, claims with what was measured."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRectF, QSaveFile, QSizeF, Qt
from PySide6.QtGui import QColor, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen, QPicture, QTextDocument

from stepviz import __version__
from stepviz.lessons.formulas import Piece, sentence_in_html
from stepviz.ui.core.theme import FAMILY, font
from stepviz.ui.plotting.svg_fixes import DOTS_PER_INCH
from stepviz.ui.text.formula_text import FormulaPainter

PAPERS = {"a4": QPageSize.PageSizeId.A4, "letter": QPageSize.PageSizeId.Letter}
MARGIN = 0.7 * DOTS_PER_INCH
FOOT = 30.0
GAP = 14.0
TITLE = 18.0
SPACE = 5.0
# Pictures may be drawn so much smaller for a scene to fit on its page.
SMALLEST = 0.7
# Of a page: a single picture must leave room for words.
HIGHEST = 0.6
INK, MUTED, BORDER = "#101418", "#5b6570", "#c5ccd4"
STYLE = f"""
h1 {{ font-size: 20pt }} h2 {{ font-size: 15pt }} h3 {{ font-size: 11pt }} p, li {{ line-height: 125% }}
td, th {{ padding: 4px 6px }} .holds {{ color: #00693e }} .fails {{ color: #b0003a }} .open {{ color: {MUTED} }}
code {{ font-family: '{FAMILY}'; font-size: 9pt; color: {MUTED} }} .muted {{ color: {MUTED} }}
"""
# What stands in a row of the table, and its share of the width.
COLUMNS = (("measured", 30), ("claim", 38), ("condition", 32))
POINTS = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its choices, and the place of the right one by measurement (None: none came out right).

    Question and choices are sentences with formulas between dollar signs.
    """

    text: str
    choices: Sequence[str]
    answer: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """An instrument: its title, its strokes, and the file with its picture as SVG."""

    title: str
    strokes: QPicture
    file: Path


@dataclass(frozen=True, slots=True)
class Words:
    """A text as HTML, with a formulas.MARK for each of its formulas."""

    html: str
    formulas: Sequence[Piece] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A part of what is rendered: words, pictures, claims.

    A claim is its state, its words (with formulas between dollar signs), its condition, and what was measured.
    ``before`` are the words that are shown before the run, ``after`` those that explain it.
    """

    title: str
    before: Words
    pictures: Sequence[Shown]
    after: Words = Words("")
    question: Asked | None = None
    claims: Sequence[tuple[str, str, str, str]] = field(default_factory=tuple)


def write_handout(path: Path, title: str, summary: str, pages: Sequence[Page], paper: str = "a4") -> None:
    """Write the parts, each from the top of a page, as a PDF whose pictures are lines and words.

    Raises OSError where it cannot be written.
    """
    # Once for the number of pages, once with it.
    counting = QBuffer()
    counting.open(QIODevice.OpenModeFlag.WriteOnly)
    total = _print(counting, title, summary, pages, paper, 0)
    file = QSaveFile(str(path))
    if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
        raise OSError(f"{path}: cannot be written ({file.errorString()})")
    _print(file, title, summary, pages, paper, total)
    if not file.commit():
        raise OSError(f"{path}: cannot be written ({file.errorString()})")


def _print(device: QIODevice, title: str, summary: str, pages: Sequence[Page], paper: str, total: int) -> int:
    sheet = _Sheet(device, title, paper, total)
    sheet.text(Words(f"<h1>{html.escape(title)}</h1><p class='muted'>{html.escape(summary)}</p>"))
    for number, page in enumerate(pages):
        if number:
            sheet.new_page()
        question = [] if page.question is None else [_question(page.question)]
        heading = f"<h2>{html.escape(page.title)}</h2>"
        before = [Words(heading + page.before.html, page.before.formulas), *question]
        after = [page.after] if page.after.html else []
        claims = _claims(page.claims)
        shrink = sheet.shrink_for([*before, *after, *claims], page.pictures)
        for words in before:
            sheet.text(words)
        sheet.pictures(page.pictures, shrink)
        for words in after:
            sheet.text(words)
        for row in claims:
            sheet.text(row)
            sheet.rule()
    return sheet.end()


def _claims(claims: Sequence[tuple[str, str, str, str]]) -> list[Words]:
    """Return the rows of the table, the heading with the first of them: it must not stay behind alone."""
    rows: list[Words] = []
    heading = _row(*(f"<b class='muted'>{name}</b>" for name, _ in COLUMNS))
    for state, sentence, condition, measured in claims:
        words, formulas = sentence_in_html(sentence)
        row = _row(
            f"<span class='{state}'>{html.escape(measured)}</span>", words, f"<code>{html.escape(condition)}</code>"
        )
        rows.append(Words(row if rows else heading + row, formulas))
    return rows


def _row(*cells: str) -> str:
    parts = "".join(f"<td width='{share}%'>{cell}</td>" for cell, (_, share) in zip(cells, COLUMNS, strict=True))
    return f"<table width='100%' cellspacing='0' cellpadding='0'><tr>{parts}</tr></table>"


def _question(question: Asked) -> Words:
    asked, formulas = sentence_in_html(question.text)
    choices = ""
    for place, sentence in enumerate(question.choices):
        words, inside = sentence_in_html(sentence)
        choices += f"<li><b>{words} (measured)</b></li>" if place == question.answer else f"<li>{words}</li>"
        formulas += inside
    return Words(f"<h3>{asked}</h3><ul>{choices}</ul>", formulas)


class _Sheet:
    """Pages that fill from the top; ``total`` is their number, 0 where it is not known yet."""

    def __init__(self, device: QIODevice, title: str, paper: str, total: int) -> None:
        self._title, self._total = title, total
        self._writer = QPdfWriter(device)
        # At this resolution type and pictures have the sizes they have on screen.
        self._writer.setResolution(DOTS_PER_INCH)
        self._writer.setTitle(title)
        self._writer.setCreator(f"stepviz {__version__}")
        page = QPageSize(PAPERS[paper])
        self._writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
        size: QSizeF = page.size(QPageSize.Unit.Inch) * DOTS_PER_INCH
        self._room = QRectF(MARGIN, MARGIN, size.width() - 2 * MARGIN, size.height() - 2 * MARGIN - FOOT)
        self._painter = QPainter(self._writer)
        self._painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        self._y = self._room.top()
        self._pages = 1

    def end(self) -> int:
        """Close the document and return the number of its pages."""
        self._foot()
        self._painter.end()
        return self._pages

    def new_page(self) -> None:
        """Go on at the top of the next page."""
        self._foot()
        self._writer.newPage()
        self._pages += 1
        self._y = self._room.top()

    def _foot(self) -> None:
        place = QRectF(self._room.left(), self._room.bottom() + 8, self._room.width(), FOOT - 8)
        self._painter.setFont(font(8.5))
        self._painter.setPen(QColor(MUTED))
        below = Qt.AlignmentFlag.AlignBottom
        self._painter.drawText(place, below | Qt.AlignmentFlag.AlignLeft, self._title)
        self._painter.drawText(place, below | Qt.AlignmentFlag.AlignRight, f"{self._pages} / {self._total}")

    def _keep_together(self, height: float) -> None:
        if self._y + height > self._room.bottom() and self._y > self._room.top():
            self.new_page()

    def rule(self) -> None:
        """Draw a thin line over the width."""
        self._painter.setPen(QPen(QColor(BORDER), 0.75))
        self._painter.drawLine(QPointF(self._room.left(), self._y), QPointF(self._room.right(), self._y))
        self._y += 1

    def shrink_for(self, words: Sequence[Words], pictures: Sequence[Shown]) -> float:
        """Return how much smaller pictures have to be for all of it to fit on the page; 1 where it cannot."""
        texts = sum(self._document(part).size().height() + SPACE for part in words)
        columns, rows = min(2, len(pictures)), self._rows(pictures)
        drawn = sum(max(self._heights(row, self._scales(row, columns, 1.0))) for row in rows)
        room = self._room.bottom() - self._y - texts - len(rows) * (TITLE + GAP)
        shrink = room / drawn if drawn else 1.0
        return min(1.0, shrink) if shrink >= SMALLEST else 1.0

    def _document(self, words: Words) -> QTextDocument:
        document = QTextDocument()
        document.setUseDesignMetrics(True)
        document.setDocumentMargin(0)
        document.setDefaultFont(font(POINTS))
        document.setDefaultStyleSheet(STYLE)
        document.setHtml(f"<div style='color: {INK}'>{words.html}</div>")
        document.setTextWidth(self._room.width())
        FormulaPainter(document).fill(words.formulas)
        return document

    def text(self, words: Words) -> None:
        """Set a text; it is kept together unless it is longer than a page."""
        document = self._document(words)
        height = document.size().height()
        if height <= self._room.height():
            self._keep_together(height)
            self._draw(document, QRectF(0, 0, self._room.width(), height))
            self._y += height + SPACE
            return
        document.setPageSize(self._room.size())
        for number in range(document.pageCount()):
            if number or self._y > self._room.top():
                self.new_page()
            self._draw(document, QRectF(0, number * self._room.height(), self._room.width(), self._room.height()))
        self._y = self._room.bottom()

    def _draw(self, document: QTextDocument, part: QRectF) -> None:
        self._painter.save()
        self._painter.translate(self._room.left(), self._y - part.top())
        document.drawContents(self._painter, part)
        self._painter.restore()

    @staticmethod
    def _rows(pictures: Sequence[Shown]) -> list[Sequence[Shown]]:
        return [pictures[first : first + 2] for first in range(0, len(pictures), 2)]

    def _width(self, columns: int) -> float:
        return (self._room.width() - (columns - 1) * GAP) / columns

    def _scales(self, row: Sequence[Shown], columns: int, shrink: float) -> list[float]:
        sizes = [shown.strokes.boundingRect().size() for shown in row]
        highest = HIGHEST * self._room.height()
        return [shrink * min(self._width(columns) / size.width(), highest / size.height()) for size in sizes]

    @staticmethod
    def _heights(row: Sequence[Shown], scales: Sequence[float]) -> list[float]:
        return [scale * shown.strokes.boundingRect().height() for scale, shown in zip(scales, row, strict=True)]

    def pictures(self, pictures: Sequence[Shown], shrink: float) -> None:
        """Draw pictures with their titles, two in a row, a single one alone."""
        columns = min(2, len(pictures))
        for row in self._rows(pictures):
            self._draw_row(row, columns, shrink)

    def _draw_row(self, pictures: Sequence[Shown], columns: int, shrink: float) -> None:
        width, scales = self._width(columns), self._scales(pictures, columns, shrink)
        heights = self._heights(pictures, scales)
        self._keep_together(max(heights) + TITLE + GAP)
        for column, (shown, scale) in enumerate(zip(pictures, scales, strict=True)):
            left = self._room.left() + column * (width + GAP)
            self._painter.setFont(font(9, bold=True))
            self._painter.setPen(QColor(INK))
            self._painter.drawText(QRectF(left, self._y, width, TITLE), Qt.AlignmentFlag.AlignVCenter, shown.title)
            self._painter.save()
            self._painter.translate(left, self._y + TITLE)
            self._painter.scale(scale, scale)
            box = QRectF(shown.strokes.boundingRect())
            self._painter.drawPicture(0, 0, shown.strokes)
            self._painter.restore()
            # What scrolls may reach beyond the picture, to where nothing stands yet.
            right, bottom = left + scale * box.width(), self._y + TITLE + scale * box.height()
            far = 2 * self._room.right()
            for rest in (QRectF(right, self._y, far, self._room.bottom()), QRectF(left, bottom, far, far)):
                self._painter.fillRect(rest, Qt.GlobalColor.white)
            self._painter.setPen(QPen(QColor(BORDER), 0.75))
            self._painter.setBrush(Qt.BrushStyle.NoBrush)
            self._painter.drawRect(QRectF(left, self._y + TITLE, scale * box.width(), scale * box.height()))
        self._y += max(heights) + TITLE + GAP
