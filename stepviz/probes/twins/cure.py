"""What a twin has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from stepviz.engine.data.dataset import Dataset
from stepviz.engine.settings.experiment import Experiment


@dataclass(frozen=True, slots=True, eq=False)
class Cure:
    """One change of a run that may help.

    ``key`` is stable; ``words`` say it after «with»; ``experiment`` are the settings with the change. ``fresh`` are
    those for new weights, where more belongs to them (ReLU units want He's); None: the same. ``dataset``: the changed
    examples where the settings cannot name them, else None. ``of_data``: whether the loss or the examples differ from
    the run's, so that only shares of a constant answer's loss can be compared. ``parts``: the keys of two changes made
    at once.
    """

    key: str
    words: str
    experiment: Experiment
    dataset: Dataset | None = None
    of_data: bool = False
    fresh: Experiment | None = None
    parts: tuple[str, ...] = ()

    @property
    def from_start(self) -> Experiment:
        """Return the settings for a twin with new weights."""
        return self.experiment if self.fresh is None else self.fresh

    @property
    def can_be_set(self) -> bool:
        """Return whether the change is one of settings, which a button can put in force."""
        return self.dataset is None


def both(base: Experiment, first: Cure, second: Cure) -> Cure | None:
    """Return two changes of ``base`` as one; None where both change the same setting, or one of them the examples."""
    if first.dataset is not None or second.dataset is not None:
        return None
    ours, theirs = changed_fields(base, first.from_start), changed_fields(base, second.from_start)
    if not theirs or set(ours) & set(theirs):
        return None
    return Cure(
        f"{first.key}+{second.key}",
        f"{first.words} and {second.words}",
        replace(base, **ours, **theirs),
        of_data=first.of_data or second.of_data,
        parts=(first.key, second.key),
    )


def changed_fields(base: Experiment, other: Experiment) -> dict[str, Any]:
    """Return the fields of an experiment that differ from those of ``base``, with their values."""
    return {
        name: getattr(other, name) for name in base.__struct_fields__ if getattr(base, name) != getattr(other, name)
    }
