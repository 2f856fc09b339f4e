"""The shape of a network and what its layers compute, without the numbers of a run."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace as with_parts

from stepviz.engine.catalogue.activations import Values
from stepviz.engine.catalogue.losses import Loss
from stepviz.engine.common.arrays import Array
from stepviz.engine.network.layout import LayerShape, Layout
from stepviz.engine.network.unit_function import UnitFunction


class Network:
    """The shape of a network, the functions of its layers and its loss; it holds no numbers of a run."""

    def __init__(self, inputs: int, widths: Sequence[int], functions: Sequence[UnitFunction], loss: Loss) -> None:
        """Build a network of ``len(widths)`` weight layers; the last width is the number of outputs."""
        sizes = (inputs, *widths)
        self.functions = tuple(functions)
        self.loss = loss
        self.layout = Layout(
            [
                LayerShape(sizes[number], sizes[number + 1], tuple(function.starts))
                for number, function in enumerate(self.functions)
            ]
        )

    @property
    def by_statistics(self) -> bool:
        """Return whether an answer depends on statistics of other examples (see ``Pass.follow``)."""
        return any(function.normalization.over_examples for function in self.functions)

    @property
    def annealed(self) -> bool:
        """Return whether a slope schedule drives any hidden layer; the output layer is never driven."""
        return any(function.annealed for function in self.functions[:-1])

    def with_slope(self, slope: float) -> Network:
        """Return the network with another slope in the hidden layers that a slope schedule drives."""
        network = copy(self)
        network.functions = (*(function.with_slope(slope) for function in self.functions[:-1]), self.functions[-1])
        return network

    def fast(self) -> Network:
        """Return the network for numbers by the million: its answers differ by the rounding of numbers near 1."""
        network = copy(self)
        network.functions = tuple(
            with_parts(function, activation=with_parts(function.activation, value=function.activation.fast))
            if function.activation.fast
            else function
            for function in self.functions
        )
        network.loss = with_parts(self.loss, value=self.loss.fast) if self.loss.fast else self.loss
        return network

    def values(self, theta: Array, layer: int) -> Values:
        """Return a layer's activation parameters: floats, or views (runs, 1, units) of those that are trained."""
        function = self.functions[layer]
        rows = self.layout.trained(theta, layer)
        return tuple(
            rows[:, function.trained.index(parameter.name), None, :] if parameter.name in function.trained else value
            for parameter, value in zip(function.activation.parameters, function.values, strict=True)
        )
