"""Which settings are allowed: every field of an experiment is checked once, before anything is built from it."""

from __future__ import annotations

import math

import msgspec

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.clipping import CLIPPINGS
from stepviz.engine.catalogue.initializers import BIAS_INITIALIZERS, WEIGHT_INITIALIZERS
from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.catalogue.normalizations import NORMALIZATIONS, UNITS
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.catalogue.parameters import look_up, resolve
from stepviz.engine.catalogue.scaling import SCALINGS
from stepviz.engine.catalogue.schedules import SCHEDULES
from stepviz.engine.catalogue.slope_schedules import SLOPE_SCHEDULES
from stepviz.engine.common.errors import InputError
from stepviz.engine.common.field_errors import describe
from stepviz.engine.data.csv_columns import clean
from stepviz.engine.data.csv_dialect import DELIMITERS
from stepviz.engine.data.csv_source import is_checksum
from stepviz.engine.data.datasets import DATASETS, FEATURES
from stepviz.engine.data.drawn import check_drawing
from stepviz.engine.settings.experiment import ActivationChoice, DataSettings, Experiment, HiddenLayer

# The loss that encodes classes as the numbers that a step, or a sign, can answer.
LOSS_FOR = {"step": "squared-error", "sign": "hinge"}


def validate(experiment: Experiment) -> Experiment:
    """Return the experiment unchanged if every field is allowed; else raise InputError naming the first that is not."""
    raw = msgspec.to_builtins(experiment)
    try:
        msgspec.convert(raw, Experiment)
    except msgspec.ValidationError as error:
        raise describe(error, raw, Experiment) from None
    data = experiment.data
    entry = look_up(DATASETS, data.name, "data.name")
    for name in data.features:
        look_up(FEATURES, name, "data.features")
    plane = entry.dimensions == 2 or (data.name == "drawn" and data.drawing is not None and data.drawing.inputs == 2)
    if plane and not data.features:
        raise InputError("data.features", "none", "at least one of " + ", ".join(FEATURES))
    if len(set(data.features)) != len(data.features):
        raise InputError("data.features", ", ".join(data.features), "each feature once")
    _check_columns(data)
    if data.checksum and not is_checksum(data.checksum):
        raise InputError("data.checksum", data.checksum, "64 hexadecimal digits, or nothing")
    if data.drawing is not None:
        check_drawing(data.drawing)
    elif data.name == "drawn":
        raise InputError("data.drawing", "nothing", "points")
    if data.name == "csv" and not (data.path or data.content):
        raise InputError("data.path", "nothing", "the path of a CSV file")
    for number, layer in enumerate(experiment.layers):
        _check_activation(layer.activation, f"layers[{number}].activation")
        _check_normalization(layer, number, experiment.batch_size)
    _check_activation(experiment.output, "output")
    loss = look_up(LOSSES, experiment.loss, "loss")
    optimizer = look_up(OPTIMIZERS, experiment.optimizer.name, "optimizer.name")
    if optimizer.mistakes:
        _check_perceptron(experiment)
    if loss.on_logits and experiment.output.name != "linear":
        raise InputError("output.name", experiment.output.name, f"linear, because {loss.label} works on logits")
    weights = look_up(WEIGHT_INITIALIZERS, experiment.weights.name, "weights.name")
    resolve(experiment.weights.parameters, weights.parameters, "weights")
    biases = look_up(BIAS_INITIALIZERS, experiment.biases.name, "biases.name")
    resolve(experiment.biases.parameters, biases.parameters, "biases")
    resolve(experiment.optimizer.parameters, optimizer.parameters, "optimizer")
    for name in ("loss_below", "accuracy_above"):
        limit = getattr(experiment.stop, name)
        if limit is not None and not math.isfinite(limit):
            raise InputError(f"stop.{name}", limit, "a finite number")
    schedule = look_up(SCHEDULES, experiment.schedule.name, "schedule.name")
    resolve(experiment.schedule.parameters, schedule.parameters, "schedule")
    slopes = look_up(SLOPE_SCHEDULES, experiment.slope_schedule.name, "slope_schedule.name")
    resolve(experiment.slope_schedule.parameters, slopes.parameters, "slope_schedule")
    clipping = look_up(CLIPPINGS, experiment.clipping.name, "clipping.name")
    resolve(experiment.clipping.parameters, clipping.parameters, "clipping")
    return experiment


def _check_columns(data: DataSettings) -> None:
    look_up(SCALINGS, data.scaling, "data.scaling")
    if data.delimiter and data.delimiter not in DELIMITERS:
        raise InputError("data.delimiter", repr(data.delimiter), "one of " + " ".join(map(repr, DELIMITERS)))
    for field, names in (("inputs", data.inputs), ("class_names", data.class_names)):
        if len(set(names)) != len(names):
            raise InputError(f"data.{field}", ", ".join(names), "each name once")
    if len(data.class_names) == 1:
        raise InputError("data.class_names", "one", "none (those in the file), or one for each class")
    for place, name in enumerate(data.class_names):
        if clean(name) != name:
            raise InputError(f"data.class_names[{place}]", repr(name), "one line of printable letters")


def _check_normalization(layer: HiddenLayer, number: int, batch_size: int) -> None:
    normalization = look_up(NORMALIZATIONS, layer.normalization, f"layers[{number}].normalization")
    if normalization.over_examples and batch_size == 1:
        why = f"batch norm in layer {number + 1}: one example has no spread"
        raise InputError("batch_size", 1, f"0 or at least 2, because of {why}")
    if normalization.axis == UNITS and layer.width == 1:
        why = "layer norm: one unit has no spread"
        raise InputError(f"layers[{number}].width", 1, f"at least 2, because of {why}")


def _check_activation(choice: ActivationChoice, field: str) -> None:
    activation = look_up(ACTIVATIONS, choice.name, f"{field}.name")
    resolve(choice.parameters, activation.parameters, field)
    rule = look_up(BACKWARD_RULES, choice.rule.name, f"{field}.rule.name")
    resolve(choice.rule.parameters, rule.parameters, f"{field}.rule")
    if choice.rule.name != "true" and not activation.takes_rules:
        raise InputError(f"{field}.rule.name", choice.rule.name, f"true, because {choice.name} has a useful derivative")
    for name in choice.trained or ():
        if name not in activation.trainable:
            allowed = "one of " + ", ".join(activation.trainable) if activation.trainable else "nothing"
            raise InputError(f"{field}.trained", name, f"{allowed} for {choice.name}")


def _check_perceptron(experiment: Experiment) -> None:
    """Raise InputError, naming the field, where the perceptron rule cannot train what the settings describe."""
    if experiment.layers:
        found = f"{len(experiment.layers)} hidden"
        raise InputError("layers", found, "none, because the perceptron rule has one layer")
    output = experiment.output.name
    if output not in LOSS_FOR:
        raise InputError("output.name", output, " or ".join(LOSS_FOR) + " for the perceptron rule")
    if experiment.loss != LOSS_FOR[output]:
        label = LOSSES[LOSS_FOR[output]].label.lower()
        expected = f"{LOSS_FOR[output]}, because {label} asks for the answers that a {output} can give"
        raise InputError("loss", experiment.loss, expected)
