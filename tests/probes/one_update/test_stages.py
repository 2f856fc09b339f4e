"""The four stages in words and formulas."""

from __future__ import annotations

import pytest

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.training.trainer import Trainer
from stepviz.lessons.formula_check import FormulaCheck
from stepviz.probes.one_update.formulas import LOSS_FORMULAS, UPDATE_FORMULAS, in_formula, named_factor
from stepviz.probes.one_update.rehearsal import Rehearsal, rehearse
from stepviz.probes.one_update.stages import TITLES, stages_of
from stepviz.probes.trace import TraceOptions
from tests.export.pytorch.runs import RUNS


def update_of(name: str, steps: int = 3) -> Rehearsal:
    trainer = Trainer(RUNS[name])
    trainer.step(steps)
    return rehearse(trainer.checkpoint())


def texts(name: str, options: TraceOptions, steps: int = 3) -> list[str]:
    return [stage.text for stage in stages_of(update_of(name, steps), options).stages]


def test_every_loss_and_every_optimizer_by_gradient_has_its_formula() -> None:
    assert LOSS_FORMULAS.keys() == LOSSES.keys()
    assert UPDATE_FORMULAS.keys() == {key for key, each in OPTIMIZERS.items() if each.by_gradient}


@pytest.mark.parametrize("name", [
    "optimizer adam", "optimizer adamw", "optimizer nesterov", "optimizer rmsprop", "loss hinge, multiclass",
    "loss softmax-cross-entropy, multiclass", "loss squared-error, regression", "rule triangle of sign",
    "normalization batch", "normalization layer", "activation sigmoid trained", "penalties", "no hidden layer",
    "dropout", "clipping value",
])  # fmt: skip
def test_every_formula_can_be_set_in_type_for_every_parameter_of_the_first_unit(name: str) -> None:
    update = update_of(name)
    layers = update.setup.network.layout.layers
    for layer, shape in enumerate(layers):
        # Of a plain layer the first weight stands for all; typesetting takes its time.
        for row in {0, shape.inputs, shape.rows - 1} if shape.trained else {0}:
            found = stages_of(update, TraceOptions(layer, row, 0, 1))
            assert tuple(stage.title for stage in found.stages) == TITLES
            for stage in found.stages:
                FormulaCheck("stage").check("text", stage.text, range(1, 1 + len(stage.text.split("\n"))))
                assert "nan" not in stage.text


def test_the_zero_of_a_step_is_shown_and_what_would_stand_in_its_place() -> None:
    _, _, backward, update = texts("activation step", TraceOptions(1, 0, 0, 0))
    assert r"\underbrace{0}_{f'(z_{2})}" in backward
    assert "**The derivative $f'(z_{2})$ of the step units in layer 2 is exactly 0**" in backward
    assert "straight-through (Bengio et al. 2013) would put 1" in backward
    assert "stays exactly where it is" in update
    assert "the gradient is exactly 0" in update


def test_a_named_rule_says_what_it_puts_in_the_place_of_zero() -> None:
    backward = texts("rule straight-through of step", TraceOptions(1, 0, 0, 0))[2]
    assert r"\underbrace{1}_{f'(z_{2})}" in backward
    assert "is exactly 0.** In its place the rule straight-through (Bengio et al. 2013) puts 1 everywhere" in backward


def test_the_numbers_of_the_stages_are_those_of_the_update() -> None:
    update, options = update_of("optimizer momentum"), TraceOptions(0, 1, 2, 4)
    found = stages_of(update, options)
    forward, loss, backward, last = (stage.text for stage in found.stages)
    z = float(update.evaluation.z[0][0, 4, 2])
    assert f"= {in_formula(z)}$$" in forward
    assert f"Training example {update.rows[4] + 1} is one of" in forward
    assert f"$t = {in_formula(float(update.batch.targets[4, 0]))}$" in loss
    gradient = update.evaluation.gradient
    assert gradient is not None
    assert f"$g = {in_formula(float(gradient[0, found.index]))}$" in backward
    assert f"= {in_formula(float(update.after[found.index]))}$$" in last
    assert f"to ${in_formula(float(update.memory_after[0, found.index]))}$" in last


def test_options_beyond_the_network_mean_the_last() -> None:
    found = stages_of(update_of("no hidden layer"), TraceOptions(9, 9, 9, 999))
    assert (found.options.layer, found.options.row, found.options.unit) == (0, 2, 0)


@pytest.mark.parametrize(
    ("value", "latex"),
    [(0.0, "0"), (-0.5, "{-}0.5"), (1e-9, r"1.000 \cdot 10^{-9}"), (float("inf"), r"\infty")],
)
def test_numbers_in_formulas(value: float, latex: str) -> None:
    assert in_formula(value) == latex


@pytest.mark.parametrize(
    ("name", "latex"),
    [("f′(z₁₂)", "f'(z_{12})"), ("input", r"\text{input}"), ("bias: 1", r"\text{bias}"), ("h₂", "h_{2}")],
)
def test_names_of_factors(name: str, latex: str) -> None:
    assert named_factor(name) == latex
