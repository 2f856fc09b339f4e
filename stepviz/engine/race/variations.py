"""What the lanes of a race can differ in: a table of settings, and picks that make a whole race in one choice."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.initializers import WEIGHT_INITIALIZERS
from stepviz.engine.catalogue.normalizations import NORMALIZATIONS
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.catalogue.parameters import one_of
from stepviz.engine.common.errors import InputError
from stepviz.engine.race.race import LEAST_LANES, LONGEST_LABEL, MOST_LANES, Lane
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment
from stepviz.engine.setup.edits import with_optimizer
from stepviz.engine.setup.field_paths import with_fields
from stepviz.engine.setup.switch import with_activation

SEVERAL = "several"
BETWEEN = ", "
CLASSIC = ("step", "sigmoid", "tanh", "relu", "leaky-relu", "elu", "softplus", "gelu")


@dataclass(frozen=True, slots=True)
class Variation:
    """A setting that lanes can differ in.

    ``names`` maps the allowed values to their labels; empty where values are numbers, which ``named`` makes a lane's
    name of. ``usual`` are values to begin with. ``apply`` returns the experiment with another value (a name or a
    number), not yet validated.
    """

    key: str
    label: str
    names: dict[str, str]
    usual: tuple[str, ...]
    apply: Callable[[Experiment, str], Experiment]
    named: str = "{:g}"

    def lane(self, base: Experiment, value: str) -> Lane:
        """Return the lane with this value. Raises InputError for a name or number that is not allowed."""
        if self.names:
            if value not in self.names:
                raise InputError(self.key, value, one_of(value, self.names))
            return Lane(self.names[value], self.apply(base, value))
        if self.key == SEVERAL:
            return _several(base, value)
        label = self.named.format(as_number(self.key, value)).replace("-", "\u2212")
        return Lane(label, self.apply(base, value))


def as_number(field: str, value: str) -> float:
    """Return the finite number that a text stands for. Raises InputError for anything else."""
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(field, value, "a number")
    return number


def _whole(field: str, value: str) -> int:
    number = as_number(field, value)
    if number != int(number):
        raise InputError(field, value, "a whole number")
    return int(number)


def _with_rule(base: Experiment, rule: str) -> Experiment:
    # A backward rule can stand in only where the derivative is useless: elsewhere the race is one of steps.
    def choice(old: ActivationChoice) -> ActivationChoice:
        kept = old if ACTIVATIONS[old.name].takes_rules else ActivationChoice("step")
        return replace(kept, rule=Choice(rule))

    return replace(base, layers=tuple(replace(layer, activation=choice(layer.activation)) for layer in base.layers))


def _with_parameter(base: Experiment, name: str, fallback: str, value: float) -> Experiment:
    def choice(old: ActivationChoice) -> ActivationChoice:
        known = any(parameter.name == name for parameter in ACTIVATIONS[old.name].parameters)
        kept = old if known else ActivationChoice(fallback)
        return replace(kept, parameters={**kept.parameters, name: value})

    return replace(base, layers=tuple(replace(layer, activation=choice(layer.activation)) for layer in base.layers))


def _labels(table: dict[str, object]) -> dict[str, str]:
    return {key: str(getattr(entry, "label", key)) for key, entry in table.items()}


BY_GRADIENT = tuple(key for key, optimizer in OPTIMIZERS.items() if optimizer.by_gradient)
SEARCHES = tuple(key for key, optimizer in OPTIMIZERS.items() if optimizer.search is not None)

VARIATIONS: dict[str, Variation] = {
    entry.key: entry
    for entry in (
        Variation("activation", "Activation", _labels({**ACTIVATIONS}), CLASSIC, with_activation),
        Variation(
            "rule", "Backward rule", _labels({**BACKWARD_RULES}),
            ("true", "straight-through", "clipped-straight-through", "sigmoid-surrogate", "fast-sigmoid", "triangle"),
            _with_rule,
        ),
        Variation(
            "learning-rate", "Learning rate", {}, ("0.0003", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1"),
            lambda base, value: replace(base, learning_rate=as_number("learning-rate", value)),
            "η = {:g}",
        ),
        Variation(
            "initialiser", "Initialiser", _labels({**WEIGHT_INITIALIZERS}),
            ("glorot-uniform", "he-normal", "lecun-normal", "orthogonal", "uniform", "constant", "zeros"),
            lambda base, value: replace(base, weights=Choice(value)),
        ),
        Variation(
            "optimizer", "Optimizer", _labels({**OPTIMIZERS}), BY_GRADIENT,
            lambda base, value: with_optimizer(base, Choice(value)),
        ),
        Variation(
            "normalisation", "Normalisation", _labels({**NORMALIZATIONS}), tuple(NORMALIZATIONS),
            lambda base, value: with_fields(base, {"layers.*.normalization": value}),
        ),
        Variation(
            "slope", "Slope a", {}, ("-1", "0", "0.5", "1", "2", "5", "20", "100"),
            lambda base, value: _with_parameter(base, "slope", "sigmoid", as_number("slope", value)),
            "a = {:g}",
        ),
        Variation(
            "at-zero", "ReLU'(0)", {}, ("0", "0.25", "0.5", "0.75", "1"),
            lambda base, value: _with_parameter(base, "at-zero", "relu", as_number("at-zero", value)),
            "f'(0) = {:g}",
        ),
        Variation(
            "precision", "Precision", {name: name for name in ("float64", "float32", "float16")},
            ("float64", "float32", "float16"),
            lambda base, value: with_fields(base, {"precision": value}),
        ),
        Variation(
            "batch-size", "Batch size", {}, ("1", "4", "16", "64", "0"),
            lambda base, value: replace(base, batch_size=_whole("batch-size", value)),
            "batch {:g}",
        ),
        Variation(
            "width", "Units per layer", {}, ("1", "2", "4", "8", "16", "32"),
            lambda base, value: with_fields(base, {"layers.*.width": _whole("width", value)}),
            "width {:g}",
        ),
        Variation(
            "depth", "Hidden layers", {}, ("1", "2", "4", "6", "8"),
            lambda base, value: _with_depth(base, _whole("depth", value)),
            "depth {:g}",
        ),
        Variation(
            SEVERAL, "Several settings", {},
            ("activation=tanh + initialiser=glorot-normal", "activation=tanh + initialiser=he-normal",
             "activation=relu + initialiser=glorot-normal", "activation=relu + initialiser=he-normal"),
            lambda base, value: _several(base, value).experiment,
        ),
    )
}  # fmt: skip


def _several(base: Experiment, value: str) -> Lane:
    """Return the lane of several settings: ``activation=relu + initialiser=he-normal``."""
    labels, experiment = [], base
    for part in value.split(" + "):
        key, equals, text = (piece.strip() for piece in part.partition("="))
        if not equals or key == SEVERAL:
            raise InputError(SEVERAL, part, "SETTING=VALUE + SETTING=VALUE")
        lane = _one_lane(experiment, key, text)
        labels.append(lane.label)
        experiment = lane.experiment
    return Lane(BETWEEN.join(labels), experiment)


def _one_lane(base: Experiment, key: str, value: str) -> Lane:
    variation = VARIATIONS.get(key)
    if variation is not None:
        return variation.lane(base, value)
    if key.partition(".")[0].partition("[")[0] not in Experiment.__struct_fields__:
        raise InputError("vary", key, f"one of {', '.join(VARIATIONS)}, or a field of the settings")
    return Lane(f"{key} {value}", with_fields(base, {key: _json(value)}))


def _with_depth(base: Experiment, depth: int) -> Experiment:
    if not 0 <= depth <= 64:
        raise InputError("depth", depth, "from 0 to 64 hidden layers")
    last = base.layers[-1:] or Experiment().layers[-1:]
    return replace(base, layers=(*base.layers, *last * depth)[:depth])


@dataclass(frozen=True, slots=True)
class Pick:
    """A race in one choice: values of one variation, and what it shows."""

    key: str
    label: str
    variation: str
    values: tuple[str, ...]
    shows: str


PICKS: dict[str, Pick] = {
    pick.key: pick
    for pick in (
        Pick("activations", "Classic activations", "activation", CLASSIC, "The same weights under eight functions"),
        Pick("stand-in", "The step, a stand-in, tanh", SEVERAL,
             ("activation=step", "rule=sigmoid-surrogate", "activation=tanh"),
             "The step with its own derivative and with a stand-in for it, and tanh"),
        Pick("rules", "Backward rules of the step", "rule", VARIATIONS["rule"].usual,
             "The same step forward; what stands in for its derivative differs"),
        Pick("rates", "Learning rates", "learning-rate", VARIATIONS["learning-rate"].usual, "From small to large"),
        Pick("initialisers", "Initialisers", "initialiser", VARIATIONS["initialiser"].usual,
             "What the first weights are drawn from"),
        Pick("pairs", "Activation and initialiser", SEVERAL, VARIATIONS[SEVERAL].usual,
             "Two settings at once: each activation with the variance made for it, and with the other's"),
        Pick("optimizers", "Optimizers", "optimizer", VARIATIONS["optimizer"].usual,
             "One gradient, several ways to make a step of it"),
        Pick("normalisations", "Normalisations", "normalisation", VARIATIONS["normalisation"].usual,
             "What is done to a layer's sums before its activation"),
        Pick("searches", "Trying instead of a gradient", "optimizer", ("adam", *SEARCHES),
             "Losses of many changed copies of the weights, in each step, against one gradient"),
        Pick("slopes", "Slopes of the sigmoid", "slope", VARIATIONS["slope"].usual,
             "From a falling curve over a constant to almost a step"),
        Pick("at-zero", "ReLU'(0)", "at-zero", VARIATIONS["at-zero"].usual, "What counts as the derivative at z = 0"),
        Pick("precisions", "Precisions", "precision", VARIATIONS["precision"].usual,
             "How many digits each number keeps"),
    )
}  # fmt: skip


def lanes_of(base: Experiment, key: str, values: Sequence[str]) -> tuple[Lane, ...]:
    """Return one lane for each value of the variation ``key``, or of any field of the settings by its path.

    Raises InputError for an unknown key or field, for values that are not allowed, given twice, too few or too many.
    """
    if not LEAST_LANES <= len(values) <= MOST_LANES:
        raise InputError(key, f"{len(values)} values", f"from {LEAST_LANES} to {MOST_LANES}, one for each lane")
    lanes = tuple(_one_lane(base, key, value) for value in values)
    labels = [lane.label for lane in lanes]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise InputError(key, f"{twice!r} twice", "each value once")
    return _shortened(lanes)


def _shortened(lanes: Sequence[Lane]) -> tuple[Lane, ...]:
    """Return the lanes under shorter names where one is too long: without what all have in common, then cut off."""
    if all(len(lane.label) <= LONGEST_LABEL for lane in lanes):
        return tuple(lanes)
    parts = [lane.label.split(BETWEEN) for lane in lanes]
    own = [[part for part in mine if not all(part in others for others in parts)] or mine for mine in parts]
    return tuple(
        Lane(label if len(label) <= LONGEST_LABEL else f"{number} {label}"[: LONGEST_LABEL - 1] + "…", lane.experiment)
        for number, (lane, label) in enumerate(zip(lanes, map(BETWEEN.join, own), strict=True), start=1)
    )


def _json(value: str) -> object:
    try:
        return float(value) if not value.lstrip("-").isdecimal() else int(value)
    except ValueError:
        return value
