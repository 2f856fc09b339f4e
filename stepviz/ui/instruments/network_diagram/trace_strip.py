"""The strip under the drawing of a network: the traced gradient in a sentence, and factor by factor."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from stepviz.engine.common.number_format import compact_text
from stepviz.probes.trace import Factor, Trace
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.widgets.number_box import WholeNumberBox

HINT = "Click a weight or a bias to see why its gradient is what it is; double-click to edit it."
_CHIP_HEIGHT = 52
_LEAST_CHIP, _WIDEST_CHIP, _GAP = 58.0, 110.0, 16.0
_LINE = 16.0
_CAPTION = 46.0
_NARROW = 300


class Chip(NamedTuple):
    """What stands in one box: the factor's name, its number for the example, and over the training set."""

    name: str
    example: str
    average: str


class FactorChain(QWidget):
    """The factors of a trace side by side, from the loss to the parameter; the first that is exactly 0 is marked.

    The upper number is that of the chosen example, the lower one the mean size over the training set (the mean itself
    of the gradient); of a layer's
    units the root mean square is shown.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.trace: Trace | None = None
        self.setAccessibleName("Factors of the gradient")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_CHIP_HEIGHT)

    def show_trace(self, trace: Trace) -> None:
        """Show a trace."""
        self.trace = trace
        self.setToolTip("\n".join(explain(trace, place) for place in range(len(trace.factors))))
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Return room for three factors."""
        return QSize(int(3 * _LEAST_CHIP), _CHIP_HEIGHT)

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the factors that fit: with too little room those nearest to the first zero, or to the parameter."""
        if self.trace is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        trace, count = self.trace, len(self.trace.factors)
        x = self._paint_caption(painter, trace)
        # One more chip at the end: the gradient itself.
        fitting = max(2, int((self.width() - x + _GAP) / (_LEAST_CHIP + _GAP))) - 1
        first, stop = window(count, fitting, trace.first_zero)
        wide = min(_WIDEST_CHIP, (self.width() - x + _GAP) / (stop - first + 1) - _GAP)
        if first:
            painter.drawText(QRectF(x - _GAP, 0.0, _GAP, _LINE), Qt.AlignmentFlag.AlignCenter, "…")
        for place in range(first, stop):
            factor = trace.factors[place]
            chip = Chip(factor.name, size_of(factor.example), size_of(factor.average, mean=True))
            self._paint_chip(painter, x, wide, chip, place == trace.first_zero)
            following = trace.factors[place + 1].kind if place + 1 < count else "result"
            between = {"result": "=", "weights": "→", "centre": "→"}.get(following, "×")
            painter.setPen(QColor(self.theme.colours.muted))
            painter.setFont(font(11))
            text = "…" if place + 1 == stop and stop < count else between
            box = QRectF(x + wide, 0.0, _GAP, _CHIP_HEIGHT)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            x += wide + _GAP
        self._paint_chip(
            painter,
            x,
            wide,
            Chip("gradient", compact_text(trace.example_gradient), compact_text(trace.gradient)),
            False,
        )

    def _paint_caption(self, painter: QPainter, trace: Trace) -> float:
        painter.setFont(font(9))
        painter.setPen(QColor(self.theme.colours.muted))
        for row, text in enumerate(("", f"ex. {trace.options.example + 1}", "mean")):
            box = QRectF(0.0, 2.0 + row * _LINE, _CAPTION, _LINE)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        return _CAPTION + 6.0

    def _paint_chip(self, painter: QPainter, x: float, wide: float, chip: Chip, culprit: bool) -> None:
        colours = self.theme.colours
        box = QRectF(x, 1.0, wide, _CHIP_HEIGHT - 2.0)
        painter.setPen(QPen(QColor(colours.zero if culprit else colours.border), 2.4 if culprit else 1.0))
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(box.adjusted(1.2, 1.2, -1.2, -1.2), 5.0, 5.0)
        for row, text in enumerate((chip.name, chip.example, chip.average)):
            plain = colours.text if row < 2 else colours.muted
            zero = (culprit, chip.example == "0", chip.average == "0")[row]
            face = font(9, bold=zero or (row == 0 and chip.name == "gradient"), tabular=True)
            painter.setFont(face)
            painter.setPen(QColor(colours.zero if zero else plain))
            short = QFontMetricsF(face).elidedText(text, Qt.TextElideMode.ElideRight, box.width() - 6.0)
            line = QRectF(box.left(), box.top() + 1.0 + row * _LINE, box.width(), _LINE)
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, short)


class TraceStrip(QWidget):
    """The sentence, the factors, and which training example they are shown for (``example_chosen``, from 0)."""

    example_chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.chain = FactorChain(theme)
        self.sentence = QLabel(HINT)
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setAccessibleName("Why this gradient is what it is")
        # A sentence that grows by a word must not push the drawing about.
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.example = WholeNumberBox(1, 1)
        self.example.setPrefix("example ")
        self.example.setToolTip("Which training example the upper numbers are of")
        self.example.setAccessibleName("Training example")
        self.example.valueChanged.connect(lambda value: self.example_chosen.emit(value - 1))
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.sentence, 1)
        row.addWidget(self.example, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.chain)
        self._roomy = True
        self.clear()
        self.retheme()

    def show_trace(self, trace: Trace) -> None:
        """Show a trace."""
        self.chain.show_trace(trace)
        if self.sentence.text() != trace.sentence:
            self.sentence.setText(trace.sentence)
            self.sentence.setToolTip(trace.sentence)
        self.example.blockSignals(True)
        self.example.setRange(1, trace.examples)
        self.example.setSuffix(f" of {trace.examples}")
        if not self.example.hasFocus():
            self.example.setValue(trace.options.example + 1)
        self.example.blockSignals(False)
        self._show_parts()

    def clear(self) -> None:
        """Show the hint: nothing is chosen."""
        self.chain.trace = None
        self.sentence.setText(HINT)
        self.sentence.setToolTip("")
        self._show_parts()

    def set_roomy(self, roomy: bool) -> None:
        """Say whether there is room for the factors under the sentence."""
        self._roomy = roomy
        self._show_parts()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the example out where it would squeeze the sentence."""
        super().resizeEvent(event)
        self._show_parts()

    def _show_parts(self) -> None:
        chosen = self.chain.trace is not None
        self.chain.setVisible(chosen and self._roomy)
        self.example.setVisible(chosen and self._roomy and self.width() >= _NARROW)

    def retheme(self) -> None:
        """Take the theme's colours."""
        self.sentence.setFont(font(10))
        self.chain.update()


def window(count: int, fitting: int, culprit: int | None) -> tuple[int, int]:
    """Return from where to where a chain of ``count`` factors is shown: its end, or the part with the culprit."""
    if fitting >= count:
        return 0, count
    first = count - fitting
    if culprit is not None and culprit < first:
        first = culprit
    return first, first + fitting


def size_of(values: np.ndarray, *, mean: bool = False) -> str:
    """Return the one number, or for several the root mean square (the mean, of what are means)."""
    if len(values) == 1:
        return compact_text(float(values[0]))
    size = float(values.mean()) if mean else float(np.sqrt(np.mean(values * values)))
    return compact_text(size)


def explain(trace: Trace, place: int) -> str:
    """Return one factor in a line: what it is, for the example and on average, and how often it is exactly 0."""
    factor: Factor = trace.factors[place]
    what = {
        "loss": "what the loss asks of the output",
        "weights": "the signal that arrives through the next layer's weights",
        "derivative": f"stand-in {factor.rule} for f′(z)" if factor.rule else "the local derivative",
        "scale": "what the normalisation scales a signal by",
        "centre": "what is left of it behind the normalisation: its mean and its part along û are taken away",
        "slope": "the derivative by the trained parameter",
        "input": "what the weight multiplies",
    }[factor.kind]
    units = f", {len(factor.example)} units (root mean square)" if len(factor.example) > 1 else ""
    first = " ← the first that is exactly 0" if place == trace.first_zero else ""
    return (
        f"{factor.name}: {what}{units}: {size_of(factor.example)} for example {trace.options.example + 1}, "
        f"mean size {size_of(factor.average, mean=True)}, exactly 0 in {factor.zero_share:.0%}{first}"
    )
