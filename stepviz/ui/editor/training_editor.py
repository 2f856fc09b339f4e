"""How it is trained: loss, optimizer, learning rate and its schedule, clipping, batches, penalties."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Qt

from stepviz.engine.catalogue.clipping import CLIPPINGS
from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.catalogue.parameters import Parameter
from stepviz.engine.catalogue.schedules import SCHEDULES
from stepviz.engine.catalogue.slope_schedules import SLOPE_SCHEDULES
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.edits import with_loss, with_optimizer
from stepviz.runtime.frame import Frame
from stepviz.ui.core.lab import Lab
from stepviz.ui.text.choice_words import named_choice
from stepviz.ui.text.schedule_words import optimizer_text, present_rate, present_slope
from stepviz.ui.widgets.form import GOES_ON, EntryChoice, Section, narrow, whole_number
from stepviz.ui.widgets.parameter_control import ParameterControl
from stepviz.ui.widgets.wheel import ComboBox

RATE = Parameter("learning rate", "η", 0.01, 1e-6, 1e6, f"size of a step. {GOES_ON}", (1e-4, 10.0), logarithmic=True)
L1 = Parameter("L1", "", 0.0, 0.0, 1e3, f"times the sum of |w| is added to the loss. {GOES_ON}", (0.0, 0.05))
L2 = Parameter("L2", "", 0.0, 0.0, 1e3, f"times half the sum of w² is added to the loss. {GOES_ON}", (0.0, 0.1))


SLOPES = "a of hidden sigmoid and tanh units, and k of surrogates, where it is not trained"


def _slope_note(name: str) -> str:
    return "Slopes as set" if name == "none" else f"Slope schedule: {SLOPE_SCHEDULES[name].label.lower()}"


class TrainingEditor(Section):
    """The settings of training."""

    def __init__(self, lab: Lab) -> None:
        super().__init__("Training")
        self._lab = lab
        self._task = ""
        self.rate = ParameterControl(RATE)
        self.rate.symbol.hide()
        self.rate.changed.connect(
            lambda value: self._change(f"Learning rate {value:g}", "learning rate", learning_rate=value)
        )
        self.add("Rate", self.rate)
        self.schedule = EntryChoice(SCHEDULES, "schedule of the learning rate")
        self.schedule.changed.connect(
            lambda choice, merge: self._change(
                named_choice(f"{SCHEDULES[choice.name].label} rate", choice, SCHEDULES[choice.name].parameters),
                merge,
                schedule=choice,
            )
        )
        self.add("Schedule", self.schedule, f"What becomes of the rate, by steps since the start. {GOES_ON}")
        self.slope = EntryChoice(SLOPE_SCHEDULES, "schedule of the slope")
        self.slope.changed.connect(
            lambda choice, merge: self._change(
                named_choice(_slope_note(choice.name), choice, SLOPE_SCHEDULES[choice.name].parameters),
                merge,
                slope_schedule=choice,
            )
        )
        self.add("Slope", self.slope, f"What becomes of the slope {SLOPES}, by steps since the start. {GOES_ON}")
        self.optimizer = EntryChoice(OPTIMIZERS, "optimizer")
        self.optimizer.changed.connect(
            lambda choice, merge: self._lab.change(
                with_optimizer(self._lab.experiment, choice),
                named_choice(OPTIMIZERS[choice.name].label, choice, OPTIMIZERS[choice.name].parameters),
                merge=merge,
            )
        )
        self.add(
            "Optimizer",
            self.optimizer,
            f"How a gradient becomes a step; the last ones do without a gradient. {GOES_ON}",
        )
        self.clipping = EntryChoice(CLIPPINGS, "gradient clipping")
        self.clipping.changed.connect(
            lambda choice, merge: self._change(
                named_choice(f"Clipping: {CLIPPINGS[choice.name].label}", choice, CLIPPINGS[choice.name].parameters),
                merge,
                clipping=choice,
            )
        )
        self.add("Clipping", self.clipping, f"What is done to a gradient that is too large. {GOES_ON}")
        self.loss = narrow(ComboBox())
        for key, loss in LOSSES.items():
            self.loss.addItem(loss.label, key)
            self.loss.setItemData(self.loss.count() - 1, loss.formula, Qt.ItemDataRole.ToolTipRole)
        self.loss.activated.connect(self._choose_loss)
        self.add("Loss", self.loss, "What is made small")
        self.batch = whole_number(0, 100_000, 8)
        self.batch.setSpecialValueText("all examples")
        self.batch.valueChanged.connect(lambda value: self._change(f"Batch size {value}", "batch", batch_size=value))
        self.add("Batch", self.batch, f"Examples per step; 0 takes all of them. {GOES_ON}")
        self.l1, self.l2 = ParameterControl(L1), ParameterControl(L2)
        self.l1.changed.connect(lambda value: self._change(f"L1 {value:g}", "l1", l1=value))
        self.l2.changed.connect(lambda value: self._change(f"L2 {value:g}", "l2", l2=value))
        for control, label in ((self.l1, "L1"), (self.l2, "L2")):
            control.symbol.hide()
            self.add(label, control)
        self._present: Frame | None = None
        lab.frame_shown.connect(self._frame_shown)

    def show_experiment(self, experiment: Experiment) -> None:
        """Show the settings."""
        self.rate.show_value(experiment.learning_rate)
        self.schedule.show_choice(experiment.schedule)
        self.slope.show_choice(experiment.slope_schedule)
        self.optimizer.show_choice(experiment.optimizer)
        self.optimizer.show_present(optimizer_text(experiment))
        self.clipping.show_choice(experiment.clipping)
        self.loss.setCurrentIndex(self.loss.findData(experiment.loss))
        with QSignalBlocker(self.batch):
            self.batch.setValue(experiment.batch_size)
        self.l1.show_value(experiment.l1)
        self.l2.show_value(experiment.l2)
        self._show_present(None if self._lab.frame is None else self._lab.frame.whole)

    def _show_present(self, frame: Frame | None) -> None:
        """Say where the schedules are now."""
        if frame is None:
            return
        self._offer_losses(frame.setup.dataset.loss_task)
        self.schedule.show_present(present_rate(frame.experiment, frame.step))
        annealed = frame.experiment.slope_schedule.name != "none"
        nothing = "No hidden layer has a slope to anneal: use sigmoid, tanh or a surrogate" if annealed else ""
        self.slope.show_present(present_slope(frame.setup, frame.step) or nothing)

    def _offer_losses(self, task: str) -> None:
        if task != self._task:
            self._task = task
            for place, loss in enumerate(LOSSES.values()):
                self.loss.model().item(place).setEnabled(task in loss.tasks)  # type: ignore[attr-defined]

    def _choose_loss(self, index: int) -> None:
        key = self.loss.itemData(index)
        self._lab.change(with_loss(self._lab.experiment, key), LOSSES[key].label)

    def _frame_shown(self, frame: Frame) -> None:
        if self.isVisible() and frame.whole is not self._present:
            self._present = frame.whole
            self._show_present(frame.whole)

    def _change(self, text: str, merge: str, **changes: object) -> None:
        self._lab.change(replace(self._lab.experiment, **changes), text, merge=merge)
