"""The four stages of an update for one example and one parameter: Markdown with formulas, and this run's numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.network.penalties import penalties_of
from stepviz.probes.findings.words import inside
from stepviz.probes.one_update.formulas import (
    LOSS_FORMULAS,
    UPDATE_FORMULAS,
    in_formula,
    named_factor,
    product,
    weighted_sum,
)
from stepviz.probes.one_update.rehearsal import Rehearsal
from stepviz.probes.trace import Trace, TraceOptions, trace

TITLES = ("Forward", "Loss", "Backward", "Update")


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: its title and its text."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Stages:
    """The four stages, and the parameter and the example of the batch (from 0) that they are about, as used."""

    options: TraceOptions
    index: int
    name: str
    stages: tuple[Stage, ...]


def stages_of(update: Rehearsal, options: TraceOptions) -> Stages:
    """Return the stages for the parameter of ``options`` and its ``example``, here one of the batch."""
    penalised = bool(update.setup.experiment.l1 or update.setup.experiment.l2)
    with np.errstate(all="ignore"):
        traced = trace(
            update.setup.network, update.theta, update.evaluation, update.batch.inputs, options, step=update.step,
            penalised=penalised,
        )  # fmt: skip
        texts = (_forward(update, traced), _loss(update, traced), _backward(update, traced), _update(update, traced))
    stages = tuple(Stage(title, text) for title, text in zip(TITLES, texts, strict=True))
    return Stages(traced.options, traced.index, traced.name, stages)


def _forward(update: Rehearsal, traced: Trace) -> str:
    network, present, chosen = update.setup.network, update.evaluation, traced.options
    layer, unit, example = chosen.layer, chosen.unit, chosen.example
    function, batch = network.functions[layer], len(update.rows)
    row = int(update.rows[example]) + 1
    block = network.layout.block(update.theta, layer)[0, :, unit]
    before = (update.batch.inputs if layer == 0 else present.h[layer - 1])[0, example]
    z, h = float(present.z[layer][0, example, unit]), _answer(update, layer, example, unit)
    lines = [
        f"Training example {row} is one of the {batch:,} in the batch of update {update.step + 1:,}. What reaches "
        f"unit {unit + 1} of {_place(update, layer)}, weighted and added up:",
        weighted_sum(block, before, chosen.row, z, normalised=function.normalization.axis is not None),
    ]
    if function.normalization.axis is not None:
        lines.append(f"{function.normalization.label} makes of that sum $z = {in_formula(z)}$.")
    lines.append(f"The activation, {inside(function.activation.label)}, answers:")
    lines.append(f"$$h = f(z) = f({in_formula(z)}) = {in_formula(h)}$$")
    if layer < len(network.functions) - 1:
        answers = present.y[0, example]
        lines.append(f"After the last layer the network answers ${_listed('y', answers)}$.")
    if function.dropout and not present.h[layer][0, example, unit] and h:
        lines.append("Dropout leaves this unit out of this update.")
    return "\n\n".join(lines)


def _answer(update: Rehearsal, layer: int, example: int, unit: int) -> float:
    function, present = update.setup.network.functions[layer], update.evaluation
    if function.activation.key == "linear":
        return float(present.z[layer][0, example, unit])
    if not function.dropout:
        return float(present.h[layer][0, example, unit])
    values = update.setup.network.values(update.theta, layer)
    one = present.z[layer][:, example : example + 1]
    out, scratch = np.empty_like(one), np.empty_like(one)
    function.activation.value(one, values, out, scratch)
    return float(out[0, 0, unit])


def _loss(update: Rehearsal, traced: Trace) -> str:
    loss, present, example = update.setup.network.loss, update.evaluation, traced.options.example
    one = slice(example, example + 1)
    wide = np.float32 if update.theta.dtype == np.float16 else update.theta.dtype
    own, mean = np.zeros(1, dtype=wide), np.zeros(1, dtype=wide)
    answers, targets = present.y[:, one], update.batch.targets[one]
    loss.value(answers, targets, own, np.empty_like(answers))
    loss.value(present.y, update.batch.targets, mean, np.empty_like(present.y))
    return "\n\n".join([
        f"The answer ${_listed('y', answers[0, 0])}$ is compared with the target ${_listed('t', targets[0])}$ by "
        f"{inside(loss.label)}:",
        f"$$L = {LOSS_FORMULAS[loss.key]} = {in_formula(float(own[0]))}$$",
        "How the loss changes with the answer is what goes back:",
        f"$${_derivatives(traced.factors[0].example)}$$",
        f"Over the batch of {len(update.rows):,} the mean loss is ${in_formula(float(mean[0]))}$.",
    ])  # fmt: skip


def _derivatives(values: np.ndarray) -> str:
    if len(values) == 1:
        return rf"\frac{{\partial L}}{{\partial y}} = {in_formula(float(values[0]))}"
    return rf"\frac{{\partial L}}{{\partial y}} = ({', '.join(in_formula(float(each)) for each in values[:5])}" + (
        r", \dots)" if len(values) > 5 else ")"
    )


def _backward(update: Rehearsal, traced: Trace) -> str:
    network = update.setup.network
    lines = ["The chain rule multiplies what stands on the way from the loss to this parameter:"]
    lines.append(product(traced))
    for factor in traced.factors:
        function = network.functions[factor.layer]
        if factor.kind != "derivative" or not function.activation.takes_rules:
            continue
        name, place = named_factor(factor.name), _place(update, factor.layer)
        kind = inside(function.activation.label)
        if function.has_true_derivative:
            instead = BACKWARD_RULES["straight-through"]
            lines.append(
                f"**The derivative ${name}$ of the {kind} units in {place} is exactly 0**: whatever arrives, nothing "
                f"is left of it. A backward rule would put another number in its place; {inside(instead.label)} "
                f"({instead.source}) would put 1."
            )
        else:
            rule = function.rule
            values = ", ".join(in_formula(float(each)) for each in factor.example[:5])
            lines.append(
                f"**The derivative ${name}$ of the {kind} units in {place} is exactly 0.** In its place the rule "
                f"{inside(rule.label)} ({rule.source}) puts {rule.formula}, here ${values}$"
                + (" and so on." if len(factor.example) > 5 else ".")
            )
    if traced.example_first_zero is not None and not any("exactly 0**:" in line for line in lines):
        name = named_factor(traced.factors[traced.example_first_zero].name)
        lines.append(f"The first factor behind which **exactly 0** is left is ${name}$.")
    lines.append(f"The mean over the {traced.examples:,} examples of the batch is $g = {in_formula(traced.gradient)}$.")
    return "\n\n".join(lines)


def _update(update: Rehearsal, traced: Trace) -> str:
    experiment, optimizer, index = update.setup.experiment, update.setup.optimizer, traced.index
    used, before, after = float(update.used[index]), traced.weight, float(update.after[index])
    lines = []
    pull = _penalty(update, index)
    if pull:
        lines.append(f"The penalty on weights adds ${in_formula(pull)}$ to the gradient.")
    if used != traced.gradient + pull and experiment.clipping.name != "none":
        lines.append(f"Clipping makes it $g = {in_formula(used)}$.")
    lines += [
        f"{optimizer.label} with the learning rate $\\eta = {in_formula(update.rate)}$ takes the step:",
        f"$${UPDATE_FORMULAS[optimizer.key]}$$",
        f"With $g = {in_formula(used)}$:",
    ]
    for name, old, new in zip(optimizer.slots, update.memory[:, index], update.memory_after[:, index], strict=True):
        lines.append(f"Its memory «{name}» goes from ${in_formula(float(old))}$ to ${in_formula(float(new))}$.")
    change = after - before
    sign = "-" if change < 0 else "+"
    lines.append(f"$$w' = {in_formula(before)} {sign} {in_formula(abs(change))} = {in_formula(after)}$$")
    if change == 0.0:
        why = "the gradient is exactly 0" if used == 0.0 else "the step is too small for the precision"
        lines.append(f"**The parameter stays exactly where it is**: {why}.")
    elif used == 0.0:
        lines.append("The gradient is exactly 0; what moves the parameter is the optimizer's own doing.")
    return "\n\n".join(lines)


def _penalty(update: Rehearsal, index: int) -> float:
    layout, dtype = update.setup.network.layout, update.setup.experiment.precision
    pull, scratch = np.zeros_like(update.theta), np.empty_like(update.theta)
    for penalty in penalties_of(update.setup.experiment, layout, dtype):
        penalty.add_to_gradient(update.theta, pull, scratch)
    return float(pull[0, index])


def _place(update: Rehearsal, layer: int) -> str:
    return "the output layer" if layer == len(update.setup.network.functions) - 1 else f"layer {layer + 1}"


def _listed(letter: str, values: np.ndarray) -> str:
    if len(values) == 1:
        return f"{letter} = {in_formula(float(values[0]))}"
    shown = ", ".join(in_formula(float(each)) for each in values[:5])
    return f"{letter} = ({shown}" + (r", \dots)" if len(values) > 5 else ")")
