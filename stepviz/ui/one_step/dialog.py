"""The dialog that takes the run's next update in four stages, for a chosen example and parameter."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from stepviz.engine.common.errors import InputError
from stepviz.probes.one_update.rehearsal import Rehearsal, rehearse
from stepviz.probes.one_update.stages import TITLES, Stages, stages_of
from stepviz.probes.trace import TraceOptions
from stepviz.runtime.commands import Step, TakeSession
from stepviz.runtime.frame import Frame
from stepviz.runtime.session import Session
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import font, scaled
from stepviz.ui.text.formula_text import FormulaBrowser
from stepviz.ui.text.number_format import text_points
from stepviz.ui.widgets.number_box import WholeNumberBox

# Long enough to read a stage aloud.
PAUSE_MS = 6000
RUNNING = "The run goes on. Pause it (Space), and its next update is shown here."
DIVERGED = "The numbers of this run are not finite any more: there is no update to explain. Step back, or restart."


class OneStepDialog(QDialog):
    """Shows a stage at a time. What it shows is worked out on a copy: the run does its updates and nothing else.

    ``closed`` is told when it is done, ``parameter_shown`` (its index in a row of parameters) when another is shown.
    Parameter and example are those that the network drawing traces: what is chosen here is chosen there, and the other
    way round.
    """

    closed = Signal()
    parameter_shown = Signal(int)
    _taken = Signal(object)

    def __init__(self, lab: Lab, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self.update_shown: Rehearsal | None = None
        self.stages: Stages | None = None
        self.stage = 0
        self._options: TraceOptions = lab.options("trace")
        self._state: tuple[int, int, int] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.go_on)
        self.setWindowTitle("One step, explained")
        self._build()
        self._taken.connect(self._take)
        self.finished.connect(self._end)
        lab.frame_shown.connect(self._show_frame)
        lab.options_changed.connect(self._follow)

    def _build(self) -> None:
        self.buttons = QButtonGroup(self)
        stages = QHBoxLayout()
        for number, title in enumerate(TITLES):
            button = QToolButton()
            button.setText(f"{number + 1}  {title}")
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setAccessibleName(f"Stage {number + 1} of {len(TITLES)}: {title}")
            button.setFont(font(11, bold=True))
            button.clicked.connect(lambda _on, number=number: self.show_stage(number))
            self.buttons.addButton(button, number)
            stages.addWidget(button, 1)
        self.layer, self.row, self.unit = (WholeNumberBox(1, 1) for _ in range(3))
        self.example = WholeNumberBox(1, 1)
        choice = QHBoxLayout()
        for box, name, tip in (
            (self.layer, "layer", "Of which layer the parameter is"),
            (self.row, "input", "From which input; behind the last comes the bias, then what else is trained"),
            (self.unit, "unit", "Of which unit"),
            (self.example, "example", "Which example of the batch"),
        ):
            box.setPrefix(f"{name} ")
            box.setToolTip(tip)
            box.setAccessibleName(tip)
            box.valueChanged.connect(self._choose)
            choice.addWidget(box)
        self.name = QLabel()
        self.name.setAccessibleName("Parameter")
        self.text = FormulaBrowser()
        self.text.setAccessibleName("What happens in this stage")
        self.back = QPushButton("Back")
        self.next = QPushButton("Next")
        self.next.setDefault(True)
        self.auto = QPushButton("Play")
        self.auto.setCheckable(True)
        self.auto.setToolTip(f"Go on by itself, a stage every {PAUSE_MS // 1000} seconds, update after update")
        close = QPushButton("Close")
        close.setAutoDefault(False)
        self.back.clicked.connect(lambda: self.show_stage(self.stage - 1))
        self.next.clicked.connect(self.go_on)
        self.auto.toggled.connect(self._play)
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        for control in (self.back, self.next, self.auto):
            foot.addWidget(control)
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.addLayout(stages)
        column.addLayout(choice)
        column.addWidget(self.name)
        column.addWidget(self.text, 1)
        column.addLayout(foot)
        self.text.setFont(font(12))
        self.name.setFont(font(11, bold=True))
        self.resize(scaled(640), scaled(520))

    # What there is to explain

    def begin(self) -> None:
        """Show the next update of the run, from its first stage."""
        self.stage, self._state = 0, None
        self.show()
        self.raise_()
        if self._lab.frame is not None:
            self._show_frame(self._lab.frame)

    def _show_frame(self, frame: Frame) -> None:
        """Ask for the next update where the run stands elsewhere than it did."""
        if not self.isVisible():
            return
        if frame.running or frame.diverged is not None:
            self._state = None
            self._say(RUNNING if frame.running else DIVERGED)
            return
        state = frame.generation, frame.step, hash((frame.parameters.tobytes(), id(frame.setup)))
        if state != self._state:
            self._state = state
            self._lab.send(TakeSession(self._taken.emit))

    def _take(self, session: Session) -> None:
        try:
            self.update_shown = rehearse(session.trainer)
        except InputError as error:
            self._say(f"{error.found} has no backward pass to explain: it does without a gradient.")
            return
        self._refresh()
        self._tell()

    def _say(self, sentence: str) -> None:
        self.update_shown = self.stages = None
        self.name.setText("")
        self.text.show_sentence(sentence)
        self._enable()

    def _refresh(self) -> None:
        """Work the stages out for what is chosen."""
        if self.update_shown is None:
            return
        self.stages = stages_of(self.update_shown, self._options)
        self._options = self.stages.options
        self._show_choice()
        self.show_stage(self.stage)

    # What the person chooses

    def _choose(self) -> None:
        chosen = (self.layer, self.row, self.unit, self.example)
        self._options = TraceOptions(*(box.value() - 1 for box in chosen))
        self._refresh()
        self._tell()

    def _tell(self) -> None:
        """Let the network drawing trace the same parameter, and the same example by its place in the training set."""
        if self.update_shown is not None:
            row = int(self.update_shown.rows[self._options.example])
            layer, place, unit = self._options.layer, self._options.row, self._options.unit
            self._lab.look_at("trace", TraceOptions(layer, place, unit, row))
            if self.stages is not None:
                self.parameter_shown.emit(self.stages.index)

    def _follow(self, probe: str, options: object) -> None:
        """Take the parameter that was chosen in the network drawing, and the example where the batch has it."""
        if probe != "trace" or not isinstance(options, TraceOptions) or not self.isVisible():
            return
        example = self._options.example
        if self.update_shown is not None and options.example in self.update_shown.rows.tolist():
            example = self.update_shown.rows.tolist().index(options.example)
        chosen = TraceOptions(options.layer, options.row, options.unit, example)
        if chosen != self._options:
            self._options = chosen
            self._refresh()

    def _show_choice(self) -> None:
        update, options = self.update_shown, self._options
        assert update is not None
        assert self.stages is not None
        layers = update.setup.network.layout.layers
        shape = layers[options.layer]
        for box, most, value in (
            (self.layer, len(layers), options.layer), (self.row, shape.rows, options.row),
            (self.unit, shape.outputs, options.unit), (self.example, len(update.rows), options.example),
        ):  # fmt: skip
            with QSignalBlocker(box):
                box.setRange(1, most)
                box.setSuffix(f" of {most:,}")
                box.setValue(value + 1)
        self.name.setText(f"Update {update.step + 1:,}: {self.stages.name}")

    # From stage to stage

    def show_stage(self, number: int) -> None:
        """Show a stage, counted from 0."""
        self.stage = max(0, min(number, len(TITLES) - 1))
        if self.stages is not None:
            self.text.show_text(self.stages.stages[self.stage].text)
        button = self.buttons.button(self.stage)
        button.setChecked(True)
        self._enable()

    def go_on(self) -> None:
        """Show the next stage; behind the last one the run does this update, and the next one is shown."""
        if self.stages is None:
            return
        if self.stage + 1 < len(TITLES):
            self.show_stage(self.stage + 1)
            return
        # Until the run has done it there is nothing to go on to.
        self.stage, self.stages = 0, None
        self._enable()
        self._lab.send(Step(1))

    def _play(self, on: bool) -> None:
        if on:
            self._timer.start()
        else:
            self._timer.stop()

    def _enable(self) -> None:
        ready = self.stages is not None
        self.back.setEnabled(ready and self.stage > 0)
        self.next.setEnabled(ready)
        self.next.setText("Next" if self.stage + 1 < len(TITLES) else "Do this update")
        for widget in (self.layer, self.row, self.unit, self.example, *self.buttons.buttons()):
            widget.setEnabled(ready)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Make the type larger where the dialog is large."""
        super().resizeEvent(event)
        self.text.setFont(font(text_points(12, self.width(), self.height())))

    def _end(self) -> None:
        self.auto.setChecked(False)
        self.closed.emit()
