"""The chain of factors that makes the gradient of one parameter, link by link from the loss back to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from stepviz.engine.catalogue.normalizations import SCALE, UNITS
from stepviz.engine.common.arrays import Array
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.network import Network

Kind = Literal["loss", "weights", "derivative", "scale", "centre", "input", "slope"]


@dataclass(frozen=True, slots=True)
class Target:
    """The parameter traced: ``row`` and ``unit`` of the block of ``layer``, all counted from 0; ``row`` below the
    number of inputs is a weight, then comes the bias, then what else is trained of the unit."""  # noqa: D205, D209

    layer: int
    row: int
    unit: int


@dataclass(frozen=True, slots=True)
class Link:
    """One link: the ``factor`` (examples, n) and what is left of the ``signal`` (examples, n) behind it.

    ``kind``: ``loss`` is dL/dy; ``weights`` the signal that arrives through the weights of the next layer, delta W^T;
    ``derivative`` f'(z) or its stand-in; ``scale`` and ``centre`` where the layer is normalised: gamma / sigma, and
    dL/du by the sums u, what is left after the signal's mean and its part along û are taken away; ``input`` what the
    weight multiplies (1 for a bias or beta, û for gamma); ``slope`` df/dp of a trained activation parameter p. Behind
    ``loss``, ``weights`` and ``centre`` the signal is the factor itself.
    ``units`` are the layer's units that the n columns belong to: all on the way, the target's own one in its layer;
    statistics over the units bring the signals of all of them together, so until there it is all units too.
    """

    kind: Kind
    layer: int
    units: tuple[int, ...]
    factor: Array
    signal: Array


def links(network: Network, theta: Array, evaluation: Pass, inputs: Array, target: Target) -> list[Link]:
    """Return the links from dL/dy to the target, of the first run, after ``evaluation`` has run backward.

    Backpropagation as in Rumelhart, Hinton and Williams 1986: dL/dw = sum over examples of h * delta with
    delta_l = (delta_{l+1} W^T) * f'(z_l); of a normalised layer dL/du stands in the place of delta. The identity has
    no link of its own: its derivative is 1. ``inputs`` (1, examples, n0 + 1) are those of the pass, the last column
    ones.
    """
    chain: list[Link] = []
    name = trained_name(network, target)
    last = len(network.functions) - 1
    for layer in range(last, target.layer - 1, -1):
        width = network.layout.layers[layer].outputs
        function, own = network.functions[layer], layer == target.layer
        alone = own and (bool(name) or function.normalization.axis != UNITS)
        units = (target.unit,) if alone else tuple(range(width))
        columns = slice(target.unit, target.unit + 1) if alone else slice(None)
        upstream_grad = evaluation.upstream_grad[layer][0][:, columns]
        chain.append(Link("loss" if layer == last else "weights", layer, units, upstream_grad, upstream_grad))
        if own and name in function.trained:
            continue
        delta = evaluation.delta[layer][0][:, columns]
        if function.activation.key != "linear":
            chain.append(Link("derivative", layer, units, evaluation.local[layer][0][:, columns], delta))
        normalizer = evaluation.normalizers[layer]
        if normalizer is not None and not (own and name):
            factor = normalizer.factor[0][:, columns]
            chain.append(Link("scale", layer, units, factor, delta * factor))
            if own:
                units, columns = (target.unit,), slice(target.unit, target.unit + 1)
            error = evaluation.error[layer][0][:, columns]
            chain.append(Link("centre", layer, units, error, error))
    chain.append(_last_link(network, theta, evaluation, inputs, target))
    return chain


def _last_link(network: Network, theta: Array, evaluation: Pass, inputs: Array, target: Target) -> Link:
    layer, unit = target.layer, target.unit
    shape, columns = network.layout.layers[layer], slice(unit, unit + 1)
    if target.row <= shape.inputs:
        h = evaluation.h[layer - 1] if layer else inputs
        factor = h[0][:, target.row : target.row + 1]
        signal = evaluation.error[layer][0][:, columns].astype(np.float64) * factor
        return Link("input", layer, (target.row,), factor, signal)
    function, normalizer, name = network.functions[layer], evaluation.normalizers[layer], trained_name(network, target)
    if normalizer is not None and name not in function.trained:
        factor = normalizer.normalised[0][:, columns]
        factor = factor if name == SCALE else np.ones_like(factor)
        return Link("input", layer, (unit,), factor, evaluation.delta[layer][0][:, columns].astype(np.float64) * factor)
    assert function.activation.parameter_derivative is not None
    names = [parameter.name for parameter in function.activation.parameters]
    place = names.index(name)
    slope, scratch = np.empty_like(evaluation.z[layer]), np.empty_like(evaluation.z[layer])
    values = network.values(theta, layer)
    function.activation.parameter_derivative(evaluation.z[layer], values, place, slope, scratch)
    factor = slope[0][:, columns]
    return Link(
        "slope", layer, (unit,), factor, evaluation.upstream_grad[layer][0][:, columns].astype(np.float64) * factor
    )


def trained_name(network: Network, target: Target) -> str:
    """Return the name of what is trained of a unit besides weights and bias; empty for these."""
    shape = network.layout.layers[target.layer]
    return shape.trained[target.row - shape.inputs - 1] if target.row > shape.inputs else ""


def first_zero(chain: list[Link], example: int | None = None) -> int | None:
    """Return the first link behind which the signal is exactly 0, for all examples or for one; None if there is none.

    Such a link may not be 0 all over: it is enough that it is 0 wherever a signal arrives.
    """
    for number, link in enumerate(chain):
        signal = link.signal if example is None else link.signal[example]
        if not signal.any():
            return number
    return None
