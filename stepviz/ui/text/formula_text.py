"""Formulas in a text of Qt: as sharp as the type around them, on its baseline and in its colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QMimeData, QObject, QRect, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QFontMetricsF,
    QImage,
    QImageReader,
    QPainter,
    QPyTextObject,
    QRawFont,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QTextBrowser, QWidget

from stepviz.lessons.formulas import MARK, Piece, in_plain_words, sentence_in_html, sentence_in_words, set_aside
from stepviz.lessons.pictures import picture_path
from stepviz.lessons.typeset import Typeset, set_or_none
from stepviz.ui.core.guarded import guarded

# Of the type around: so the small letters of both types are about equally high.
SIZE = 1.1
# Of a displayed formula, from the left.
INDENT = 16
KIND = int(QTextFormat.ObjectTypes.UserObject.value) + 1
_LATEX, _DISPLAY, _ENLARGED = (int(QTextFormat.Property.UserProperty.value) + n for n in (1, 2, 3))


class FormulaBrowser(QTextBrowser):
    """Shows Markdown with formulas and pictures; what is copied or read by a screen reader has formulas in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._again: Callable[[], None] | None = None
        self._folder: Path | None = None
        self._pictures: dict[tuple[Path, int], QImage] = {}
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setUndoRedoEnabled(False)
        self._painter = FormulaPainter(self.document())

    def show_text(self, markdown: str, folder: Path | None = None) -> None:
        """Show a text from its beginning, with pictures from ``folder`` and from nowhere else."""
        if folder != self._folder:
            self._pictures.clear()
        self._folder = folder
        self._again = partial(self.show_text, markdown, folder)
        marked, formulas = set_aside(markdown)
        self.document().clear()
        self.setMarkdown(marked)
        self._painter.fill(formulas)
        self.setAccessibleDescription(in_plain_words(markdown) if formulas else "")

    def show_sentence(self, sentence: str) -> None:
        """Show a question or a claim: as it was typed, but for its formulas."""
        self._again = partial(self.show_sentence, sentence)
        shown, formulas = sentence_in_html(sentence)
        self.setHtml(shown)
        self._painter.fill(formulas)
        self.setAccessibleDescription(sentence_in_words(sentence) if formulas else "")

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # Qt's name
        """Return a picture of the folder, no wider than the text. Nothing else is read, whatever the text names."""
        text = name.toString() if isinstance(name, QUrl) else name
        path = self.picture_file(text)
        if kind != int(QTextDocument.ResourceType.ImageResource.value):
            return None
        if path is None:
            # For nothing at all Qt would look by itself.
            nothing = QImage(1, 1, QImage.Format.Format_ARGB32)
            nothing.fill(0)
            return nothing
        key = path, path.stat().st_mtime_ns
        if key not in self._pictures:
            reader = QImageReader(str(path))
            reader.setAutoTransform(True)
            self._pictures[key] = reader.read()
        picture, ratio = self._pictures[key], self.devicePixelRatioF()
        width = self.lineWrapColumnOrWidth() or self.viewport().width()
        room = round(ratio * (width - 2 * self.document().documentMargin()))
        if picture.width() > room > 0:
            picture = picture.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
        # Small ones are shown pixel by pixel of the text's, as a browser shows them.
        picture.setDevicePixelRatio(ratio if picture.width() == room else 1.0)
        return picture

    def picture_file(self, name: str) -> Path | None:
        """Return the file of a picture that the text names; None for what may not be read."""
        return picture_path(name, self._folder) if self._folder is not None else None

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Make pictures as wide as there is room now."""
        super().resizeEvent(event)
        if self._again is not None and self._pictures and event.size().width() != event.oldSize().width():
            self._again()

    @guarded
    def changeEvent(self, event: QEvent) -> None:  # Qt's name
        """Set the formulas anew for another size of type."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._again is not None:
            self._again()

    def createMimeDataFromSelection(self) -> QMimeData:  # Qt's name
        """Return the selection as plain text."""
        cursor, data = self.textCursor(), QMimeData()
        text = cursor.selection().toPlainText()
        for place in range(cursor.selectionStart(), cursor.selectionEnd()):
            if self.document().characterAt(place) == MARK:
                text = text.replace(MARK, _piece(_format_at(self.document(), place)).words, 1)
        data.setText(text)
        return data


class FormulaPainter(QPyTextObject):
    """Sets formulas in the place of the marks in a document, and paints them there."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._document = document
        self._renderers: dict[tuple[str, str], QSvgRenderer] = {}
        document.documentLayout().registerHandler(KIND, self)

    def fill(self, formulas: Sequence[Piece]) -> None:
        """Put each formula where its mark stands, in order; one that cannot be set, in words."""
        self._renderers.clear()
        cursor = QTextCursor(self._document)
        for formula in formulas:
            cursor = self._document.find(MARK, cursor)
            if cursor.isNull():
                return
            display = formula.kind == "display"
            if display:
                indented = QTextBlockFormat()
                indented.setLeftMargin(INDENT)
                cursor.mergeBlockFormat(indented)
            drawn, form = set_or_none(formula.content, display=display), cursor.charFormat()
            if drawn is None:
                form.setFontItalic(True)
                cursor.insertText(formula.words, form)
            else:
                cursor.insertText(MARK, self._format(form, formula, drawn))

    def _format(self, form: QTextCharFormat, formula: Piece, drawn: Typeset) -> QTextCharFormat:
        """Return the format of a formula. What Qt leaves below the baseline is what the format's font has there."""
        font = form.font()
        enlarged = max(1.0, SIZE * drawn.descent * _em(form) / QFontMetricsF(font).descent())
        font.setPointSizeF(font.pointSizeF() * enlarged)
        form.setFont(font)
        form.setObjectType(KIND)
        form.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
        for name, value in ((_LATEX, formula.content), (_DISPLAY, formula.kind == "display"), (_ENLARGED, enlarged)):
            form.setProperty(name, value)
        return form

    def intrinsicSize(self, doc: QTextDocument, _place: int, form: QTextFormat) -> QSizeF:  # Qt's name
        """Return the room that a formula takes, no wider than the text."""
        drawn, scale = self._drawn(doc, form.toCharFormat())
        below = QFontMetricsF(form.toCharFormat().font()).descent()
        return QSizeF(scale * drawn.width, scale * drawn.ascent + below)

    def drawObject(  # Qt's name
        self, painter: QPainter, rect: QRectF | QRect, doc: QTextDocument, _place: int, form: QTextFormat
    ) -> None:
        """Paint a formula on the baseline, in the colour of the text."""
        drawn, scale = self._drawn(doc, form.toCharFormat())
        box = QRectF(rect)
        baseline = box.bottom() - QFontMetricsF(form.toCharFormat().font()).descent()
        height = scale * (drawn.ascent + drawn.descent)
        place = QRectF(box.left(), baseline - scale * drawn.ascent, scale * drawn.width, height)
        key = drawn.svg, painter.pen().color().name()
        if key not in self._renderers:
            self._renderers[key] = _renderer(*key, self)
        self._renderers[key].render(painter, place)

    def _drawn(self, doc: QTextDocument, form: QTextCharFormat) -> tuple[Typeset, float]:
        """Return a formula and the length of its em."""
        drawn = set_or_none(form.property(_LATEX), display=form.property(_DISPLAY))
        assert drawn is not None
        em = SIZE * _em(form) / form.property(_ENLARGED)
        room = doc.textWidth() - 2 * doc.documentMargin() - INDENT
        return drawn, min(em, room / drawn.width) if room > 0 else em


def _renderer(svg: str, colour: str, parent: QObject) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(svg.replace("currentColor", colour).encode()), parent)


def _em(form: QTextCharFormat) -> float:
    return QRawFont.fromFont(form.font()).pixelSize()


def _format_at(document: QTextDocument, place: int) -> QTextCharFormat:
    cursor = QTextCursor(document)
    # A format is that of the letter before the cursor.
    cursor.setPosition(place + 1)
    return cursor.charFormat()


def _piece(form: QTextCharFormat) -> Piece:
    return Piece("display" if form.property(_DISPLAY) else "inline", form.property(_LATEX) or "")
