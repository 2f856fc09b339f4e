"""Changes on the way: ``--at 300 learning_rate=0.01``, ``--at 500 parameters.7=0.5``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.command_line.field_values import with_values
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.run import Run

PARAMETERS, FRESH = "parameters.", "fresh."
EXPECTED = "a step and FIELD=VALUE, for example --at 300 learning_rate=0.01"


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be changed after ``step`` updates: settings, or parameters by their numbers in the row.

    ``fresh``: the optimizer forgets what it knows of these parameters.
    """

    step: int
    experiment: Experiment | None
    values: dict[int, float]
    words: str
    fresh: bool = False

    def make(self, run: Run) -> None:
        """Change the run. Raises InputError where that cannot be, or would begin it anew."""
        field = f"--at {self.step}"
        if self.experiment is not None:
            generation = run.generation
            run.change(self.experiment, self.words)
            if run.generation != generation:
                raise InputError(field, self.words, "a change that keeps the weights: this one begins the run anew")
        if self.values:
            size = run.trainer.theta.shape[1]
            if (wrong := max(self.values)) >= size:
                raise InputError(field, f"parameter {wrong}", f"0 to {size - 1}")
            indices, values = (np.array(list(each)) for each in (self.values.keys(), self.values.values()))
            run.put(indices.astype(np.int64), values.astype(np.float64), self.words, fresh=self.fresh)


def read_switches(given: Sequence[Sequence[str]], experiment: Experiment, steps: int) -> list[Planned]:
    """Return what ``--at`` asks for, by rising step; those of one step in the order given.

    Raises InputError for a step that there is not, and for settings that are not allowed.
    """
    ordered = sorted((_step_of(words, steps), place) for place, words in enumerate(given))
    planned = []
    for step, place in ordered:
        _, *changes = given[place]
        weights = [change for change in changes if change.startswith((PARAMETERS, FRESH))]
        settings = [change for change in changes if change not in weights]
        values, fresh = dict(map(_value_of, weights)), any(change.startswith(FRESH) for change in weights)
        after = with_values(experiment, settings) if settings else None
        experiment = after or experiment
        planned.append(Planned(step, after, values, ", ".join(changes), fresh))
    return planned


def _step_of(words: Sequence[str], steps: int) -> int:
    text = words[0]
    if not (text.isascii() and text.isdecimal() and len(text) < 13 and len(words) > 1):
        raise InputError("--at", " ".join(words), EXPECTED)
    if int(text) > steps:
        raise InputError("--at", f"step {int(text):,}", f"at most {steps:,}, the number of steps")
    return int(text)


def _value_of(change: str) -> tuple[int, float]:
    index, equals, text = change.removeprefix(PARAMETERS).removeprefix(FRESH).partition("=")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (equals and index.isascii() and index.isdecimal() and len(index) < 10 and math.isfinite(value)):
        raise InputError("--at", change, "the number of a parameter and a finite value, as in parameters.7=0.5")
    return int(index), value
