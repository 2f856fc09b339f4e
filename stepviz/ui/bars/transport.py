"""The transport: play, pause, steps, restart, new weights, speed, and where the run has got to."""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from stepviz.engine.common.number_format import step_text
from stepviz.runtime.commands import Pause, Play, SetSpeed, Step, StepBack
from stepviz.runtime.frame import Frame
from stepviz.ui.bars.time_slider import TimeSlider
from stepviz.ui.core.icons import icon
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.menu_bar import MenuBar
from stepviz.ui.core.speed_scale import FULL, position_of, speed_at, speed_text
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.text.throttled_label import SlowLabel
from stepviz.ui.widgets.number_box import WholeNumberBox
from stepviz.ui.widgets.wheel import Slider

LARGEST_SEED = 2**31 - 1
MOST_STEPS = 1_000_000
ICON, SPEED = 20, 130
# Frames that were under way when a button was pressed must not push it back.
GRACE = 0.15
UPDATES_BY = {"compiled": "The compiled step does the updates", "numpy": "NumPy does the updates"}


class Transport(QToolBar):
    """The tool bar that drives the run. Its actions are public: the Run menu shows the same ones.

    ``speed_changed`` carries the new limit in steps per second (None: full speed) that the person has chosen,
    ``speed_shown`` the one in force as a text. ``home`` is for the start page.
    """

    speed_changed = Signal(object)
    home_wanted = Signal()
    speed_shown = Signal(str)

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__("Transport")
        self.lab, self.theme = lab, theme
        self.setObjectName("transport")
        self.setMovable(False)
        self.setFloatable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._running = False
        self._pressed_at = 0.0
        self._set_at = 0.0
        self._limit: float | None = None
        self._counted: Frame | None = None
        self._icons: dict[QAction, str] = {}
        self.home = self._action("house", "Start page", "Lessons, recent files, and where you stopped", "Alt+Home",
                                 callback=self.home_wanted.emit)  # fmt: skip
        self.home.setCheckable(True)
        self.play = self._action("play", "Play", "Start or pause the training", "Space", callback=self._toggle)
        self.step = self._action("step", "One step", "Do one update, then pause", "Right", "S", callback=self._one)
        self.steps = self._action("steps", "Several steps", "Do as many updates as set, then pause", "Shift+S",
                                  callback=self._several)  # fmt: skip
        self.back = self._action("back", "One step back", "Undo the last update (the last 16 are kept)", "B",
                                 callback=lambda: lab.send(StepBack()))  # fmt: skip
        self.restart = self._action("restart", "Restart", "Go back to step 0 with the same first weights", "R",
                                    callback=lab.restart)  # fmt: skip
        self.renew = self._action("dice", "New weights", "Go back to step 0 with new first weights (the next seed)",
                                  "N", callback=self.draw_weights)  # fmt: skip
        self.slower = self._action("", "Slower", "Train at a lower speed", "-", callback=lambda: self._nudge(-5))
        self.faster = self._action("", "Faster", "Train at a higher speed", "+", "=", callback=lambda: self._nudge(5))
        self.count = WholeNumberBox(1, MOST_STEPS)
        self.speed = Slider()
        self.speed_label = QLabel()
        self.time = TimeSlider(lab)
        self._stepper = ""
        self.counters = {name: SlowLabel("–") for name in ("step", "epoch", "steps/s")}
        self._build()
        theme.changed.connect(self.retheme)
        self.retheme()
        self._show_speed()

    def add_entries(self, menus: MenuBar) -> None:
        """Add the actions to the Run menu."""
        menus.add_actions("Run/drive", (self.play, self.step, self.steps, self.back))
        menus.add_actions("Run/restart", (self.restart, self.renew))
        menus.add_actions("Run/speed", (self.slower, self.faster))

    def _action(self, image: str, text: str, tip: str, *keys: str, callback: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setStatusTip(tip)
        action.setToolTip(f"{tip} ({', '.join(keys)})")
        action.triggered.connect(lambda _checked=False: callback())
        if image:
            self._icons[action] = image
        return action

    def _build(self) -> None:
        self.count.setValue(100)
        self.count.setToolTip("How many updates «Several steps» does")
        self.count.setAccessibleName("Number of steps")
        self.speed.setRange(0, FULL)
        self.speed.setValue(FULL)
        self.speed.setPageStep(10)
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("How many steps a second, at most; at the right end as fast as the machine can")
        self.speed.valueChanged.connect(self._send_speed)
        self.speed_label.setFont(font(10, tabular=True))
        for group in (
            (self.home,), (self.restart, self.back), (self.play,), (self.step, self.count, self.steps), (self.renew,),
        ):  # fmt: skip
            for item in group:
                self.addAction(item) if isinstance(item, QAction) else self.addWidget(item)
            self.addSeparator()
        button = self.widgetForAction(self.play)
        assert isinstance(button, QToolButton)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFont(font(10, bold=True))
        self._play_button = button
        for action in self.actions():
            named = self.widgetForAction(action)
            if isinstance(named, QToolButton):
                named.setAccessibleName(action.text())
                named.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.addWidget(_row(self.speed, self.speed_label))
        self.time.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        time_row = _row(QLabel("time"), self.time)
        time_row.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(time_row)
        for name, label in self.counters.items():
            label.setFont(font(12, bold=True, tabular=True))
            side = Qt.AlignmentFlag.AlignRight if name == "steps/s" else Qt.AlignmentFlag.AlignLeft
            label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            label.setAccessibleName(name)
            caption = QLabel(name)
            # As it is said: «step 12, epoch 3.4, 200 steps/s».
            self.addWidget(_row(label, caption) if name == "steps/s" else _row(caption, label))

    # What a person does

    def hold(self, held: bool) -> None:
        """Let nobody train the network for now, or let them again."""
        for action in (self.play, self.step, self.steps):
            action.setEnabled(not held)
        self.time.setEnabled(not held)

    def give_up_arrow(self, given: bool) -> None:
        """Leave the key → to whoever turns pages with it, or take it back for «One step»."""
        self.step.setShortcuts([QKeySequence(key) for key in (("S",) if given else ("Right", "S"))])

    def _toggle(self) -> None:
        self._press(running=not self._running)
        self.lab.send(Play() if self._running else Pause())

    def _one(self) -> None:
        self._press(running=False)
        self.lab.send(Step(1))

    def _several(self) -> None:
        # A number that was typed counts, though the field still has the focus; what is none is refused.
        if self.count.take():
            self.lab.send(Step(self.count.value()))

    def _press(self, *, running: bool) -> None:
        self._pressed_at = time.perf_counter()
        self._show_running(running)

    def draw_weights(self) -> None:
        """Start anew from the weights of the next seed; undoable."""
        experiment = self.lab.experiment
        seed = 0 if experiment.seed >= LARGEST_SEED else experiment.seed + 1
        self.lab.change(replace(experiment, seed=seed), f"New weights (seed {seed})")

    def set_speed(self, limit: float | None) -> None:
        """Put the slider where this speed is, and tell the worker."""
        with QSignalBlocker(self.speed):
            self.speed.setValue(position_of(limit))
        self._put_speed(limit)

    def lend_speed(self, limit: float | None) -> None:
        """Train at a speed that the person has not chosen, and show it: their own one is not forgotten."""
        with QSignalBlocker(self.speed):
            self.speed.setValue(position_of(limit))
        self._limit, self._set_at = limit, time.perf_counter()
        self._show_speed()
        self.lab.send(SetSpeed(limit))

    def _nudge(self, positions: int) -> None:
        self.speed.setValue(self.speed.value() + positions)

    def _send_speed(self) -> None:
        self._put_speed(speed_at(self.speed.value()))

    def _put_speed(self, limit: float | None) -> None:
        self._limit, self._set_at = limit, time.perf_counter()
        self._show_speed()
        self.lab.send(SetSpeed(limit))
        self.speed_changed.emit(limit)

    # What is shown

    def show_frame(self, frame: Frame) -> None:
        """Show where the run is."""
        if frame.running != self._running and time.perf_counter() - self._pressed_at > GRACE:
            self._show_running(frame.running)
        if frame.speed != self._limit and time.perf_counter() - self._set_at > GRACE:
            # Set by a lesson, a session, the command line: the slider says what is in force.
            self._limit = frame.speed
            with QSignalBlocker(self.speed):
                self.speed.setValue(position_of(frame.speed))
            self._show_speed()
        self.time.show_frame(frame)
        whole = frame.whole
        if whole is not self._counted:
            # The step that is named is that of all other numbers on screen.
            self._counted = whole
            texts = (step_text(whole.step), f"{whole.epochs:,.1f}", step_text(whole.steps_per_second))
            if frame.stepper != self._stepper:
                self._stepper = frame.stepper
                self.counters["steps/s"].setToolTip(UPDATES_BY.get(frame.stepper, ""))
            for label, text in zip(self.counters.values(), texts, strict=True):
                label.show_now(text)

    def _show_running(self, running: bool) -> None:
        self._running = running
        self.play.setText("Pause" if running else "Play")
        self._play_button.setAccessibleName(self.play.text())
        self._icons[self.play] = "pause" if running else "play"
        self.play.setIcon(self._images[self._icons[self.play]])

    def _show_speed(self) -> None:
        self.speed_label.setText(speed_text(self._limit))
        self.speed_shown.emit(self.speed_label.text())

    def retheme(self) -> None:
        """Take the theme's colours, and the sizes that its type needs."""
        side = max(ICON, scaled(ICON))
        self.setIconSize(QSize(side, side))
        self.speed.setFixedWidth(max(SPEED, scaled(SPEED)))
        # Wide enough for all they will say, so that nothing moves when it changes.
        widest = [(label, "000,000") for label in self.counters.values()]
        for widget, text in (*widest, (self.speed_label, "10,000 steps/s "), (self._play_button, "Pause")):
            room = 52 if widget is self._play_button else 0
            metrics = QFontMetrics(widget.font())
            widget.setFixedWidth(metrics.horizontalAdvance(text) + room)
        colours = self.theme.colours
        self._images = {name: icon(name, colours) for name in {*self._icons.values(), "play", "pause"}}
        for action, name in self._icons.items():
            action.setIcon(self._images[name])


def _row(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    holder.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    row = QHBoxLayout(holder)
    row.setContentsMargins(5, 0, 5, 0)
    row.setSpacing(5)
    for widget in widgets:
        row.addWidget(widget)
    return holder
