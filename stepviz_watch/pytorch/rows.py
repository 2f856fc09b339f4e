"""From figures on the device to the rows of the recording: packed into three arrays, copied, unpacked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable

import numpy as np
import torch

from stepviz_watch.pytorch.capture import SAMPLE, Capture
from stepviz_watch.pytorch.layers import WatchedLayer
from stepviz_watch.pytorch.look import Look
from stepviz_watch.pytorch.sums import histograms
from stepviz_watch.recorder import Recorder
from stepviz_watch.tables import NOT_LOOKED_AT, UNKNOWN


@dataclass
class Moment:
    """What is known of a watched update on the CPU already."""

    step: int
    clock: float
    looks: int
    watched: int
    learning_rate: float
    scale: float
    share: float


class Rows:
    """Makes rows for these layers. ``places`` are the sentinel's units among all units (sentinel's units,)."""

    def __init__(
        self, recorder: Recorder, layers: Sequence[WatchedLayer], places: np.ndarray, device: torch.device
    ) -> None:
        self._recorder, self._layers, self._places, self._device = recorder, layers, places, device
        self.device = device
        bounds = np.cumsum([0, *(layer.units for layer in layers)])
        self._own = [slice(int(low), int(high)) for low, high in zip(bounds, bounds[1:])]
        self._units = int(bounds[-1])
        self._wide = torch.float32 if device.type == "mps" else torch.float64
        self._seen = np.full(self._units, UNKNOWN, np.int64)

    @torch.no_grad()
    def pack(
        self, look: Look, capture: Capture, last: torch.Tensor, silent: torch.Tensor, *, signals: bool
    ) -> tuple[list[torch.Tensor], Callable[[list[torch.Tensor], Moment], None]]:
        """Return the arrays to copy, and what makes rows of the copies. Without ``signals`` those are unknown."""
        numbers = list(look.gradient_norms)
        kinds = (look.gradient_norms, look.weight_norms, look.change_norms)
        floats = [self._number(kind.get(number)) for kind in kinds for number in numbers]
        floats += [self._number(capture.deltas.get(layer.number) if signals else None) for layer in self._layers]
        counts = [self._count(kind.get(number)) for kind in (look.nonzero, look.unchanged) for number in numbers]
        unknown = [torch.full((layer.units,), UNKNOWN, device=self._device) for layer in self._layers]
        per_unit = []
        for kind in (capture.signals, capture.passing, look.rounded):
            known = kind if signals or kind is look.rounded else {}
            per_unit += [
                known[layer.number].to(self._device).long() if layer.number in known else fill
                for layer, fill in zip(self._layers, unknown)
            ]
        integers = torch.cat([
            torch.stack(counts) if counts else torch.zeros(0, dtype=torch.int64, device=self._device),
            *per_unit, last.to(self._device), silent.to(self._device),
        ])  # fmt: skip
        samples = torch.full((2 * len(self._layers), SAMPLE), float("nan"), device=self._device)
        for shift, kept in ((0, look.samples), (len(self._layers), capture.samples)):
            for number, sample in kept.items():
                samples[shift + number, : sample.numel()] = sample
        values = torch.stack(floats) if floats else torch.zeros(0, device=self._device)
        examples = [capture.examples.get(layer.number, 0) if signals else 0 for layer in self._layers]
        copied = bool(look.change_norms)

        def arrived(host: list[torch.Tensor], moment: Moment) -> None:
            self._write(numbers, host, examples, look, copied, moment)

        return [values, integers, histograms(samples)], arrived

    def _number(self, value: torch.Tensor | None) -> torch.Tensor:
        if value is None:
            return torch.full((), float("nan"), dtype=self._wide, device=self._device)
        return value.to(self._device, self._wide)

    def _count(self, value: torch.Tensor | None) -> torch.Tensor:
        if value is None:
            return torch.full((), -1, dtype=torch.int64, device=self._device)
        return value.to(self._device).long()

    def _write(
        self,
        numbers: list[int],
        host: list[torch.Tensor],
        examples: list[int],
        look: Look,
        copied: bool,
        moment: Moment,
    ) -> None:
        floats, integers, counts = (part.numpy() for part in host)
        tables, count = self._recorder.tables, len(self._layers)
        flow, units, bins = tables.flow.row(), tables.units.row(), tables.histograms.row()
        width = len(numbers)
        squares = np.zeros((3, count))
        entries, zeros, unchanged = np.zeros((3, count), np.int64)
        judged = np.zeros(count, bool)
        with np.errstate(all="ignore"):
            for place, number in enumerate(numbers):
                layer, parameter = look.parameters[number]
                at, size = layer.number, parameter.numel()
                for kind in range(3):
                    squares[kind, at] = np.hypot(squares[kind, at], floats[kind * width + place])
                entries[at] += size
                zeros[at] += size - int(integers[place])
                if integers[width + place] >= 0:
                    unchanged[at] += int(integers[width + place])
                    judged[at] = True
            gradient, weight, change = squares
            with_gradient = entries > 0
            rms = np.where(with_gradient, gradient / np.sqrt(np.maximum(entries, 1)), np.nan)
            ratio = np.where(change == 0, 0.0, change / weight) if copied else np.full(count, np.nan)
            ratio = np.where(with_gradient, ratio, np.nan)
            deltas = floats[3 * width :] / np.sqrt(np.maximum(examples, 1)) / moment.scale
        for name in ("rms", "rms_low", "rms_high"):
            flow[name] = rms
        for name in ("update_ratio", "update_ratio_low", "update_ratio_high"):
            flow[name] = ratio
        most = max(examples, default=0)
        flow["step"] = units["step"] = bins["step"] = moment.step
        flow["time"], flow["of"], flow["learning_rate"] = moment.clock, 1, moment.learning_rate
        flow["scale"], flow["share"], flow["examples"] = moment.scale, moment.share, most
        flow["zeros"], flow["entries"], flow["delta_norm"], flow["weight_norm"] = zeros, entries, deltas, weight
        flow["unchanged"] = np.where(judged, unchanged, -1)
        flow["looks"] = units["looks"] = moment.looks
        bins["gradients"], bins["pre_activations"] = counts[:count], counts[count:]
        self._fill_units(units, integers[2 * width :], most, moment)
        self._recorder.watched(flow, bins, units)

    def _fill_units(self, units: np.ndarray, integers: np.ndarray, most: int, moment: Moment) -> None:
        signal, passing, rounded = integers[: 3 * self._units].reshape(3, self._units)
        last, silent = integers[3 * self._units :].reshape(2, -1)
        self._seen[signal > 0] = moment.step
        units["examples"], units["watched"] = most, moment.watched
        units["signal"], units["passing"], units["seen"] = signal, passing, self._seen
        units["last"], units["silent"] = NOT_LOOKED_AT, 0
        units["last"][0, self._places], units["silent"][0, self._places] = last, silent
        units["update"] = np.maximum(rounded, 0)
