"""The status line: one sentence that says why the loss is or is not moving, to be read from the back row."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from stepviz.probes.diagnosis import Diagnosis
from stepviz.probes.early_stop import Reached
from stepviz.runtime.commands import StepBack
from stepviz.runtime.frame import Frame
from stepviz.runtime.settled_diagnosis import SettledDiagnosis
from stepviz.ui.bars.next_offer import NextOffer
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.text.number_format import mix
from stepviz.ui.text.throttled_label import SlowLabel

HEIGHT, STAGE_HEIGHT = 46, 74
LARGE, SMALL = 13.5, 11.5
# On stage the sentence is so many times as large.
STAGE = 1.5


class Sentence(SlowLabel):
    """A text on one line in large type, or on two in smaller type; what does not fit then is in the tool tip."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return a size that does not hold the window wide."""
        return QSize(80, scaled(HEIGHT) - 8)

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the same: the layout gives what room there is."""
        return self.minimumSizeHint()

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the text."""
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        room = QRectF(self.contentsRect())
        face = font(LARGE * self.scale, bold=True)
        if QFontMetricsF(face).horizontalAdvance(self.text()) <= room.width():
            painter.setFont(face)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        else:
            _paint_two_lines(painter, self.text(), font(SMALL * self.scale, bold=True), room)
        painter.end()


def _paint_two_lines(painter: QPainter, text: str, face: QFont, room: QRectF) -> None:
    metrics = QFontMetricsF(face)
    layout = QTextLayout(text, face)
    layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
    layout.beginLayout()
    first = layout.createLine()
    first.setLineWidth(room.width())
    end = first.textStart() + first.textLength()
    layout.endLayout()
    rest = metrics.elidedText(text[end:].strip(), Qt.TextElideMode.ElideRight, room.width())
    lines = [line for line in (text[:end].rstrip(), rest) if line]
    top = room.center().y() - metrics.lineSpacing() * len(lines) / 2 + metrics.ascent()
    painter.setFont(face)
    for number, line in enumerate(lines):
        painter.drawText(QPointF(room.left(), top + number * metrics.lineSpacing()), line)


class StatusLine(QFrame):
    """The diagnosis of the run; where a run diverged, that, with the two ways out.

    The bar at its left end has the colour of exact zeros where something keeps the run from learning.
    """

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__()
        self.lab, self.theme = lab, theme
        self.setObjectName("status_line")
        self.setAccessibleName("Diagnosis")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.sentence = Sentence()
        self.sentence.setAccessibleName("Why the loss does or does not move")
        self.restart = QPushButton("Restart")
        self.restart.setToolTip("Go back to step 0 with the same first weights")
        self.restart.clicked.connect(lambda _checked=False: lab.restart())
        self.back = QPushButton("One step back")
        self.back.setToolTip("Undo updates until all numbers are finite again")
        self.back.clicked.connect(lambda _checked=False: lab.send(StepBack()))
        self.offer = NextOffer(theme)
        self.low_power = QLabel("low power")
        self.low_power.setToolTip("15 pictures a second, to save the battery: View, Low power")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 3, 10, 3)
        row.setSpacing(10)
        row.addWidget(self.sentence, 1)
        for widget in (self.back, self.restart, self.offer, self.low_power):
            widget.setVisible(False)
            row.addWidget(widget)
        self._height = HEIGHT
        self._diagnosis: Diagnosis | None = None
        self._settled = SettledDiagnosis()
        self._stopped: Reached | None = None
        self._covered_by = ""
        self._ill = self._diverged = False
        theme.changed.connect(self.retheme)
        self.retheme()

    def add(self, widget: QWidget) -> None:
        """Give a widget room at the right end."""
        row = self.layout()
        assert row is not None
        row.addWidget(widget)

    def show_large(self, large: bool) -> None:
        """Show the sentence for the back row, or as usual."""
        self.sentence.scale = STAGE if large else 1.0
        self._height = STAGE_HEIGHT if large else HEIGHT
        self.retheme()

    def show_low_power(self, low: bool) -> None:
        """Show or hide that pictures are saved."""
        self.low_power.setVisible(low)

    def cover(self, words: str) -> None:
        """Show ``words`` in the place of what is measured; empty: show that again."""
        if words == self._covered_by:
            return
        self._covered_by = words
        self._diagnosis = self._stopped = None
        self._say(words, ill=False)
        self.sentence.show_now(words)
        if not words and self.lab.frame is not None:
            self.show_frame(self.lab.frame)

    def show_frame(self, frame: Frame) -> None:
        """Show why this run does or does not learn, in the numbers of the step that all numbers are of."""
        if self._covered_by:
            return
        frame = frame.whole
        diverged = frame.diverged is not None
        if diverged != self._diverged:
            self._diverged = diverged
            self._diagnosis = None
            self.restart.setVisible(diverged)
            self.back.setVisible(diverged)
        if diverged:
            self._say(f"Diverged at {frame.diverged}. The run is paused; try a smaller learning rate", ill=True)
            return
        if frame.stopped is not None:
            if frame.stopped is not self._stopped:
                self._stopped, self._diagnosis = frame.stopped, None
                self._say(f"{frame.stopped}. Play goes on", ill=False)
            return
        self._stopped = None
        diagnosis = self._settled.of(frame)
        if diagnosis is None or diagnosis is self._diagnosis:
            return
        self._diagnosis = diagnosis
        self._say(diagnosis.sentence, ill=any(finding.ill for finding in diagnosis.findings))

    def _say(self, text: str, *, ill: bool) -> None:
        self.sentence.show_now(text)
        advice = [finding.advice for finding in (self._diagnosis.findings if self._diagnosis else ()) if finding.advice]
        self.setToolTip("\n".join([text, *advice]))
        if ill != self._ill:
            self._ill = ill
            self.update()

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the background and the bar that says ill or well."""
        colours = self.theme.colours
        painter = QPainter(self)
        tint = colours.zero if self._ill else colours.accent
        painter.fillRect(self.rect(), mix(colours.surface, tint, 0.10) if self._ill else QColor(colours.surface))
        painter.fillRect(0, 0, self.width(), 1, QColor(colours.border))
        painter.fillRect(0, 0, 6, self.height(), QColor(tint))
        painter.end()

    def retheme(self) -> None:
        """Take the theme's colours."""
        colours = self.theme.colours
        self.setFixedHeight(scaled(self._height))
        self.low_power.setStyleSheet(f"color: {colours.muted}; padding: 0 6px;")
        self.update()
