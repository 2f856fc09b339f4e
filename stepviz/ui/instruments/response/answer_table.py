"""The answers to a few examples one by one: inputs, target, answer, right or wrong."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from stepviz.engine.common.number_format import number_text, share_text
from stepviz.engine.data.dataset import Dataset
from stepviz.probes.response import AnswerList
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.response.class_map import paint_verdict

Rows = list[tuple[str, ...]]


def answer_rows(listed: AnswerList, dataset: Dataset) -> Rows:
    """Return the head and the rows of the table as texts: each input, the target, the answer with its share, verdict.

    An answer that is not finite is said to be none, and is wrong.
    """
    names = dataset.class_names
    rows: Rows = [(*dataset.input_names, "target", "answer", "")]
    for inputs, truth, predicted, share in zip(*_columns(listed), strict=True):
        known = math.isfinite(share)
        answer = f"{names[predicted]} ({share_text(share)})" if known else "not finite"
        verdict = "right" if known and predicted == truth else "wrong"
        rows.append((*(number_text(value) for value in inputs), names[truth], answer, verdict))
    return rows


def _columns(listed: AnswerList) -> tuple[list[list[float]], list[int], list[int], list[float]]:
    return listed.inputs.tolist(), listed.truth.tolist(), listed.predicted.tolist(), listed.shares.tolist()


class AnswerTable(QWidget):
    """Paints the rows. A screen reader hears them as sentences.

    A verdict has a sign besides its colour, and a word where there is room: not while ``brief`` is set.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.rows: Rows = []
        self.brief = False
        self.setAccessibleName("The answers one by one")
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Minimum)

    def show_answers(self, listed: AnswerList, dataset: Dataset) -> None:
        """Show other answers, if they read otherwise."""
        rows = answer_rows(listed, dataset)
        if rows == self.rows:
            return
        wider = self._widths(rows) != self._widths(self.rows)
        self.rows = rows
        head = rows[0]
        self.setAccessibleDescription(
            ". ".join(
                ", ".join(f"{name} {text}".strip() for name, text in zip(head, row, strict=True)) for row in rows[1:]
            )
        )
        if wider:
            self.updateGeometry()
        self.update()

    def set_type(self, points: float) -> None:
        """Set the size of the type."""
        self.setFont(font(points, tabular=True))
        self.updateGeometry()

    def be_brief(self, brief: bool) -> None:
        """Leave the words of the verdicts away, or put them back."""
        if brief != self.brief:
            self.brief = brief
            self.updateGeometry()

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the room that the rows take."""
        line = self._line()
        return QSize(round(sum(self._widths(self.rows)) + 2), round(len(self.rows) * line + 6))

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the same: half a table says something else."""
        return self.sizeHint()

    def _line(self) -> float:
        return QFontMetricsF(self.font()).height() + 4

    def _widths(self, rows: Rows) -> list[float]:
        metrics = QFontMetricsF(self.font())
        # The widest answer there can be, so that the table stands still while shares change.
        gap = 0.8 * metrics.averageCharWidth()
        widths = [max(map(metrics.horizontalAdvance, column)) + 2 * gap for column in zip(*rows, strict=True)]
        if widths:
            widths[-2] = max(widths[-2], metrics.horizontalAdvance("0 (99.9 %)") + 2 * gap)
            widths[-1] = metrics.height() + (0.0 if self.brief else metrics.horizontalAdvance("wrong") + gap)
        return widths

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the table."""
        if not self.rows:
            return
        painter = QPainter(self)
        painter.setFont(self.font())
        colours, line, widths = self.theme.colours, self._line(), self._widths(self.rows)
        for place, row in enumerate(self.rows):
            top, left = 3 + place * line, 0.0
            for column, (text, width) in enumerate(zip(row, widths, strict=True)):
                painter.setPen(QColor(colours.muted if place == 0 else colours.text))
                box = QRectF(left, top, width, line)
                if place and column == len(row) - 1:
                    self._paint_verdict(painter, box, text)
                else:
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
                left += width
            if place == 0:
                painter.setPen(QPen(QColor(colours.border), 1))
                painter.drawLine(0, round(top + line), round(left), round(top + line))
        painter.end()

    def _paint_verdict(self, painter: QPainter, box: QRectF, text: str) -> None:
        side = QFontMetricsF(self.font()).capHeight()
        sign = QRectF(box.left() + 2, box.center().y() - side / 2, side, side)
        colour = QColor(self.theme.colours.text if text == "right" else self.theme.colours.test)
        paint_verdict(painter, sign, text == "right", colour)
        if self.brief:
            return
        painter.setPen(colour)
        painter.drawText(box.adjusted(side + 8, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
