"""What training has made of activation parameters that the settings in force have no place for: undo brings it back."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from stepviz.engine.common.arrays import Array
from stepviz.engine.setup.setup import BoundExperiment


@dataclass(frozen=True, slots=True)
class Place:
    """A trained parameter: its name in the layout, and the activation as it was chosen."""

    name: str
    choice: bytes


# A slider that sets what training starts a slope from makes another choice at each of its places.
MOST_PLACES = 64


class RetainedParameters:
    """Trained activation parameters (runs, units) that a change of settings had to leave behind: the newest 64."""

    def __init__(self, kept: Mapping[Place, Array] | None = None) -> None:
        self._kept: dict[Place, Array] = dict(kept or {})

    @property
    def kept(self) -> Mapping[Place, Array]:
        """Return a copy of what is kept, oldest first; its arrays are never written again."""
        return dict(self._kept)

    def exchange(
        self, before: BoundExperiment, left: Array, after: BoundExperiment, theta: Array, carried: Container[str]
    ) -> None:
        """Lay aside what goes of ``left`` (runs, parameters); write to ``theta`` what comes back, but for ``carried``.

        A layer's parameters come back where it gets the very activation that it once left: the same function, the same
        settings, the same of its parameters trained.
        """
        gone, come = dict(_trained(before, left)), dict(_trained(after, theta))
        # In the order of the layers, so that two runs that do the same keep the same.
        for place in [place for place in gone if place not in come]:
            self._kept.pop(place, None)
            self._kept[place] = gone[place].copy()
        for place in list(self._kept)[:-MOST_PLACES]:
            del self._kept[place]
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


def _trained(setup: BoundExperiment, theta: Array) -> Iterator[tuple[Place, Array]]:
    layout = setup.network.layout
    for layer, choice in enumerate(setup.experiment.activations()):
        rows, as_chosen = layout.trained(theta, layer), msgspec.json.encode(choice)
        for row, name in enumerate(layout.layers[layer].trained):
            yield Place(f"layer{layer + 1}.{name}", as_chosen), rows[:, row]
