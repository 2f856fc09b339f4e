"""What a recording says of itself at its beginning: the layers, and how they were trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepviz.recordings.blocks import NotARecording

MOST_LAYERS, MOST_UNITS = 20_000, 4_000_000
LONGEST = 300


@dataclass(frozen=True, slots=True)
class RecordedLayer:
    """A layer by the name that the person's program gives it; its units are ``place`` of all units."""

    name: str
    kind: str
    units: int
    place: slice

    @property
    def noun(self) -> str:
        """Return what its units are called."""
        return "channels" if self.kind.startswith(("Conv", "BatchNorm", "GroupNorm", "InstanceNorm")) else "units"


@dataclass(frozen=True, slots=True)
class Head:
    """``sentinel`` are the names of the layers whose units were seen at every update; ``began`` is in seconds."""

    layers: tuple[RecordedLayer, ...]
    model: str = ""
    framework: str = ""
    optimizer: str = ""
    writer: str = ""
    parameters: int = 0
    budget: float = 0.0
    sentinel: frozenset[str] = frozenset()

    @property
    def units(self) -> int:
        """Return how many units all layers have."""
        return sum(layer.units for layer in self.layers)


def read_head(said: Mapping[str, Any]) -> Head:
    """Return the head. Raises NotARecording where its layers are none, or more than anybody could look at."""
    described = said.get("layers")
    if not isinstance(described, list) or not all(isinstance(layer, dict) for layer in described):
        raise NotARecording("a head without a list of layers")
    if len(described) > MOST_LAYERS:
        raise NotARecording(f"{len(described):,} layers, more than {MOST_LAYERS:,}")
    layers: list[RecordedLayer] = []
    at = 0
    for number, layer in enumerate(described, start=1):
        units = layer.get("units", 0)
        if isinstance(units, bool) or not isinstance(units, int) or not 0 <= units <= MOST_UNITS - at:
            raise NotARecording(f"a number of units of layer {number} that cannot be used")
        name = _text(layer.get("name")) or f"layer {number}"
        layers.append(RecordedLayer(name, _text(layer.get("kind")), units, slice(at, at + units)))
        at += units
    sentinel = said.get("sentinel")
    names = frozenset(_text(name) for name in sentinel) if isinstance(sentinel, list) else frozenset[str]()
    words = {name: _text(said.get(name)) for name in ("model", "framework", "optimizer", "writer")}
    return Head(
        tuple(layers), **words, sentinel=names,
        parameters=int(_number(said.get("parameters"))), budget=_number(said.get("budget")),
    )  # fmt: skip


def _text(value: object) -> str:
    """Return a name as one printable line, whatever it was."""
    text = value if isinstance(value, str) else ""
    return "".join(letter if letter.isprintable() else " " for letter in text[:LONGEST]).strip()


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and 0 <= value < 1e15 else 0.0
