"""The Experiment: every setting of a run, frozen; the same experiment and seed give the same numbers."""

from __future__ import annotations

import math
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.clipping import CLIPPINGS
from stepviz.engine.catalogue.initializers import BIAS_INITIALIZERS, WEIGHT_INITIALIZERS
from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.catalogue.normalizations import NORMALIZATIONS, UNITS
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.catalogue.scaling import SCALINGS
from stepviz.engine.catalogue.schedules import SCHEDULES
from stepviz.engine.catalogue.slope_schedules import SLOPE_SCHEDULES
from stepviz.engine.catalogue.table import look_up, resolve
from stepviz.engine.common.arrays import Precision
from stepviz.engine.common.errors import InputError
from stepviz.engine.common.field_errors import describe
from stepviz.engine.data.csv_columns import MOST_COLUMNS, clean
from stepviz.engine.data.csv_source import MOST_CONTENT, is_checksum
from stepviz.engine.data.csv_table import MOST_CLASSES, ChosenTask
from stepviz.engine.data.datasets import DATASETS, FEATURES
from stepviz.engine.data.drawn import Drawing, Name, check_drawing
from stepviz.engine.network.dropout import HIGHEST_SHARE
from stepviz.engine.training.perceptron_rule import check_perceptron

Numbers = dict[str, float]
Seed = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Strength = Annotated[float, Meta(ge=0.0, le=1e3)]


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of a table by name, with those of its parameters that differ from the table's defaults."""

    name: str
    parameters: Numbers = {}


class ActivationChoice(Struct, frozen=True, forbid_unknown_fields=True):
    """An activation, and the backward rule that stands in for its derivative (``true`` is the derivative itself).

    ``trained`` names the parameters of the activation that gradient descent moves, one value per unit.
    """

    name: str = "tanh"
    parameters: Numbers = {}
    rule: Choice = Choice("true")
    trained: tuple[str, ...] | None = None


class HiddenLayer(Struct, frozen=True, forbid_unknown_fields=True):
    """A hidden layer: how many units, and what each computes.

    ``dropout`` is the probability with which each update of the training leaves a unit out, for each example;
    ``normalization`` (in NORMALIZATIONS) what is done to the weighted sums before the activation.
    """

    width: Annotated[int, Meta(ge=1, le=4096)] = 8
    activation: ActivationChoice = ActivationChoice()
    dropout: Annotated[float, Meta(ge=0.0, le=HIGHEST_SHARE)] = 0.0
    normalization: str = "none"


class DataSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Which examples: a data set of the table, or the person's own.

    ``csv``: the file at ``path``, of which ``checksum`` is the SHA-256 in hexadecimal digits (empty: not checked);
    where ``content`` is not empty it is the text of that file, which then is not needed. ``target`` and ``inputs`` are
    the names of columns (none: the last, and all others); ``task`` says what the target is, ``class_names`` are other
    names for its classes, in the order of those in the file; ``scaling`` (in SCALINGS) is that of inputs and of the
    target of a regression. ``drawn``: ``drawing``.
    """

    name: str = "circle"
    samples: Annotated[int, Meta(ge=2, le=100_000)] = 400
    noise: Annotated[float, Meta(ge=0.0, le=10.0)] = 0.1
    test_share: Annotated[float, Meta(ge=0.0, le=0.9)] = 0.3
    features: Annotated[tuple[str, ...], Meta(max_length=16)] = ("x1", "x2")
    seed: Seed = 0
    path: str = ""
    target: str = ""
    inputs: Annotated[tuple[str, ...], Meta(max_length=MOST_COLUMNS)] = ()
    task: ChosenTask = "auto"
    class_names: Annotated[tuple[Name, ...], Meta(max_length=MOST_CLASSES)] = ()
    scaling: str = "standard"
    checksum: str = ""
    content: Annotated[str, Meta(max_length=MOST_CONTENT)] = ""
    drawing: Drawing | None = None


class StopConditions(Struct, frozen=True, forbid_unknown_fields=True):
    """What a run stops by itself at; None and False: not for this. Loss and accuracy are those of the training set.

    ``accuracy_above`` is a share from 0 to 1; ``all_stuck``: no hidden unit receives any gradient.
    """

    loss_below: Annotated[float, Meta(ge=0.0, le=1e9)] | None = None
    accuracy_above: Annotated[float, Meta(ge=0.0, le=1.0)] | None = None
    steps: Annotated[int, Meta(ge=1, le=10**12)] | None = None
    all_stuck: bool = False


class Experiment(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of a run.

    ``schedule`` is what becomes of the learning rate step by step, ``slope_schedule`` what becomes of the slope a of
    hidden sigmoid and tanh units and k of surrogates, where it is not trained.
    ``batch_size`` 0 means the whole training set. ``l1`` and ``l2`` penalise weights, never biases:
    L = data loss + l1 sum|w| + l2/2 sum w^2. Build changed copies with ``msgspec.structs.replace`` and check them
    with ``validate``.
    """

    data: DataSettings = DataSettings()
    layers: Annotated[tuple[HiddenLayer, ...], Meta(max_length=64)] = (HiddenLayer(), HiddenLayer())
    output: ActivationChoice = ActivationChoice("linear")
    loss: str = "binary-cross-entropy"
    weights: Choice = Choice("glorot-uniform")
    biases: Choice = Choice("zeros")
    optimizer: Choice = Choice("adam")
    learning_rate: Annotated[float, Meta(gt=0.0, le=1e6)] = 0.01
    schedule: Choice = Choice("constant")
    slope_schedule: Choice = Choice("none")
    clipping: Choice = Choice("none")
    batch_size: Annotated[int, Meta(ge=0, le=100_000)] = 32
    l1: Strength = 0.0
    l2: Strength = 0.0
    stop: StopConditions = StopConditions()
    precision: Precision = "float32"
    seed: Seed = 0

    def activations(self) -> tuple[ActivationChoice, ...]:
        """Return the activation of each weight layer in order, the output's last."""
        return (*(layer.activation for layer in self.layers), self.output)


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
        check_perceptron(experiment)
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


def scheduled_rate(experiment: Experiment, step: int) -> float:
    """Return the learning rate of update ``step`` (from 0) of a valid experiment."""
    schedule = SCHEDULES[experiment.schedule.name]
    values = resolve(experiment.schedule.parameters, schedule.parameters, "schedule")
    return experiment.learning_rate * schedule.factor(step, values)


def scheduled_slope(experiment: Experiment, step: int) -> float | None:
    """Return the slope that update ``step`` (from 0) of a valid experiment is done with; None: each as it is set."""
    schedule = SLOPE_SCHEDULES[experiment.slope_schedule.name]
    if schedule.slope is None:
        return None
    return schedule.slope(step, resolve(experiment.slope_schedule.parameters, schedule.parameters, "slope_schedule"))
