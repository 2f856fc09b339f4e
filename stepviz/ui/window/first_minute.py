"""What is offered to try next in the first minute: from the state of the run, until the first lesson is opened."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.ui.lessons.lessons import Lessons
from stepviz.ui.race.races import Races
from stepviz.ui.shell import ShellLayout

# Of the rules it lowered the loss from every state that was tried; straight-through raised it from half of them.
STAND_IN = "sigmoid-surrogate"
PICK = "stand-in"

OFFERS = {
    "step": ("Press 1: the step function", "The same weights; the loss jumps, and its gradient becomes exactly 0"),
    "stand-in": ("Next: a stand-in derivative",
                 "Put the slope of a sigmoid in the place of the derivative that is 0: the step network trains"),
    "tanh": ("Next: back to tanh (press 3)", "The same weights under a smooth function"),
    "race": ("Next: race them", "The step, the step with a stand-in, and tanh, from the same first weights"),
    "lesson": ("Next: lesson 1", "Why not a step function? The whole story, with questions"),
}  # fmt: skip


def next_offer(experiment: Experiment, tried: frozenset[str]) -> str:
    """Return the key of what to try next where this runs and ``tried`` was tried; empty: nothing more."""
    if "lesson" in tried:
        return ""
    choices = [layer.activation for layer in experiment.layers]
    steps = [choice for choice in choices if ACTIVATIONS[choice.name].takes_rules]
    if steps and "race" not in tried:
        return "stand-in" if any(choice.rule.name == "true" for choice in steps) else "tanh"
    if choices and not steps and not tried & {"step", "race"}:
        return "step"
    return "lesson" if "race" in tried else "race"


class FirstMinute(QObject):
    """Keeps the offer in the status line; what was tried otherwise (a key, a menu) counts as well."""

    def __init__(self, shell: ShellLayout, lessons: Lessons, races: Races) -> None:
        super().__init__(shell.main)
        self._shell, self._lessons, self._races = shell, lessons, races
        self._offer = shell.status.offer
        self._tried: frozenset[str] = frozenset()
        self.key = ""
        self._rests = False
        self._acts: dict[str, Callable[[], object]] = {
            "step": lambda: self._switch(ActivationChoice("step"), "Switch to Step"),
            "stand-in": lambda: self._switch(ActivationChoice("step", rule=Choice(STAND_IN)), "A stand-in derivative"),
            "tanh": lambda: self._switch(ActivationChoice("tanh"), "Switch to tanh"),
            "race": self._race,
            "lesson": self._lesson,
        }
        tip = "A button below that says what to try next"
        self.action = shell.menus.add("View/hints", "First s&teps", tip, lambda: None)
        self.action.setCheckable(True)
        self.action.triggered.connect(lambda wanted: self.begin() if wanted else self._end())
        self._offer.taken.connect(lambda: self._acts[self.key]())
        self._offer.declined.connect(self._end)
        shell.lab.experiment_changed.connect(self.look)
        shell.documents.title_changed.connect(self.look)
        self.look()

    def look(self) -> None:
        """Offer what suits the run as it is now."""
        shell = self._shell
        experiment = shell.lab.experiment
        if any(ACTIVATIONS[layer.activation.name].takes_rules for layer in experiment.layers):
            self._tried |= {"step"}
        done = shell.remembered.preferences.hint_done
        if shell.documents.in_lesson and not done:
            self._remember(False)
            done = True
        self.key = "" if self._rests or done else next_offer(experiment, self._tried)
        self.action.setEnabled(not self._rests)
        self.action.setChecked(bool(self.key))
        self._offer.show_offer(*OFFERS.get(self.key, ("", "")))

    def rest(self, rests: bool) -> None:
        """Offer nothing while a class has a task of its own, or go on."""
        self._rests = rests
        self.look()

    def begin(self) -> None:
        """Offer the first thing again."""
        self._tried = frozenset()
        self._remember(True)
        self.look()

    def _end(self) -> None:
        self._remember(False)
        self.look()

    def _remember(self, wanted: bool) -> None:
        """Offer what to try next at the next start too, or no longer."""
        self._shell.remembered.note(hint_done=not wanted)

    def _switch(self, choice: ActivationChoice, text: str) -> None:
        self._shell.lab.change(with_activation(self._shell.lab.experiment, choice), text)

    def _lesson(self) -> None:
        # Not before it is wanted: to read lessons takes a library of its own.
        from stepviz.lessons.library import shipped_lessons

        self._lessons.open(shipped_lessons()[0])

    def _race(self) -> None:
        self._races.open()
        self._tried |= {"race"}
        if self._races.window is not None:
            self._races.window.chooser.take(PICK)
        self.look()
