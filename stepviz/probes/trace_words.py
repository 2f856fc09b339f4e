"""Words for a traced gradient: what its factors are called, and the sentence that says why it is what it is."""

from __future__ import annotations

import numpy as np

from stepviz.engine.catalogue.normalizations import SCALE
from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import number_text, share_text
from stepviz.engine.network.network import Network
from stepviz.probes.findings.words import inside
from stepviz.probes.gradient_chain import Link, Target, trained_name

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def name_of(network: Network, link: Link, target: Target) -> str:
    """Return what a factor is called, short: «f′(z₂)», layers counted from 1."""
    number = str(link.layer + 1).translate(_SUBSCRIPTS)
    match link.kind:
        case "loss":
            return "∂L/∂y"
        case "weights":
            signal = "δ" if network.functions[link.layer + 1].normalization.axis is None else "∂L/∂u"
            return f"W{str(link.layer + 2).translate(_SUBSCRIPTS)}ᵀ{signal}"
        case "derivative":
            return f"f′(z{number})"
        case "slope":
            return f"∂f/∂{trained_name(network, target)}"
        case "scale":
            return f"γ{number}/σ{number}"
        case "centre":
            return f"∂L/∂u{number}"
        case "input":
            return _name_of_input(network, link, target, number)


def _name_of_input(network: Network, link: Link, target: Target, number: str) -> str:
    match trained_name(network, target):
        case "" if _is_bias(network, target):
            return "bias: 1"
        case "":
            return f"h{str(link.layer).translate(_SUBSCRIPTS)}" if link.layer else "input"
        case name:
            return f"û{number}" if name == SCALE else "β: 1"


def rule_of(network: Network, link: Link) -> str:
    """Return the label of the backward rule that stands in for f' in a link, empty where nothing does."""
    function = network.functions[link.layer]
    return "" if link.kind != "derivative" or function.has_true_derivative else function.rule.label


def sentence_of(
    network: Network,
    theta: Array,
    chain: list[Link],
    target: Target,
    gradient: float,
    zero: int | None,
    penalised: bool,
) -> str:
    """Return the sentence: which parameter, what its gradient is, and the first factor that makes it exactly 0."""
    layout, examples = network.layout, len(chain[0].factor)
    shape = layout.layers[target.layer]
    name = layout.describe(layout.offsets[target.layer] + target.row * shape.outputs + target.unit)
    rules = {rule: None for link in chain if (rule := rule_of(network, link))}
    subject = "its gradient" if not rules else f"what the backward rule ({', '.join(map(inside, rules))}) gives"
    if zero is not None:
        before = chain[zero - 1].signal if zero else None
        why = _why(network, theta, chain[zero], before, target, examples)
        pull = "; only the penalty on weights still moves it" if penalised else ""
        return f"{name}: {subject} is exactly 0 because {why}{pull}"
    if gradient == 0.0 and cancels(network, target, chain[-1]):
        over = inside(network.functions[target.layer].normalization.label)
        what = "any bias with it" if _is_bias(network, target) else f"{_source(target)} is the same for every example"
        return f"{name}: {subject} is exactly 0 because {over} takes the mean away, and {what}"
    if gradient == 0.0:
        total = float(np.sum(chain[-1].signal))
        precision = theta.dtype
        why = f"its value is too small for {precision}" if total else "the examples' shares cancel exactly"
        return f"{name}: {subject} is 0 because {why}; no factor is exactly 0"
    if not np.isfinite(gradient):
        return f"{name}: {subject} is not a finite number"
    last = chain[-1].signal
    parts = [f"{name}: {subject} is {number_text(gradient)}, the mean over {examples:,} examples"]
    idle = 1.0 - np.count_nonzero(last) / last.size
    if idle:
        parts.append(f"of which {share_text(idle)} give exactly 0")
    return ", ".join(parts)


def cancels(network: Network, target: Target, last: Link) -> bool:
    """Return whether a normalisation over the examples takes away again what the parameter adds to all of them."""
    over_examples = network.functions[target.layer].normalization.over_examples
    weighed = target.row <= network.layout.layers[target.layer].inputs
    return over_examples and weighed and not np.ptp(last.factor)


def _why(network: Network, theta: Array, link: Link, before: Array | None, target: Target, examples: int) -> str:
    whom = _units(network, link, target)
    everywhere = f"for all {examples:,} examples" if examples > 1 else "for the only example"
    all_zero = not link.factor.any()
    function = network.functions[link.layer]
    match link.kind:
        case "loss":
            return f"dL/dy is 0 {everywhere} ({inside(network.loss.label)})"
        case "weights":
            return _why_nothing_arrives(network, theta, link, target, whom, everywhere)
        case "derivative" if function.has_true_derivative:
            what = f"f'(z) of {whom}"
            how = f"{inside(function.activation.label)}{', true rule' if function.activation.takes_rules else ''}"
        case "derivative":
            what = f"the stand-in for f'(z) of {whom}"
            how = f"{inside(function.activation.label)}, rule {inside(function.rule.label)}"
        case "slope":
            what, how = f"df/d{trained_name(network, target)} of {whom}", inside(function.activation.label)
        case "scale":
            what, how = f"γ/σ of {whom}", inside(function.normalization.label)
        case "centre":
            return f"nothing is left of the signal at {whom} {everywhere} ({inside(function.normalization.label)})"
        case "input" if trained_name(network, target):
            what, how = f"û of {whom}", inside(function.normalization.label)
        case "input":
            what, how = _source(target), ""
    how = f" ({how})" if how else ""
    if all_zero:
        return f"{what} is 0 {everywhere}{how}"
    assert before is not None
    if np.logical_and(before, link.factor).any():
        return f"{what} leaves products too small for {theta.dtype}{how}"
    return f"{what} is 0 for every example in which a signal arrives{how}"


def _why_nothing_arrives(network: Network, theta: Array, link: Link, target: Target, whom: str, everywhere: str) -> str:
    weights = network.layout.block(theta, link.layer + 1)[0, :-1]
    if not weights[list(link.units)].any():
        return f"all weights from {whom} are 0, so no signal arrives"
    if link.layer == target.layer:
        return f"the signal that arrives at {whom} is 0 {everywhere}: the units that it feeds pass none on"
    return f"the signal that arrives at {whom} is 0 {everywhere}"


def _units(network: Network, link: Link, target: Target) -> str:
    width = network.layout.layers[link.layer].outputs
    output = link.layer == len(network.functions) - 1
    place = "the output layer" if output else f"layer {link.layer + 1}"
    if link.layer == target.layer and (link.kind == "input" or link.units == (target.unit,)):
        return f"unit {target.unit + 1} in {place}"
    return f"the only unit in {place}" if width == 1 else f"all {width} units in {place}"


def _source(target: Target) -> str:
    if target.layer == 0:
        return f"input {target.row + 1}"
    return f"its input, the activation of unit {target.row + 1} in layer {target.layer},"


def _is_bias(network: Network, target: Target) -> bool:
    return target.row == network.layout.layers[target.layer].inputs
