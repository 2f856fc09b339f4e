"""What of the transport is seen on stage: play and pause, the speed, and the step that the run has got to."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QWidget

from stepviz.engine.common.number_format import step_text
from stepviz.runtime.frame import Frame
from stepviz.ui.bars.transport import Transport
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.text.throttled_label import SlowLabel

ICON, SIZE = 18, 11


class StageControls(QWidget):
    """Stands at the right of the status line. The buttons are the transport's own actions."""

    def __init__(self, transport: Transport, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.setAccessibleName("Run on stage")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.play = _button(transport.play)
        self.slower, self.faster = _button(transport.slower, "−"), _button(transport.faster, "+")
        self.speed, self.step = QLabel(transport.speed_label.text()), SlowLabel("step –")
        for label, name in ((self.speed, "Speed"), (self.step, "Step")):
            label.setFont(font(SIZE, bold=True, tabular=True))
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setAccessibleName(name)
        # One above the other: the sentence beside them needs the width.
        rows = QGridLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setHorizontalSpacing(2)
        rows.setVerticalSpacing(0)
        for place, (row, column) in ((self.play, (0, 0)), (self.step, (0, 1)), (self.slower, (1, 0)),
                                     (self.speed, (1, 1)), (self.faster, (1, 2))):  # fmt: skip
            rows.addWidget(place, row, column, Qt.AlignmentFlag.AlignCenter)
        transport.speed_shown.connect(self.speed.setText)
        theme.changed.connect(self.retheme)
        self.retheme()
        self.hide()

    def show_frame(self, frame: Frame) -> None:
        """Show where the run is."""
        text = f"step {step_text(frame.step)}"
        self.step.show_text(text) if frame.running else self.step.show_now(text)

    def retheme(self) -> None:
        """Take the sizes that the type needs: nothing moves when a number gets longer."""
        for button in (self.play, self.slower, self.faster):
            button.setIconSize(QSize(scaled(ICON), scaled(ICON)))
        for label in (self.speed, self.step):
            label.setFixedWidth(QFontMetrics(label.font()).horizontalAdvance("10,000 steps/s"))


def _button(action: QAction, sign: str = "") -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.text())
    button.setFont(font(SIZE, bold=True))
    if sign:
        button.setText(sign)
    return button
