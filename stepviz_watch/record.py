"""Record any training: the numbers come from NumPy, JAX, TensorFlow, Keras or whatever DLPack can look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from stepviz_watch.arrays import as_numpy
from stepviz_watch.recorder import Recorder
from stepviz_watch.tables import NEVER, NOT_LOOKED_AT, UNKNOWN, Layer, decades

# Losses before the first layers are named wait for them, up to so many.
MOST_WAITING = 1000
RMS = ("rms", "rms_low", "rms_high")
RATIO = ("update_ratio", "update_ratio_low", "update_ratio_high")


def record(path: Any, **options: Any) -> Recording:
    """Begin a recording at ``path``; ``size_limit`` in MB (200), and words of your own such as ``model="a net"``."""
    return Recording(path, **options)


class Recording:
    """Takes the numbers of one update after the other.

    ``step(loss=…, layers={name: (weights, gradients, deltas)})``: weights and gradients before the update, of any
    shape; deltas dL/dz of shape (examples, …, units), or None. The layers of the first call are those of the file; a
    layer may be missing later. Each call is an update that was looked at in full.
    """

    def __init__(self, path: Any, **options: Any) -> None:
        self._path, self._options = path, options
        self._recorder: Recorder | None = None
        self._waiting: list[tuple[str, tuple[Any, ...]]] = []
        self._step = -1
        self._looks = 0
        self._weights: dict[str, np.ndarray] = {}

    def step(
        self, loss: Any = None, layers: Mapping[str, tuple[Any, Any, Any | None]] | None = None, step: int | None = None
    ) -> None:
        """Add an update. Raises TypeError or ValueError for what is no array of numbers or has another shape now."""
        arrays = {str(name): _three(str(name), given) for name, given in (layers or {}).items()}
        number = None if loss is None else float(as_numpy(loss, "loss"))
        self._step = self._step + 1 if step is None else int(step)
        if arrays or len(self._waiting) >= MOST_WAITING:
            self._begun(arrays)
        if number is not None:
            self._later("losses", [self._step], [number], 0.0 if self._recorder is None else self._recorder.clock())
        if arrays:
            self._looked(self._begun(arrays), arrays)

    def mark(self, text: str) -> None:
        """Note what happens at this step."""
        self._later("mark", max(self._step, 0), text)

    def log(self, **values: Any) -> None:
        """Add values by name, such as ``test_loss=0.3``."""
        numbers = {name: float(as_numpy(value, name)) for name, value in values.items()}
        self._later("logged", max(self._step, 0), numbers)

    def close(self) -> None:
        """Write what waits, then the end."""
        self._begun({}).close()

    @property
    def path(self) -> str:
        """Where the recording lies."""
        return self._begun({}).path

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _later(self, method: str, *values: Any) -> None:
        # The file begins with the layers, which the first step names.
        if self._recorder is None:
            self._waiting.append((method, values))
        else:
            getattr(self._recorder, method)(*values)

    def _begun(self, arrays: dict[str, tuple[np.ndarray, ...]]) -> Recorder:
        if self._recorder is None:
            layers = [
                Layer(name, "", 0 if deltas is None else deltas.shape[-1]) for name, (_, _, deltas) in arrays.items()
            ]
            writer = {"writer": "stepviz_watch.record", "sentinel": [], "sample": 0}
            self._recorder = Recorder(self._path, layers, **{**writer, **self._options})
            units = sum(layer.units for layer in layers)
            self._seen = np.full(units, NEVER, np.int64)
            self._silent = np.zeros(units, np.int64)
            for method, values in self._waiting:
                getattr(self._recorder, method)(*values)
        return self._recorder

    def _looked(self, recorder: Recorder, arrays: dict[str, tuple[np.ndarray, ...]]) -> None:
        flow, histograms = recorder.tables.flow.row(), recorder.tables.histograms.row()
        units = recorder.tables.units.row()
        flow["scale"] = 1.0
        flow["learning_rate"] = flow["share"] = np.nan
        for name in (*RMS, *RATIO, "delta_norm"):
            flow[name] = np.nan
        units["signal"] = units["passing"] = UNKNOWN
        units["last"] = NOT_LOOKED_AT
        self._looks += 1
        at = 0
        if unknown := set(arrays) - {layer.name for layer in recorder.layers}:
            raise ValueError(f"layer {sorted(unknown)[0]!r} is not among those of the first step")
        for number, layer in enumerate(recorder.layers):
            own = slice(at, at + layer.units)
            at += layer.units
            if layer.name in arrays:
                weights, gradients, deltas = arrays[layer.name]
                _measure(flow[0], number, weights, gradients, self._weights.get(layer.name))
                histograms["gradients"][0, number] = np.minimum(decades(gradients), 2**16 - 1)
                self._weights[layer.name] = np.array(weights, copy=True)
                if deltas is not None and layer.units:
                    self._per_unit(flow[0], units[0], number, own, deltas, layer)
        flow["step"] = units["step"] = histograms["step"] = self._step
        flow["time"], flow["of"] = recorder.clock(), 1
        flow["looks"] = units["looks"] = units["watched"] = self._looks
        units["examples"] = flow["examples"]
        units["seen"], units["silent"] = self._seen, self._silent
        recorder.watched(flow, histograms, units)

    def _per_unit(self, flow: Any, units: Any, number: int, own: slice, deltas: np.ndarray, layer: Layer) -> None:
        if deltas.shape[-1] != layer.units:
            raise ValueError(f"{layer.name}: expected deltas of {layer.units} units, found {deltas.shape[-1]}")
        rows = deltas.reshape(-1, layer.units)
        reached = np.count_nonzero(rows, axis=0)
        units["signal"][own] = reached
        flow["examples"] = max(int(flow["examples"]), len(rows))
        flow["delta_norm"][number] = _norm(rows) / np.sqrt(max(len(rows), 1))
        self._seen[own] = np.where(reached > 0, self._step, self._seen[own])
        self._silent[own] = np.where(reached > 0, 0, self._silent[own] + 1)


def _three(name: str, given: Any) -> tuple[Any, ...]:
    if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
        raise TypeError(f"{name}: expected (weights, gradients, deltas), found {type(given).__name__}")
    weights, gradients, deltas = (*given, None) if len(given) == 2 else given
    weights, gradients = as_numpy(weights, f"{name}, weights"), as_numpy(gradients, f"{name}, gradients")
    if weights.shape != gradients.shape:
        raise ValueError(f"{name}: weights have the shape {weights.shape}, gradients {gradients.shape}")
    if deltas is not None:
        deltas = as_numpy(deltas, f"{name}, deltas")
        if deltas.ndim < 2:
            raise ValueError(f"{name}: expected deltas of shape (examples, …, units), found {deltas.shape}")
    return weights, gradients, deltas


def _norm(values: np.ndarray) -> float:
    flat = np.asarray(values, np.float64).ravel()
    largest = np.max(np.abs(flat), initial=0.0)
    # Squares of very small numbers vanish: a small gradient would look like none.
    return float(largest * np.sqrt(np.sum(np.square(flat / largest)))) if 0 < largest < np.inf else float(largest)


def _measure(flow: Any, number: int, weights: np.ndarray, gradients: np.ndarray, before: np.ndarray | None) -> None:
    size = _norm(weights)
    rms = _norm(gradients) / np.sqrt(max(gradients.size, 1))
    flow["entries"][number], flow["zeros"][number] = gradients.size, gradients.size - np.count_nonzero(gradients)
    for name in RMS:
        flow[name][number] = rms
    flow["weight_norm"][number] = size
    if before is not None and before.shape == weights.shape:
        moved, was = _norm(np.asarray(weights, np.float64) - before), _norm(before)
        ratio = 0.0 if moved == 0 else moved / was if was else np.inf
        for name in RATIO:
            flow[name][number] = ratio
