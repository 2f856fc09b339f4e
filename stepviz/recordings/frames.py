"""Frames of a recording: the same kind of Frame that the lab's worker posts, for the same panels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np

from stepviz.engine.common.arrays import Array, Ints, freeze
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.diagnosis import Diagnosis
from stepviz.probes.gradient_flow import BINS, HIGHEST, LOWEST, GradientFlow
from stepviz.probes.stuck_units import ALL_STATES, SATURATED, StuckUnits
from stepviz.recordings.findings import diagnose_recording
from stepviz.recordings.head import Head
from stepviz.recordings.moments import ledger_at, reading_of
from stepviz.recordings.recorded_run import FlowRow, RecordedRun
from stepviz.recordings.recorded_subject import RecordedSubject, RecordedSurface
from stepviz.recordings.series import Series, extremes
from stepviz.runtime.frame import Frame
from stepviz.runtime.history import HistoryView

# Points of a plot: more than a screen has pixels says nothing more.
LOSS_POINTS, FLOW_POINTS = 1500, 400
TEST_LOSSES = ("test_loss", "val_loss", "eval_loss", "valid_loss", "validation_loss")
_EDGES = freeze(np.linspace(LOWEST, HIGHEST, BINS + 1))
_LAYER_COLUMNS = {"gradient_rms": "rms", "update_ratio": "update_ratio", "delta_norm": "delta_norm"}


class _NoSetup:
    """Stands where a frame of the lab has its setup: whoever asks it for something is not made for recordings."""

    def __getattr__(self, name: str) -> object:
        raise AttributeError(f"a recording has no setup: {name} was asked for")


_NO_SETUP = cast("BoundExperiment", _NoSetup())


class FrameMaker:
    """Makes frames of a run; what has not changed since the last frame is not made again."""

    def __init__(self, run: RecordedRun) -> None:
        self._run = run
        self._number = 0
        self._history: HistoryView | None = None
        self._history_of: tuple[int, int] = (-1, -1)
        self._diagnosis: Diagnosis | None = None
        self._diagnosed = -1

    def frame(self, step: int | None, *, running: bool, look_back: int, histograms: Ints | None) -> Frame | None:
        """Return the frame at a step (None: the newest); None before the head was read.

        ``histograms`` (layers, bins) are the counts of gradients at that step, None where they are not known.
        """
        run = self._run
        if run.head is None:
            return None
        self._number += 1
        last = max(run.step, 0)
        shown = last if step is None else min(step, last)
        test = test_series(run)
        readings: dict[type, object] = {}
        row = flow_at(run, shown)
        if row is not None:
            readings[GradientFlow] = _flow(row, histograms)
        if self._diagnosed != run.version:
            self._diagnosed, self._diagnosis = run.version, diagnose_recording(run)
        readings[Diagnosis] = self._diagnosis
        ledger = run.units.ledger()
        moment = run.moments.at(shown)
        if moment is not None:
            widths = tuple(layer.units for layer in run.head.layers if layer.units)
            readings[StuckUnits] = reading_of(moment, widths)
            ledger = ledger_at(ledger, moment)
        return Frame(
            generation=1, number=self._number, setup=_NO_SETUP, step=shown, epochs=0.0, running=running, speed=None,
            steps_per_second=0.0, train_loss=run.losses.newest(shown),
            test_loss=test.newest(shown) if test is not None else float("nan"), history=self._columns(test),
            parameters=np.empty(0), readings=cast("Mapping[type, object]", readings), ledger=ledger, last_step=last,
            look_back=look_back, recorded=self._subject(run.head, test),
        )  # fmt: skip

    def _subject(self, head: Head, test: Series | None) -> RecordedSubject:
        share = self._run.flow[-1].share if self._run.flow else float("nan")
        found = self._run.arrays.get("surface")
        surface = None
        if found is not None and found[1].ndim == 2:
            said = found[2].get("normalisation")
            surface = RecordedSurface(found[0], freeze(found[1]), said if said in ("running", "batch") else "")
        return RecordedSubject(head, test is not None, tuple(self._run.notes), self._run.ended, share, surface)

    def _columns(self, test: Series | None) -> HistoryView:
        run = self._run
        key = (run.version, len(run.marks))
        if self._history is not None and self._history_of == key:
            return self._history
        rows = _spread(run.flow)
        loss_steps, losses = extremes(run.losses.steps, run.losses.values, LOSS_POINTS // 2)
        flow_steps = np.array([row.step for row in rows], np.float64)
        steps = np.union1d(loss_steps, flow_steps)
        columns: dict[str, Array] = {"step": steps, "train_loss": _held(steps, loss_steps, losses)}
        columns["test_loss"] = np.full(len(steps), np.nan) if test is None else _held(steps, test.steps, test.values)
        place = np.searchsorted(flow_steps, steps, side="right") - 1
        if rows:
            for name, source in _LAYER_COLUMNS.items():
                _fill(columns, name, np.array([row.layers[source] for row in rows]), place)
            zeros = np.array([row.layers["zeros"] / np.maximum(row.layers["entries"], 1) for row in rows])
            _fill(columns, "zero_share", zeros, place)
        if run.moments.counts:
            counts = np.array(run.moments.counts)
            at = np.searchsorted(run.moments.count_steps, steps, side="right") - 1
            for code, state in enumerate(ALL_STATES):
                if code != SATURATED:
                    columns[state] = np.where(at < 0, 0.0, counts[np.maximum(at, 0), code])
        self._history = HistoryView({name: freeze(v) for name, v in columns.items()}, tuple(run.marks[-64:]), 1)
        self._history_of = key
        return self._history


def test_series(run: RecordedRun) -> Series | None:
    """Return the values that were logged as a test loss, if any were."""
    return next((run.logged[name] for name in TEST_LOSSES if name in run.logged), None)


def flow_at(run: RecordedRun, step: int) -> FlowRow | None:
    """Return the newest watched update not after a step."""
    low, high = 0, len(run.flow)
    while low < high:
        middle = (low + high) // 2
        if run.flow[middle].step <= step:
            low = middle + 1
        else:
            high = middle
    return run.flow[low - 1] if low else None


def _flow(row: FlowRow, histograms: Ints | None) -> GradientFlow:
    layers = row.layers
    counts = np.zeros((len(layers["rms"]), BINS), np.int64) if histograms is None else histograms
    with np.errstate(all="ignore"):
        shares = np.where(layers["entries"] > 0, layers["zeros"] / np.maximum(layers["entries"], 1), np.nan)
    return GradientFlow(
        freeze(layers["rms"].copy()), freeze(shares), freeze(layers["delta_norm"].copy()),
        freeze(layers["update_ratio"].copy()), _EDGES, freeze(counts), freeze(layers["zeros"].astype(np.int64)), (),
    )  # fmt: skip


def _spread(rows: list[FlowRow]) -> list[FlowRow]:
    if len(rows) <= FLOW_POINTS:
        return rows
    chosen = np.unique(np.linspace(0, len(rows) - 1, FLOW_POINTS).astype(np.int64))
    return [rows[place] for place in chosen]


def _held(steps: Array, known: Array, values: Array) -> Array:
    """Return each step's newest known value; NaN before the first."""
    place = np.searchsorted(known, steps, side="right") - 1
    if not len(known):
        return np.full(len(steps), np.nan)
    return np.where(place < 0, np.nan, values[np.maximum(place, 0)])


def _fill(columns: dict[str, Array], name: str, table: Array, place: Ints) -> None:
    values = np.ascontiguousarray(table.T)[:, np.maximum(place, 0)]
    values[:, place < 0] = np.nan
    for layer, row in enumerate(values, start=1):
        columns[f"{name}/{layer}"] = row
