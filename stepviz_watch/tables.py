"""The tables of a recorded training, as FORMAT.md describes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepviz_watch.blocks import Table

# Of log10 of a magnitude: two bins a decade.
LOWEST, HIGHEST, BINS = -16, 4, 40
# Per unit: no example count is known; no update was looked at; none had a gradient.
UNKNOWN, NOT_LOOKED_AT, NEVER = -1, -2, -1
# Per unit, what became of its weights in the update: not known, changed, had a gradient and did not change.
UPDATE_UNKNOWN, CHANGED, ROUNDED_AWAY = 0, 1, 2


@dataclass(frozen=True)
class Layer:
    """A module that owns parameters. ``units`` is 0 where it has none that could be told apart."""

    name: str
    kind: str
    units: int


class Tables:
    """The tables for these layers; a table's per-layer fields are (layers,), its per-unit ones (units of all,)."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        count, units = len(layers), sum(layer.units for layer in layers)
        self.loss = Table(1, "loss", [("step", "i8", ()), ("time", "f8", ()), ("loss", "f8", ())])
        self.flow = Table(2, "flow", [
            ("step", "i8", ()), ("time", "f8", ()), ("of", "i8", ()), ("examples", "i8", ()), ("looks", "i8", ()),
            ("learning_rate", "f8", ()), ("scale", "f8", ()), ("share", "f8", ()),
            ("rms", "f8", (count,)), ("rms_low", "f8", (count,)), ("rms_high", "f8", (count,)),
            ("zeros", "i8", (count,)), ("entries", "i8", (count,)), ("delta_norm", "f8", (count,)),
            ("update_ratio", "f8", (count,)), ("update_ratio_low", "f8", (count,)),
            ("update_ratio_high", "f8", (count,)), ("weight_norm", "f8", (count,)), ("unchanged", "i8", (count,)),
        ])  # fmt: skip
        self.histograms = Table(3, "histograms", [
            ("step", "i8", ()), ("gradients", "u2", (count, BINS)), ("pre_activations", "u2", (count, BINS)),
        ])  # fmt: skip
        self.units = Table(4, "units", [
            ("step", "i8", ()), ("examples", "i8", ()), ("looks", "i8", ()), ("watched", "i8", ()),
            ("signal", "i4", (units,)), ("passing", "i4", (units,)), ("last", "i8", (units,)), ("seen", "i8", (units,)),
            ("silent", "i8", (units,)), ("update", "u1", (units,)),
        ])  # fmt: skip
        self.logged = Table(5, "logged", [
            ("step", "i8", ()), ("time", "f8", ()), ("name", "u2", ()), ("value", "f8", ()),
        ])  # fmt: skip
        self.all = (self.loss, self.flow, self.histograms, self.units, self.logged)


def decades(values: np.ndarray) -> np.ndarray:
    """Return the histogram (BINS,) of log10 of the magnitudes; zeros and what is not finite are in no bin."""
    magnitudes = np.abs(np.asarray(values, np.float64))
    magnitudes = magnitudes[(magnitudes > 0) & np.isfinite(magnitudes)]
    places = (np.log10(magnitudes) - LOWEST) * (BINS / (HIGHEST - LOWEST))
    return np.bincount(np.clip(places, 0, BINS - 1).astype(np.int64), minlength=BINS)
