"""Pre-activations that are exactly 0, where ReLU has a kink and its derivative is a matter of choice.

They are counted in every update, so that «none since the start» can be said; hence one comparison for all layers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array, Ints, freeze

# Layers stand apart by whole cache lines; what is between them is not 0.
_LINE = 32
# Beside a number NumPy compares a short array more slowly than beside another array.
_LARGEST_SPREAD = 4096
# Two more backward passes tell what the choice changes: at most in one update of so many.
REST = 256


class ExactZeros:
    """Room for the pre-activations of some layers in one piece of memory, and a search for exact zeros in it."""

    def __init__(self, shapes: Mapping[int, tuple[int, ...]], dtype: np.dtype[np.floating]) -> None:
        """Make room for arrays of these shapes, by layer."""
        self.searches = self.touched = 0
        self._shapes = shapes
        self._places: dict[int, slice] = {}
        start = 0
        for layer, shape in shapes.items():
            size = int(np.prod(shape))
            self._places[layer] = slice(start, start + size)
            start += -(-size // _LINE) * _LINE
        self._z: Array = np.ones(start, dtype=dtype)
        zero: Array = np.zeros(start if start <= _LARGEST_SPREAD else (), dtype=dtype)
        # Bytes are searched several times as fast as an array.
        found = bytearray(start)
        self._first = found.find
        self._found = np.frombuffer(found, dtype=np.uint8)
        self._comparison = (self._z, zero, self._found.view(np.bool_))
        # How often each one was 0 since these bytes were last emptied, before they overflow.
        self._often = np.zeros(start, dtype=np.uint8)
        self._filled = 0
        self._counts = dict.fromkeys(shapes, 0)

    def buffer(self, layer: int) -> Array:
        """Return the room for a layer's pre-activations, in its shape."""
        return self._z[self._places[layer]].reshape(self._shapes[layer])

    def search(self) -> bool:
        """Count the pre-activations that are exactly 0 (or -0) now, and return whether there are any."""
        self.searches += 1
        np.equal(*self._comparison)
        if self._first(1) < 0:
            return False
        self.touched += 1
        np.add(self._often, self._found, self._often)
        self._filled += 1
        if self._filled == 255:
            self._empty()
        return True

    def _empty(self) -> None:
        for layer, place in self._places.items():
            self._counts[layer] += int(np.sum(self._often[place], dtype=np.int64))
        self._often.fill(0)
        self._filled = 0

    def counts(self) -> Mapping[int, int]:
        """Return how many zeros all searches found, by layer."""
        self._empty()
        return self._counts

    def seen(self) -> Mapping[int, int]:
        """Return how many pre-activations all searches went through, by layer."""
        return {layer: self.searches * (place.stop - place.start) for layer, place in self._places.items()}


class CountedZeros:
    """What somebody else counts: ``counted`` (2, layers) are the exact zeros and all pre-activations looked at."""

    def __init__(self, layers: int) -> None:
        self.searches = self.touched = 0
        self.counted: Ints = np.zeros((2, layers), dtype=np.int64)

    def counts(self) -> Mapping[int, int]:
        """Return how many zeros were found, by layer."""
        return dict(enumerate(self.counted[0].tolist()))

    def seen(self) -> Mapping[int, int]:
        """Return how many pre-activations were looked at, by layer."""
        return dict(enumerate(self.counted[1].tolist()))


@dataclass(frozen=True, slots=True)
class ZeroCounts:
    """What the updates since step ``since`` have met; per weight layer (L,), 0 for layers without such a kink.

    ``zeros``: pre-activations that were exactly 0, ``seen``: all of them; ``updates``: how many updates were done,
    ``touched``: in how many of them a zero was met. Of these ``compared`` were done with ReLU'(0) = 0 and with 1, and
    on average ``changed`` of the gradient's entries differed.
    """

    since: int
    zeros: Ints
    seen: Ints
    updates: int
    touched: int
    compared: int
    changed: float

    @property
    def changed_share(self) -> float:
        """Return the share of all gradient entries since then that the choice of ReLU'(0) changes, 0 or 1.

        Exact where every update that met a zero was compared, else an estimate from those that were.
        """
        return self.changed * self.touched / self.updates if self.updates else 0.0


class ZeroCounter:
    """Adds up what the searches of a run find."""

    def __init__(self, layers: int, since: int) -> None:
        self.layers = layers
        self._since = since
        self._watched: list[ExactZeros | CountedZeros] = []
        self._before = ZeroCounts(since, np.zeros(layers, np.int64), np.zeros(layers, np.int64), 0, 0, 0, 0.0)
        self.compared, self._changed = 0, 0.0

    @classmethod
    def resumed(cls, before: ZeroCounts) -> ZeroCounter:
        """Return a counter that goes on from what another counted."""
        counter = cls(len(before.zeros), before.since)
        counter._before = before
        counter.compared, counter._changed = before.compared, before.changed * before.compared
        return counter

    def watch(self, zeros: ExactZeros | CountedZeros) -> None:
        """Count what is found there too."""
        self._watched.append(zeros)

    def settle(self) -> None:
        """Let go of all that is watched: other settings come."""
        self._before = self.read()
        self._watched.clear()

    def compare(self, changed: Callable[[], float]) -> None:
        """Take note of an update that met a zero; now and then ask what share of its gradient is ``changed``."""
        if self.compared * REST <= self.updates:
            self.note(1, changed())

    def note(self, compared: int, changed: float) -> None:
        """Take note of ``compared`` updates, whose gradients ``changed`` by that share, added up."""
        self.compared += compared
        self._changed += changed

    @property
    def updates(self) -> int:
        """Return how many updates were searched for zeros."""
        return self._before.updates + sum(zeros.searches for zeros in self._watched)

    def read(self) -> ZeroCounts:
        """Return the sums so far."""
        before = self._before
        zeros, seen = before.zeros.copy(), before.seen.copy()
        for watched in self._watched:
            for layer, count in watched.counts().items():
                zeros[layer] += count
            for layer, count in watched.seen().items():
                seen[layer] += count
        return ZeroCounts(
            self._since,
            freeze(zeros),
            freeze(seen),
            self.updates,
            before.touched + sum(watched.touched for watched in self._watched),
            self.compared,
            self._changed / self.compared if self.compared else 0.0,
        )
