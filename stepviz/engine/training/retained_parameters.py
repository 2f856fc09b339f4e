"""What training has made of activation parameters that the settings in force have no place for: undo brings it back."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

import msgspec

from stepviz.engine.common.arrays import Array
from stepviz.engine.setup.setup import BoundExperiment


@dataclass(frozen=True, slots=True)
class _Place:
    """A trained parameter: its name in the layout, and the activation as it was chosen."""

    name: str
    choice: bytes


class RetainedParameters:
    """Trained activation parameters (runs, units) that a change of settings had to leave behind."""

    def __init__(self) -> None:
        self._kept: dict[_Place, Array] = {}

    def exchange(
        self, before: BoundExperiment, left: Array, after: BoundExperiment, theta: Array, carried: Container[str]
    ) -> None:
        """Lay aside what goes of ``left`` (runs, parameters); write to ``theta`` what comes back, but for ``carried``.

        A layer's parameters come back where it gets the very activation that it once left: the same function, the same
        settings, the same of its parameters trained.
        """
        gone, come = dict(_trained(before, left)), dict(_trained(after, theta))
        for place in gone.keys() - come.keys():
            self._kept[place] = gone[place].copy()
        for place in come.keys() & self._kept.keys():
            if place not in gone and place.name not in carried and come[place].shape == self._kept[place].shape:
                come[place][...] = self._kept[place]


def foreign(before: BoundExperiment, after: BoundExperiment) -> set[str]:
    """Return the names of trained parameters that another activation has now: PReLU's slope is not a sigmoid's."""
    functions = zip(before.network.functions, after.network.functions, strict=True)
    return {
        f"layer{layer}.{name}"
        for layer, (old, new) in enumerate(functions, start=1)
        if old.activation is not new.activation
        for name in new.trained
    }


def _trained(setup: BoundExperiment, theta: Array) -> Iterator[tuple[_Place, Array]]:
    layout = setup.network.layout
    for layer, choice in enumerate(setup.experiment.activations()):
        rows, as_chosen = layout.trained(theta, layer), msgspec.json.encode(choice)
        for row, name in enumerate(layout.layers[layer].trained):
            yield _Place(f"layer{layer + 1}.{name}", as_chosen), rows[:, row]
