"""The Experiment: every setting of a run, frozen; the same experiment and seed give the same numbers."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.catalogue.schedules import SCHEDULES
from stepviz.engine.catalogue.slope_schedules import SLOPE_SCHEDULES
from stepviz.engine.common.arrays import Precision
from stepviz.engine.settings.drawing import Drawing, Name
from stepviz.engine.settings.limits import HIGHEST_SHARE, MOST_CLASSES, MOST_COLUMNS, MOST_CONTENT, ChosenTask

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
    target of a regression. ``delimiter`` and ``decimal`` (the decimal sign, "." or ",") say how the table is written
    where that cannot be seen; ``gaps`` are texts that stand for a gap besides NA, ?, - and the like, such as -999.
    ``drawn``: ``drawing``.
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
    delimiter: str = ""
    decimal: Literal["", ".", ","] = ""
    gaps: Annotated[tuple[Name, ...], Meta(max_length=32)] = ()
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
