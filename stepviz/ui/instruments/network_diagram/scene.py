"""What the drawing of a network shows at one moment: numbers of a Frame, ready to be looked up by place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from stepviz.engine.common.arrays import Array, Ints
from stepviz.engine.common.number_format import number_text
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.findings.words import inside
from stepviz.probes.parameter_gradient import ParameterGradient
from stepviz.probes.stuck_units import FLAT, STARVED, STATES, StuckUnits
from stepviz.probes.unit_maps import UnitMaps
from stepviz.runtime.frame import Frame
from stepviz.ui.instruments.network_diagram.layout import Column, Hit

Mode = Literal["weights", "gradient"]

POSITIVE, NEGATIVE, ZERO = range(3)
STRENGTHS = 6
# Gradients are told apart by their decades, from 1e-7 to 1.
LOWEST_DECADE = -7.0


@dataclass(frozen=True, slots=True)
class Scene:
    """The numbers of one moment; readings that are of another network's shape are None."""

    setup: BoundExperiment
    parameters: Array
    gradient: Array | None
    units: StuckUnits | None
    maps: UnitMaps | None
    mode: Mode

    @classmethod
    def of(cls, frame: Frame, mode: Mode) -> Scene:
        """Return what a frame has to show."""
        layout = frame.setup.network.layout
        gradient, units = frame.reading(ParameterGradient), frame.reading(StuckUnits)
        maps = frame.reading(UnitMaps)
        hidden = [shape.outputs for shape in layout.layers[:-1]]
        fitting = units is not None and [len(layer) for layer in units.states] == hidden
        drawn = maps is not None and len(maps.layers) == len(layout.layers)
        return cls(
            frame.setup,
            frame.parameters,
            gradient.gradient if gradient is not None and len(gradient.gradient) == layout.size else None,
            units if fitting else None,
            maps if drawn else None,
            mode,
        )

    def state(self, layer: int, unit: int) -> int | None:
        """Return the state of a hidden unit; None for inputs, outputs, and where it is not measured."""
        if self.units is None or not 0 <= layer < len(self.units.states):
            return None
        return int(self.units.states[layer][unit])

    @property
    def image_shape(self) -> tuple[int, int] | None:
        """Return (rows, columns) where the network's inputs are the pixels of a picture."""
        shape = self.setup.dataset.image_shape
        fits = shape is not None and shape[0] * shape[1] == self.setup.network.layout.layers[0].inputs
        return shape if fits else None

    def looks(self, indices: Ints) -> tuple[Ints, Ints]:
        """Return for parameters (E,) whether they are POSITIVE, NEGATIVE or of gradient ZERO, and 0 to 5 how strong."""
        shown = self.parameters if self.mode == "weights" or self.gradient is None else self.gradient
        values = shown[indices].astype(np.float64)
        size = np.nan_to_num(np.abs(values), nan=0.0, posinf=1e300)
        if self.mode == "weights":
            strength = size / self.scale(indices) * (STRENGTHS - 1)
        else:
            with np.errstate(divide="ignore"):
                strength = (np.log10(size) - LOWEST_DECADE) / -LOWEST_DECADE * (STRENGTHS - 1)
        sign = np.where(values < 0, NEGATIVE, POSITIVE)
        if self.gradient is not None:
            sign = np.where(self.gradient[indices] == 0.0, ZERO, sign)
        return sign.astype(np.int64), np.clip(np.rint(strength), 0, STRENGTHS - 1).astype(np.int64)

    def scale(self, indices: Ints) -> float:
        """Return the weight that is drawn widest: the power of two above the largest that is finite."""
        sizes = np.abs(self.parameters[indices].astype(np.float64))
        return power_of_two(float(np.max(sizes[np.isfinite(sizes)], initial=0.0)))

    def describe(self, hit: Hit, columns: tuple[Column, ...]) -> list[str]:
        """Return the lines to read about what is under the pointer, the first its name."""
        match hit.kind:
            case "edge" | "bias":
                what = self.setup.network.layout.kind(hit.index)
                return [self.setup.network.layout.describe(hit.index), *self._numbers(what, hit.index)]
            case "fold":
                return self._describe_fold(columns[hit.layer + 1])
            case "unit" if hit.layer < 0:
                return [f"input {hit.unit + 1}: {self.setup.dataset.feature_names[hit.unit]}"]
            case "unit":
                return self._describe_unit(hit.layer, hit.unit)

    def _numbers(self, what: str, index: int) -> list[str]:
        lines = [f"{what} {number_text(float(self.parameters[index]))}"]
        if self.gradient is not None:
            gradient = float(self.gradient[index])
            lines.append(f"its gradient {number_text(gradient) if gradient else 'is exactly 0'}")
        rule = self.rule(self.setup.network.layout.layer_of(index))
        return [*lines, f"backward rule: {rule}"] if rule else lines

    def rule(self, layer: int) -> str:
        """Return the label of the layer's backward rule, empty where it is the true derivative."""
        function = self.setup.network.functions[layer]
        return "" if function.has_true_derivative else function.rule.label

    def _describe_unit(self, layer: int, unit: int) -> list[str]:
        functions, state = self.setup.network.functions, self.state(layer, unit)
        output = layer == len(functions) - 1
        name = f"output {unit + 1}" if output else f"layer {layer + 1}, unit {unit + 1}"
        norm = functions[layer].normalization
        parts = [functions[layer].activation.label, "" if norm.axis is None else inside(norm.label)]
        parts.append("" if state is None else STATES[state])
        lines = [f"{name}: {', '.join(filter(None, parts))}"]
        if state is not None and self.units is not None:
            passing = float(self.units.active_share[layer][unit])
            stand_in = self.rule(layer)
            lines.append(f"{stand_in + ' stand-in' if stand_in else 'f′(z)'} not 0 for {passing:.0%} of examples")
            lines.append(f"a signal passes for {float(self.units.signal_share[layer][unit]):.0%}")
        layout = self.setup.network.layout
        shape = layout.layers[layer]
        rows = [shape.inputs] + ([shape.shift_row - 1, shape.shift_row] if shape.normalised else [])
        for index in (layout.offsets[layer] + row * shape.outputs + unit for row in rows):
            lines.extend(self._numbers(layout.kind(index), index)[:2])
        if self.maps is not None and unit < len(self.maps.layers[layer]):
            level = power_of_two(float(np.nanmax(np.abs(self.maps.layers[layer][unit]), initial=0.0)))
            lines.append(f"picture: its output over the inputs, −{level:g} to {level:g}")
        elif layer == 0 and self.image_shape is not None:
            lines.append("picture: its weight from each pixel")
        return lines

    def _describe_fold(self, column: Column) -> list[str]:
        left = column.total - column.shown
        what = "inputs" if column.layer < 0 else "units"
        if not left:
            return [f"all {column.total} {what} shown", "click to fold"]
        lines = [f"{left} more {what}"]
        if self.units is not None and 0 <= column.layer < len(self.units.states):
            states = self.units.states[column.layer][column.shown :]
            counts = [(int(np.count_nonzero(states == code)), name) for code, name in enumerate(STATES)]
            lines.append(", ".join(f"{count} {name}" for count, name in counts if count))
        return [*lines, "click to unfold or fold"]

    def stuck_beyond(self, column: Column) -> int:
        """Return how many of the units that a folded column leaves out are stuck."""
        if self.units is None or not 0 <= column.layer < len(self.units.states):
            return 0
        states = self.units.states[column.layer][column.shown :]
        return int(np.count_nonzero((states == FLAT) | (states == STARVED)))


def power_of_two(value: float) -> float:
    """Return the power of two at or above a value, at least 1/4: a scale that holds still while numbers change."""
    return float(2.0 ** np.ceil(np.log2(max(value, 0.25)))) if np.isfinite(value) else 1.0
