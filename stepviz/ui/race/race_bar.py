"""The bar that drives a race: start, one step, restart, speed, and where the race is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from stepviz.engine.common.number_format import step_text
from stepviz.runtime.commands import Pause, Play, Restart, SetSpeed, Step
from stepviz.runtime.race_frame import RaceFrame
from stepviz.runtime.race_worker import RaceCommand
from stepviz.ui.core.icons import icon
from stepviz.ui.core.speed_scale import FIRST_SPEED, FULL, position_of, speed_at, speed_text
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.widgets.wheel import Slider


class RaceBar(QWidget):
    """Sends commands to the race through ``send``, and shows where it is."""

    def __init__(self, theme: Theme, send: Callable[[RaceCommand], None]) -> None:
        super().__init__()
        self.theme, self._send = theme, send
        self._frame: RaceFrame | None = None
        self.play = keyed("Start", "Start or pause the race", "Space", self._toggle, self)
        self.step = keyed("One step", "Do one update of every lane, then pause", "S", self._one, self)
        self.restart = keyed("Restart", "Back to step 0 with the same first weights", "R", self._restart, self)
        self.speed, self.speed_label, self.place = Slider(), QLabel(), QLabel()
        self._build()
        self.speed.valueChanged.connect(self.send_speed)
        theme.changed.connect(self.retheme)
        self.retheme()

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        buttons = []
        for action in (self.play, self.step, self.restart):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setIconSize(QSize(20, 20))
            button.setAutoRaise(True)
            button.setAccessibleName(action.text())
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            buttons.append(button)
            row.addWidget(button)
        self.play_button = buttons[0]
        self.speed.setRange(0, FULL)
        self.speed.setValue(position_of(FIRST_SPEED))
        self.speed.setPageStep(10)
        self.speed.setFixedWidth(130)
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("How many steps a second, at most; at the right end as fast as the machine can")
        self.place.setAccessibleName("Where the race is")
        row.addSpacing(8)
        row.addWidget(self.speed)
        row.addWidget(self.speed_label)
        row.addSpacing(8)
        row.addWidget(self.place)
        row.addStretch(1)

    # What a person does

    def _toggle(self) -> None:
        if self._frame is None:
            return
        if self._frame.done:
            self._send(Restart())
            self._send(Play())
        else:
            self._send(Pause() if self._frame.running else Play())

    def _one(self) -> None:
        self._send(Step(1))

    def _restart(self) -> None:
        self._send(Pause())
        self._send(Restart())

    def send_speed(self) -> None:
        """Tell the race the speed that is set."""
        limit = speed_at(self.speed.value())
        self.speed_label.setText(speed_text(limit))
        self._send(SetSpeed(limit))

    # What is shown

    def take(self, frame: RaceFrame | None) -> None:
        """Take note of the newest frame; None: there is none of this race yet."""
        self._frame = frame

    def show_texts(self, frame: RaceFrame) -> None:
        """Say where the race is, and what the buttons do now."""
        self.play.setText("Pause" if frame.running else "Again" if frame.done else "Start")
        self.play.setIcon(self._icons["pause" if frame.running else "play"])
        self.step.setEnabled(not frame.done)
        text = f"step {step_text(frame.step)} of {step_text(frame.limit)}"
        self.place.setText(f"{text}, {step_text(frame.steps_per_second)} steps/s" if frame.running else text)

    def retheme(self) -> None:
        """Take the theme's colours."""
        self._icons = {name: icon(name, self.theme.colours) for name in ("play", "pause", "step", "restart")}
        self.play.setIcon(self._icons["pause" if self._frame is not None and self._frame.running else "play"])
        self.step.setIcon(self._icons["step"])
        self.restart.setIcon(self._icons["restart"])
        self.place.setFont(font(11, bold=True, tabular=True))
        self.play_button.setFont(font(10, bold=True))
        # Wide enough for all it will say, so that nothing moves when it changes.
        self.play_button.setFixedWidth(QFontMetrics(self.play_button.font()).horizontalAdvance("Pause") + 56)
        self.speed_label.setFixedWidth(QFontMetrics(self.speed_label.font()).horizontalAdvance("10,000 steps/s "))


def keyed(text: str, tip: str, key: str, callback: Callable[[], object], parent: QWidget) -> QAction:
    """Return an action with a key that works in the whole window of ``parent``."""
    action = QAction(text, parent)
    action.setShortcut(QKeySequence(key))
    action.setToolTip(f"{tip} ({key})")
    action.triggered.connect(lambda _checked=False: callback())
    parent.addAction(action)
    return action
