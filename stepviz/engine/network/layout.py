"""Where each layer's numbers stand in a row of parameters: one population is one matrix (runs, parameters)."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.normalizations import SHIFT
from stepviz.engine.common.arrays import Array
from stepviz.engine.common.errors import InputError


@dataclass(frozen=True, slots=True)
class LayerShape:
    """A weight layer: ``inputs`` and ``outputs`` (units), and what else is ``trained`` per unit, by name.

    That is parameters of the activation, then gamma and beta where the layer is normalised.
    """

    inputs: int
    outputs: int
    trained: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Return the number of parameters: weights, biases, and all else that is trained."""
        return self.rows * self.outputs

    @property
    def rows(self) -> int:
        """Return the number of parameters of each unit."""
        return self.inputs + 1 + len(self.trained)

    @property
    def shift_row(self) -> int:
        """Return the row that is added to z whatever the example: the biases, or beta where the layer is normalised."""
        return self.inputs + 1 + self.trained.index(SHIFT) if self.normalised else self.inputs

    @property
    def normalised(self) -> bool:
        """Return whether gamma and beta are trained in the layer."""
        return SHIFT in self.trained


class Layout:
    """The map between a parameter row and the layers' matrices.

    A layer's block is (inputs + 1, outputs): the weights, and the biases as the last row, because the layer's input
    carries a last column of ones. What else is trained per unit follows as (len(trained), outputs).
    """

    def __init__(self, layers: Sequence[LayerShape]) -> None:
        self.layers = tuple(layers)
        offsets = np.cumsum([0, *(layer.size for layer in self.layers)])
        self.offsets = tuple(int(offset) for offset in offsets)
        self.size = self.offsets[-1]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and self.layers == other.layers

    def __hash__(self) -> int:
        return hash(self.layers)

    @property
    def widths(self) -> tuple[int, ...]:
        """Return the number of inputs, then of units of each layer."""
        return (self.layers[0].inputs, *(layer.outputs for layer in self.layers))

    def block(self, theta: Array, layer: int) -> Array:
        """Return the view (runs, inputs + 1, outputs) of a layer in ``theta`` (runs, parameters)."""
        shape = self.layers[layer]
        start = self.offsets[layer]
        stop = start + (shape.inputs + 1) * shape.outputs
        return theta[:, start:stop].reshape(theta.shape[0], shape.inputs + 1, shape.outputs)

    def trained(self, theta: Array, layer: int) -> Array:
        """Return the view (runs, len(trained), outputs) of what else is trained in a layer."""
        shape = self.layers[layer]
        start = self.offsets[layer] + (shape.inputs + 1) * shape.outputs
        stop = self.offsets[layer + 1]
        return theta[:, start:stop].reshape(theta.shape[0], len(shape.trained), shape.outputs)

    def weight_mask(self) -> Array:
        """Return (parameters,) with 1 for weights, else 0: what L1 and L2 penalise."""
        mask = np.zeros((1, self.size))
        for number in range(len(self.layers)):
            self.block(mask, number)[:, :-1] = 1.0
        return mask[0]

    def named(self, theta: Array, run: int = 0) -> dict[str, Array]:
        """Return one run's parameters (or gradient) as views, by name, layers counted from 1.

        ``layer1.weights`` (inputs, units), ``layer1.biases`` (units,), ``layer1.slope`` (units,) where the slope
        of the activation is trained, ``layer1.gamma`` and ``layer1.beta`` (units,) where the layer is normalised.
        """
        row = theta[run : run + 1]
        arrays: dict[str, Array] = {}
        for number, shape in enumerate(self.layers):
            block = self.block(row, number)[0]
            arrays[f"layer{number + 1}.weights"] = block[:-1]
            arrays[f"layer{number + 1}.biases"] = block[-1]
            for name, values in zip(shape.trained, self.trained(row, number)[0], strict=True):
                arrays[f"layer{number + 1}.{name}"] = values
        return arrays

    def write(self, theta: Array, arrays: Mapping[str, Array], run: int = 0) -> None:
        """Copy named arrays into one run's row. Raises InputError for an unknown name, a wrong shape, or NaN."""
        places = self.named(theta, run)
        for name, values in arrays.items():
            if name not in places:
                raise InputError(f"parameters[{name!r}]", "an unknown name", "one of " + ", ".join(places))
            given = np.asarray(values)
            if given.shape != places[name].shape:
                raise InputError(f"parameters[{name!r}]", f"shape {given.shape}", f"shape {places[name].shape}")
            if given.dtype.kind not in "fiu" or not np.isfinite(given).all():
                raise InputError(f"parameters[{name!r}]", "something that is not a finite number", "finite numbers")
        for name, values in arrays.items():
            places[name][...] = values

    def carry_over(self, theta: Array, other: Layout, out: Array, without: Container[str] = ()) -> dict[str, Array]:
        """Copy all that both layouts have from ``theta`` to ``out`` (laid out by ``other``); return it by name.

        ``without`` these names, which mean something else in each.
        """
        carried: dict[str, Array] = {}
        for run in range(theta.shape[0]):
            places = other.named(out, run)
            for name, values in self.named(theta, run).items():
                if name in places and name not in without:
                    places[name][...] = values
                    carried[name] = places[name]
        return carried

    def layer_of(self, index: int) -> int:
        """Return the layer (from 0) that the parameter at ``index`` of a row belongs to."""
        return int(np.searchsorted(self.offsets, index, side="right")) - 1

    def describe(self, index: int) -> str:
        """Return a parameter's name for the screen by its index in the row: «layer 1, input 2 to unit 3»."""
        layer = self.layer_of(index)
        shape = self.layers[layer]
        row, unit = divmod(index - self.offsets[layer], shape.outputs)
        if row < shape.inputs:
            return f"layer {layer + 1}, weight {row + 1}→{unit + 1}"
        return f"layer {layer + 1}, {self.kind(index)} of unit {unit + 1}"

    def kind(self, index: int) -> str:
        """Return what a parameter is, by its index in the row: «weight», «bias», or the name of what is trained."""
        layer = self.layer_of(index)
        shape = self.layers[layer]
        row = (index - self.offsets[layer]) // shape.outputs
        if row < shape.inputs:
            return "weight"
        return "bias" if row == shape.inputs else shape.trained[row - shape.inputs - 1]
