"""What a Frame is about: a network of the lab, or a training that was recorded elsewhere.

Panels that show either ask this for names and causes, and never for the experiment, which a recording has not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.stuck_units import STATES
from stepviz.runtime.unit_ledger import LedgerView
from stepviz.runtime.unit_words import cause_words, derivative_words


class Subject(Protocol):
    """What can be asked of either.

    ``layers`` are the names of the layers with weights, ``unit_layers`` those of the layers whose units the ledger
    holds, and ``unit_labels`` the same in the least room; ``states`` the codes of the states that units can have;
    ``tested``: there is a test loss. ``key`` is another object where names or causes may be other ones.
    """

    @property
    def key(self) -> object: ...  # noqa: D102  # described above

    @property
    def layers(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def unit_layers(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def unit_labels(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def states(self) -> tuple[int, ...]: ...  # noqa: D102

    @property
    def tested(self) -> bool: ...  # noqa: D102

    def cause(self, ledger: LedgerView, layer: int, state: int) -> str:
        """Return why units of a layer (from 0) are in a state; nothing for active ones."""

    def derivative(self, layer: int) -> str:
        """Return what the backward pass multiplies by in a layer."""


@dataclass(frozen=True, slots=True)
class ExperimentSubject:
    """A network of the lab."""

    setup: BoundExperiment

    @property
    def key(self) -> object:
        """Return the experiment."""
        return self.setup

    @property
    def layers(self) -> tuple[str, ...]:
        """Return «layer 1» … «output»."""
        return (*self.unit_layers, "output")

    @property
    def unit_layers(self) -> tuple[str, ...]:
        """Return «layer 1» …, one for each hidden layer."""
        return tuple(f"layer {number}" for number in range(1, len(self.setup.network.functions)))

    @property
    def unit_labels(self) -> tuple[str, ...]:
        """Return «1», «2» and so on."""
        return tuple(str(number) for number in range(1, len(self.setup.network.functions)))

    @property
    def states(self) -> tuple[int, ...]:
        """Return the four states."""
        return tuple(range(len(STATES)))

    @property
    def tested(self) -> bool:
        """Return whether there is a test set."""
        return len(self.setup.test) > 0

    def cause(self, ledger: LedgerView, layer: int, state: int) -> str:
        """Return why units of a layer are in a state."""
        return cause_words(self.setup, ledger, layer, state)

    def derivative(self, layer: int) -> str:
        """Return «f'(z)», or what stands in for it."""
        return derivative_words(self.setup, layer)
