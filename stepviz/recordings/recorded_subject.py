"""The subject of a frame that shows a recording: names that the person's program gave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.probes.stuck_units import ACTIVE, FLAT, NO_SIGNAL, NOT_SEEN, ROUNDED_AWAY, STARVED
from stepviz.recordings.head import Head
from stepviz.runtime.unit_ledger import LedgerView

LONGEST_NAME = 26
_CAUSES = {
    FLAT: "f'(z) is exactly 0 for every example that was seen",
    STARVED: "f'(z) is not 0, but the error signal that arrives is exactly 0 for every example that was seen",
    NO_SIGNAL: "no gradient arrives; f' is not known here",
    ROUNDED_AWAY: "the update was smaller than the last digit of every weight of the unit",
    NOT_SEEN: "neither its bias gradient nor single examples were seen",
}


@dataclass(frozen=True, slots=True, eq=False)
class RecordedSurface:
    """Losses (rows, columns) around the weights of a step; ``normalisation`` is how batch normalisations computed."""

    step: int
    values: Array
    normalisation: str


@dataclass(frozen=True, slots=True)
class RecordedSubject:
    """What a head says, for panels. The test loss is the value that was logged as one.

    ``notes`` are what the recorder said, ``ended`` whether the training was left, ``share`` of the time watching took.
    """

    head: Head
    tested: bool
    notes: tuple[str, ...] = ()
    ended: bool = False
    share: float = float("nan")
    surface: RecordedSurface | None = None

    @property
    def key(self) -> object:
        """Return the head."""
        return self.head

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the names of all layers, long ones shortened."""
        return tuple(shortened(layer.name) for layer in self.head.layers)

    @property
    def unit_layers(self) -> tuple[str, ...]:
        """Return the names of the layers that have units."""
        return tuple(shortened(layer.name) for layer in self.head.layers if layer.units)

    @property
    def unit_labels(self) -> tuple[str, ...]:
        """Return the same names."""
        return self.unit_layers

    @property
    def states(self) -> tuple[int, ...]:
        """Return all but saturated, which is not measured."""
        return ACTIVE, FLAT, STARVED, NO_SIGNAL, ROUNDED_AWAY, NOT_SEEN

    def cause(self, ledger: LedgerView, layer: int, state: int) -> str:
        """Return why units are in a state."""
        start = sum(ledger.widths[: layer + 1])
        behind = ledger.states[start : start + ledger.widths[layer + 1]] if layer + 1 < len(ledger.widths) else None
        if state == STARVED and behind is not None and len(behind) and bool(np.isin(behind, (FLAT, STARVED)).all()):
            return f"every unit of {self.unit_layers[layer + 1]} is stuck: none passes a signal back"
        return _CAUSES.get(state, "")

    def derivative(self, _layer: int) -> str:
        """Return «f'(z)»: what stands in for it is not known of a foreign training."""
        return "f'(z)"


def shortened(name: str) -> str:
    """Return a name of at most 26 letters: of a path through modules the first parts become single letters."""
    parts = name.split(".")
    for place in range(len(parts) - 1):
        if len(".".join(parts)) <= LONGEST_NAME:
            break
        parts[place] = parts[place] if parts[place].isdecimal() else parts[place][:1]
    short = ".".join(parts)
    return short if len(short) <= LONGEST_NAME else f"{short[:9]}…{short[-(LONGEST_NAME - 10) :]}"
