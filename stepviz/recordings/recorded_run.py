"""A training that was recorded: what its blocks add up to, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.recordings.blocks import NotARecording, Rows, Said
from stepviz.recordings.head import Head, read_head
from stepviz.recordings.moments import UnitMoments
from stepviz.recordings.series import Series
from stepviz.recordings.unit_states import UnitStates
from stepviz.runtime.history import Mark

MOST_ROWS = 4096
MOST_NOTES, MOST_MARKS, MOST_LOGGED = 500, 5000, 200
LONGEST_NOTE = 2000
# Of a watched update, by their names in the table and here.
PER_LAYER = ("rms", "zeros", "entries", "delta_norm", "update_ratio", "weight_norm", "unchanged")
RANGES = ("rms_low", "rms_high", "update_ratio_low", "update_ratio_high")


@dataclass(slots=True)
class FlowRow:
    """One watched update, or several in one. ``offsets`` in the file: flow, histograms, units (-1: none)."""

    step: int
    time: float
    share: float
    learning_rate: float
    scale: float
    layers: dict[str, Array]
    offsets: list[int]


class RecordedRun:
    """Takes what a ``BlockReader`` gives; what does not fit the head's layers is left out and counted in ``unfit``."""

    def __init__(self) -> None:
        self.head: Head | None = None
        self.losses = Series()
        self.logged: dict[str, Series] = {}
        self.marks: list[Mark] = []
        self.notes: list[str] = []
        self.flow: list[FlowRow] = []
        self.arrays: dict[str, tuple[int, Array, dict[str, Any]]] = {}
        self.units = UnitStates(())
        self.moments = UnitMoments()
        self.ended = False
        self.dropped = self.unfit = 0
        self._names: dict[int, str] = {}
        self.version = 0

    @property
    def step(self) -> int:
        """Return the newest step that anything is known of; -1 before any."""
        newest = [int(self.losses.steps[-1])] if len(self.losses) else []
        return max([*newest, self.flow[-1].step if self.flow else -1, self.units.step])

    def take(self, event: Said | Rows) -> None:
        """Take one object or some rows. Raises NotARecording for a head that cannot be used."""
        self.version += 1
        if isinstance(event, Said):
            self._hear(event.words)
        elif self.head is not None:
            try:
                self._rows(event)
            # Fields that are not there, or of another shape than the head says.
            except (ValueError, KeyError, IndexError, TypeError, OverflowError):
                self.unfit += 1

    def _hear(self, said: dict[str, Any]) -> None:
        match said.get("what"):
            case "head" if self.head is None:
                self.head = read_head(said)
                self.units = UnitStates(tuple(layer.units for layer in self.head.layers if layer.units))
            case "mark" if len(self.marks) < MOST_MARKS:
                self.marks.append(Mark(_step(said.get("step")), _line(said.get("text"))))
            case "words" if len(self.notes) < MOST_NOTES:
                self.notes.append(_line(said.get("text")))
            case "name" if len(self._names) < MOST_LOGGED and isinstance(said.get("number"), int):
                self._names[said["number"]] = _line(said.get("name"))[:100]
            case "end":
                self.ended = True
                self.dropped = _step(said.get("dropped"))

    def _rows(self, event: Rows) -> None:
        match event.table.name:
            case "loss":
                rows = event.rows[event.rows["step"] >= (self.losses.steps[-1] if len(self.losses) else 0)]
                self.losses.add(rows["step"], rows["loss"])
            case "logged":
                for number in np.unique(event.rows["name"]):
                    name = self._names.get(int(number))
                    if name is not None:
                        rows = event.rows[event.rows["name"] == number]
                        self.logged.setdefault(name, Series(1 << 17)).add(rows["step"], rows["value"])
            case "flow":
                for place in range(len(event.rows)):
                    self._flow(event.rows[place], event.offset)
            case "histograms" if self.flow and self.flow[-1].offsets[1] < 0:
                self.flow[-1].offsets[1] = event.offset
            case "units":
                self._check(event.rows["signal"][0], sum(self.units.widths))
                for row in event.rows:
                    before = self.units.step
                    self.units.take(row)
                    if self.units.step > before:
                        self.moments.add(self.units)
                if self.flow and self.flow[-1].step == int(event.rows["step"][-1]):
                    self.flow[-1].offsets[2] = event.offset
            case _ if event.table.dtype.names == ("step", "values") and len(self.arrays) < MOST_LOGGED:
                row = event.rows[-1]
                about = dict(event.table.about)
                self.arrays[event.table.name] = int(row["step"]), np.array(row["values"], np.float64), about

    def _flow(self, row: np.ndarray[Any, np.dtype[np.void]], offset: int) -> None:
        assert self.head is not None
        step = int(row["step"])
        if step < 0 or (self.flow and step <= self.flow[-1].step):
            return
        layers: dict[str, Array] = {name: np.array(row[name], np.float64) for name in (*PER_LAYER, *RANGES)}
        for values in layers.values():
            self._check(values, len(self.head.layers))
        time, share, rate, scale = (float(row[name]) for name in ("time", "share", "learning_rate", "scale"))
        self.flow.append(FlowRow(step, time, share, rate, scale, layers, [offset, -1, -1]))
        if len(self.flow) > MOST_ROWS:
            self.flow = [_joined(*self.flow[place : place + 2]) for place in range(0, len(self.flow) - 1, 2)] + (
                self.flow[-1:] if len(self.flow) % 2 else []
            )

    @staticmethod
    def _check(values: Array, length: int) -> None:
        if values.shape != (length,):
            raise ValueError


def _joined(first: FlowRow, second: FlowRow) -> FlowRow:
    """Return the second of two rows, with the extremes of both."""
    for name in RANGES:
        least = np.fmin if name.endswith("_low") else np.fmax
        second.layers[name] = least(first.layers[name], second.layers[name])
    return second


def _step(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62 else 0


def _line(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return "".join(letter if letter.isprintable() else " " for letter in text[:LONGEST_NOTE])


__all__ = ["FlowRow", "NotARecording", "RecordedRun"]
