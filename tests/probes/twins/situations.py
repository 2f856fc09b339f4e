"""The bank of situations: runs that do not learn, each with its true cause and what must not be blamed.

``asked`` says where a person asked about such a run, or which text describes it. A situation is built for a seed, which
draws data, first weights and batches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stepviz.engine.data.dataset import Dataset
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.field_paths import with_fields
from stepviz.engine.training.trainer import Trainer
from tests.probes.twins import tables

Make = Callable[[int], Dataset]


@dataclass(frozen=True)
class Situation:
    """One run: ``fields`` are its settings as on the command line, ``steps`` how long it has trained.

    ``cause`` are the keys that are right (one, but where two names fit the same fact); ``never`` what must not be named
    first. ``quick``: it is run in every suite, for one seed. ``learns``: nothing is wrong.
    """

    name: str
    asked: str
    fields: Mapping[str, Any]
    cause: tuple[str, ...] = ()
    steps: int = 1000
    never: tuple[str, ...] = ()
    dataset: Make | None = None
    csv: Callable[[int], str] | None = None
    parameters: Mapping[str, Callable[[], np.ndarray]] = field(default_factory=dict)
    quick: bool = False
    learns: bool = False

    def trainer(self, seed: int) -> Trainer:
        """Return the run after its steps, for a seed."""
        fields: dict[str, Any] = {"seed": seed, **self.fields}
        if self.csv is not None:
            fields = {"data.name": "csv", "data.content": self.csv(seed), "data.path": "table.csv", **fields}
        fields.setdefault("data.seed", seed)
        dataset = None if self.dataset is None else self.dataset(seed)
        experiment = with_fields(Experiment(), fields)
        given = {name: make() for name, make in self.parameters.items()}
        trainer = Trainer(experiment, dataset, parameters=given)
        trainer.step(self.steps)
        return trainer


def layers(*widths: int, activation: str = "tanh", rule: str = "true", **more: Any) -> list[dict[str, Any]]:
    """Return hidden layers as a file writes them."""
    choice = {"name": activation, "rule": {"name": rule}, "parameters": more.pop("parameters", {})}
    return [{"width": width, "activation": choice, **more} for width in widths]


def rate(name: str, learning_rate: float, **parameters: float) -> dict[str, Any]:
    """Return an optimizer and its learning rate."""
    return {"optimizer": {"name": name, "parameters": parameters}, "learning_rate": learning_rate}


SQUARED = {"loss": "squared-error"}
SGD = rate("sgd", 0.1)
XOR = {"data.name": "xor"}
SINE = {"data.name": "sine", **SQUARED}
HE = {"weights.name": "he-uniform"}
SMALL_XOR = tables.four_points

SITUATIONS: tuple[Situation, ...] = (
    # The penalty
    Situation(
        "L1 of 0.05 under Adam",
        "situations 4",
        {"l1": 0.05},
        ("penalty-too-strong",),
        never=("vanishing-gradient",),
        quick=True,
    ),
    Situation("L1 of 1", "situations 4", {"l1": 1.0}, ("penalty-too-strong",), never=("vanishing-gradient",)),
    Situation("L1 of 0.01", "situations 4", {"l1": 0.01}, ("penalty-too-strong",)),
    Situation(
        "L1 of 1, SGD",
        "situations 4",
        {"l1": 1.0, **rate("sgd", 0.03)},
        ("penalty-too-strong",),
        never=("learning-rate-too-large",),
    ),
    Situation(
        "L2 of 1 on a deep ReLU network",
        "situations 4; Krogh and Hertz 1992",
        {"l2": 1.0, "layers": layers(8, 8, 8, 8, activation="relu"), **HE},
        ("penalty-too-strong",),
        never=("dead-units",),
    ),
    Situation(
        "rate times L2 above 2",
        "situations 4",
        {"l2": 30.0, **SGD},
        ("penalty-too-strong",),
        never=("learning-rate-too-large",),
    ),
    Situation(
        "L2 of 0.3 on a regression", "Keras forum: regularizer too strong", {**SINE, "l2": 0.3}, ("penalty-too-strong",)
    ),
    # The learning rate
    Situation(
        "cosine schedule of 300 steps",
        "situations 2",
        {"schedule": {"name": "cosine", "parameters": {"length": 150}}},
        ("learning-rate-scheduled-to-zero",),
        quick=True,
    ),
    Situation(
        "step schedule that falls by 100 every 50 steps",
        "situations 2",
        {"schedule": {"name": "step", "parameters": {"every": 50, "factor": 0.01}}},
        ("learning-rate-scheduled-to-zero",),
    ),
    Situation(
        "exponential schedule of 0.95",
        "situations 2; PyTorch forum: ExponentialLR per batch",
        {"schedule": {"name": "exponential", "parameters": {"decay": 0.95}}},
        ("learning-rate-scheduled-to-zero",),
    ),
    Situation(
        "rate 100 under Adam",
        "situations 16",
        {"learning_rate": 100.0},
        ("learning-rate-too-large",),
        never=("dead-units", "saturated-units"),
    ),
    Situation(
        "rate 10 under Adam",
        "PyTorch forum: loss stuck, lr too high",
        {"learning_rate": 10.0},
        ("learning-rate-too-large",),
    ),
    Situation("SGD at rate 30", "Goodfellow et al., 8.3", rate("sgd", 30.0), ("learning-rate-too-large",)),
    Situation(
        "sine, SGD at rate 3: NaN",
        "tensorflow/playground#208",
        {**SINE, **rate("sgd", 30.0)},
        ("learning-rate-too-large",),
    ),
    Situation(
        "sine, ReLU, momentum at rate 1",
        "tensorflow/playground#77",
        {**SINE, **rate("momentum", 1.0), "layers": layers(16, 16, activation="relu"), **HE},
        ("learning-rate-too-large", "dead-units"),
    ),
    Situation(
        "SGD at rate 1e-5",
        "PyTorch forum: loss does not decrease",
        rate("sgd", 1e-5),
        ("learning-rate-too-small",),
        quick=True,
    ),
    Situation(
        "SGD at rate 1e-3", "Keras forum: accuracy stays at 0.5", rate("sgd", 1e-3), ("learning-rate-too-small",)
    ),
    Situation("Adam at rate 1e-6", "PyTorch forum", rate("adam", 1e-6), ("learning-rate-too-small",)),
    Situation("sine, Adam at rate 1e-5", "PyTorch forum", {**SINE, **rate("adam", 1e-5)}, ("learning-rate-too-small",)),
    Situation("Adagrad at rate 1e-4", "Duchi et al. 2011", rate("adagrad", 1e-4), ("learning-rate-too-small",)),
    # Clipping, dropout, optimizer, batches
    Situation(
        "clipping at 1e-6",
        "situations 8",
        {"clipping": {"name": "norm", "parameters": {"limit": 1e-6}}, **SGD},
        ("clipping-too-tight",),
        never=("learning-rate-too-small",),
    ),
    Situation(
        "clipping at 0.001",
        "Pascanu et al. 2013",
        {"clipping": {"name": "norm", "parameters": {"limit": 1e-3}}, **rate("sgd", 0.5)},
        ("clipping-too-tight",),
        never=("learning-rate-too-small",),
    ),
    Situation("dropout 0.9", "situations 8", {"layers": layers(8, 8, dropout=0.9)}, ("dropout-too-high",), quick=False),
    Situation(
        "dropout 0.8 in a small regression",
        "Keras forum: dropout in a regression",
        {**SINE, "layers": layers(16, 16, dropout=0.8)},
        ("dropout-too-high",),
    ),
    Situation(
        "batches of one, noisy classes",
        "Keras forum: batch size 1",
        {"batch_size": 1, **rate("sgd", 1.0), "data.name": "moons", "data.noise": 0.2},
        ("batch-noise", "learning-rate-too-large"),
    ),
    Situation(
        "Adam with epsilon 1",
        "Keras issue: epsilon 1.0 for Inception",
        rate("adam", 0.001, epsilon=1.0),
        ("optimizer-settings", "learning-rate-too-small"),
    ),
    # First weights
    Situation(
        "all weights zero",
        "Goodfellow et al., 8.4",
        {"weights.name": "zeros"},
        ("zero-weights",),
        never=("vanishing-gradient", "learning-rate-too-small"),
        quick=True,
    ),
    Situation(
        "all weights equal",
        "Stack Overflow: why random weights",
        {"weights": {"name": "constant", "parameters": {"value": 0.3}}, **XOR},
        ("equal-units",),
        never=("too-few-units",),
    ),
    Situation(
        "weights 300 times too large, tanh",
        "Glorot and Bengio 2010",
        {"weights": {"name": "glorot-uniform", "parameters": {"gain": 300.0}}, **SGD},
        ("saturated-units", "first-weights"),
    ),
    Situation(
        "weights 1e-4, SGD, three layers",
        "He et al. 2015",
        {"weights": {"name": "uniform", "parameters": {"radius": 1e-3}}, **SGD, "layers": layers(8, 8, 8)},
        ("first-weights", "vanishing-gradient"),
    ),
    Situation(
        "uniform weights of ±200, sigmoid",
        "stats.stackexchange 265453",
        {
            "weights": {"name": "uniform", "parameters": {"radius": 200.0}},
            **SGD,
            "layers": layers(8, 8, activation="sigmoid"),
        },
        ("saturated-units", "first-weights"),
    ),
    # Units without a derivative, dead, saturated
    Situation(
        "step units without a rule",
        "discuss.pytorch.org 205194",
        {"layers": layers(8, 8, activation="step")},
        ("no-derivative",),
        quick=True,
    ),
    Situation(
        "sign units without a rule, squared error",
        "layog/Accurate-Binary-Convolution-Network#6",
        {"layers": layers(4, 4, activation="sign"), **SQUARED},
        ("no-derivative",),
    ),
    Situation(
        "first layer of steps, tanh behind, XOR",
        "layog/Accurate-Binary-Convolution-Network#6",
        {"layers": [*layers(3, activation="step"), *layers(8)], **XOR},
        ("no-derivative",),
    ),
    Situation(
        "ReLU, biases of -50",
        "Lu et al. 2019",
        {
            "layers": layers(8, 8, activation="relu"),
            **HE,
            "biases": {"name": "constant", "parameters": {"value": -50.0}},
        },
        ("dead-units",),
        never=("vanishing-gradient",),
        quick=True,
    ),
    Situation(
        "ReLU killed by an update",
        "Lu et al. 2019; cs231n",
        {"layers": layers(8, 8, activation="relu"), **HE, **rate("sgd", 0.05)},
        ("dead-units",),
        parameters={"layer1.biases": lambda: np.full(8, -30.0)},
    ),
    Situation(
        "hard tanh far outside its bounds",
        "pytorch/ao#4806",
        {"layers": layers(8, activation="hard-tanh"), "biases": {"name": "constant", "parameters": {"value": 20.0}}},
        ("dead-units",),
    ),
    Situation(
        "tanh at biases of 52",
        "situations 5",
        {"layers": layers(4)},
        ("saturated-units",),
        parameters={"layer1.biases": lambda: np.full(4, 52.0)},
        never=("dead-units",),
    ),
    Situation(
        "sigmoid at -20 in float16",
        "situations 6",
        {
            "layers": layers(8, activation="sigmoid"),
            "biases": {"name": "constant", "parameters": {"value": -20.0}},
            "precision": "float16",
        },
        ("saturated-units", "underflow", "first-weights"),
        never=("dead-units",),
    ),
    Situation(
        "sigmoid units at -15",
        "stats.stackexchange 265453",
        {
            "layers": layers(8, activation="sigmoid"),
            "biases": {"name": "constant", "parameters": {"value": -15.0}},
            **SGD,
        },
        ("saturated-units", "first-weights"),
        never=("dead-units",),
    ),
    Situation(
        "slope of 200",
        "lecture 2: a steep sigmoid is a step",
        {"layers": layers(8, 8, activation="sigmoid", parameters={"slope": 200.0}), **SGD},
        ("saturated-units", "activation-settings"),
    ),
    # Depth
    Situation(
        "ten sigmoid layers",
        "Glorot and Bengio 2010",
        {"layers": layers(*[8] * 10, activation="sigmoid"), **SGD},
        ("vanishing-gradient",),
    ),
    Situation(
        "five sigmoid layers of 32, SGD",
        "situations 10",
        {"layers": layers(*[32] * 5, activation="sigmoid"), **SGD},
        ("vanishing-gradient",),
        never=("learning-rate-too-large",),
    ),
    Situation(
        "eight sigmoid layers, Adam",
        "Keras forum: sigmoid in hidden layers",
        {"layers": layers(*[8] * 8, activation="sigmoid")},
        ("vanishing-gradient",),
    ),
    # Scale
    Situation(
        "inputs up to 999",
        "situations 11",
        {"data.scaling": "none", "layers": layers(10, 10, 10), **SQUARED},
        ("input-scale",),
        csv=tables.long_sine,
        never=("vanishing-gradient", "saturated-units"),
        steps=3000,
    ),
    Situation(
        "inputs in thousands, classes",
        "Stack Overflow: normalise the inputs",
        {"data.scaling": "none", **SGD},
        ("input-scale",),
        csv=tables.salaries,
    ),
    Situation("inputs of 1e-4", "PyTorch forum", {**SGD}, ("input-scale",), dataset=tables.tiny_inputs),
    Situation(
        "years as inputs",
        "Keras forum: predict from the year",
        {"data.scaling": "none", **SQUARED},
        ("input-scale",),
        csv=tables.years,
    ),
    Situation(
        "targets of a million",
        "situations 8",
        {**SQUARED},
        ("target-scale",),
        dataset=tables.large_targets,
        never=("vanishing-gradient",),
    ),
    Situation(
        "prices in hundred thousands",
        "Keras forum: house prices",
        {"data.scaling": "none", **SQUARED},
        ("target-scale", "input-scale"),
        csv=tables.prices,
    ),
    # The output
    Situation(
        "sine with a ReLU output",
        "sin-relu-output.csv",
        {**SINE, "output.name": "relu"},
        ("targets-out-of-reach", "output-unit-stuck"),
    ),
    Situation(
        "targets of 5 with a sigmoid output",
        "Keras forum: sigmoid output in a regression",
        {**SQUARED, "output.name": "sigmoid"},
        ("targets-out-of-reach",),
        dataset=tables.targets_of_five,
    ),
    Situation(
        "ReLU output at -50",
        "situations 3",
        {**SQUARED, "output.name": "relu"},
        ("output-unit-stuck",),
        parameters={"layer3.biases": lambda: np.array([-50.0])},
        never=("dead-units", "vanishing-gradient"),
    ),
    Situation(
        "tanh output saturated at 40",
        "Keras forum",
        {**SQUARED, "output.name": "sigmoid", **SGD},
        ("output-unit-stuck",),
        parameters={"layer3.biases": lambda: np.array([40.0])},
    ),
    # The network
    Situation("no hidden layer on rings", "situations 13", {"layers": []}, ("no-straight-line",), quick=True),
    Situation(
        "linear layers on XOR",
        "situations 13",
        {"layers": layers(8, 8, activation="linear"), **XOR},
        ("no-straight-line",),
    ),
    Situation("a plane through a sine", "Minsky and Papert 1969", {**SINE, "layers": []}, ("no-straight-line",)),
    Situation(
        "perceptron on XOR",
        "Minsky and Papert 1969",
        {**XOR, "layers": [], "output.name": "step", "loss": "squared-error", **rate("perceptron", 1.0)},
        ("no-straight-line",),
    ),
    Situation("two tanh units on rings", "Keras forum: network too small", {"layers": layers(2)}, ("too-few-units",)),
    Situation(
        "one unit on a sine", "tensorflow/playground", {**SINE, "layers": layers(1)}, ("too-few-units",), steps=2000
    ),
    Situation("only x1 on rings", "tensorflow/playground", {"data.features": ["x1"]}, ("missing-input",)),
    Situation(
        "XOR of four points, 2-2-1 ReLU in a minimum",
        "Stack Overflow: XOR with ReLU",
        {"layers": layers(2, activation="relu"), **rate("sgd", 0.1), "batch_size": 0},
        ("wrong-examples-switch-units-off", "dead-units", "local-minimum"),
        dataset=SMALL_XOR,
        never=("vanishing-gradient",),
        parameters={"layer1.weights": lambda: np.array([[1.0, 0.8], [-1.1, -0.9]])},
        steps=3000,
    ),
    Situation(
        "XOR of four points, 2-2-1 sigmoid",
        "situations 15",
        {"layers": layers(2, activation="sigmoid"), **SQUARED, "output.name": "sigmoid", **SGD, "batch_size": 0},
        ("plateau", "learning-rate-too-small"),
        dataset=SMALL_XOR,
        never=("vanishing-gradient", "dead-units"),
        steps=1000,
    ),
    # Precision
    Situation(
        "float16, Adam at 1e-4, weights of ±2",
        "situations 8; pytorch/ao#1124",
        {"precision": "float16", **rate("adam", 1e-4), "weights": {"name": "uniform", "parameters": {"radius": 2.0}}},
        ("updates-rounded-away",),
    ),
    Situation(
        "float16, SGD at 1e-3",
        "Nerogar/OneTrainer#996",
        {"precision": "float16", **rate("sgd", 3e-3), "weights": {"name": "uniform", "parameters": {"radius": 2.0}}},
        ("updates-rounded-away",),
        steps=2000,
    ),
    # The data
    Situation(
        "labels at random",
        "Zhang et al. 2017",
        {},
        ("labels-not-determined",),
        csv=tables.random_labels,
        never=("too-few-units", "vanishing-gradient", "dead-units"),
    ),
    Situation(
        "the larger class for all",
        "situations 14",
        {},
        ("labels-not-determined",),
        csv=tables.majority,
        steps=500,
        never=("dead-units",),
    ),
    Situation(
        "constant inputs",
        "situations 12",
        {},
        ("constant-inputs",),
        csv=tables.constant_inputs,
        never=("input-scale", "vanishing-gradient"),
    ),
    Situation(
        "targets of noise",
        "Goodfellow et al., 5.3",
        {**SQUARED},
        ("labels-not-determined", "noise-floor"),
        csv=tables.noise_targets,
    ),
    # The search
    Situation(
        "evolution strategy at rate 100",
        "situations 8",
        rate("openai-es", 100.0),
        ("learning-rate-too-large",),
        steps=300,
    ),
    # Runs that learn
    Situation(
        "a plane, learned",
        "situations 1",
        {"data.name": "plane", "data.noise": 0.0, "layers": [], **SQUARED, **SGD},
        ("nothing-left-to-learn",),
        steps=2500,
        never=("learning-rate-too-small",),
        learns=True,
        quick=True,
    ),
    Situation("default", "the default experiment", {}, learns=True, quick=True),
    Situation("default, 200 steps", "the default experiment", {}, learns=True, steps=200),
    Situation(
        "sign, clipped straight-through, hinge",
        "situations 9",
        {"layers": layers(8, 8, activation="sign", rule="clipped-straight-through"), "loss": "hinge"},
        learns=True,
        steps=600,
        never=("learning-rate-too-large",),
    ),
    Situation("sine", "the default experiment", {**SINE}, learns=True),
    Situation(
        "moons, ReLU, SGD",
        "",
        {"data.name": "moons", "layers": layers(8, 8, activation="relu"), **HE, **rate("sgd", 0.3)},
        learns=True,
    ),
    Situation("gaussians, no hidden layer", "", {"data.name": "gaussians", "layers": []}, learns=True),
    Situation(
        "gaussians with much noise",
        "Bayes error",
        {"data.name": "gaussians", "data.noise": 0.5},
        ("noise-floor", "labels-not-determined"),
        learns=True,
        steps=2000,
    ),
    Situation("batch norm, XOR", "", {**XOR, "layers": layers(8, 8, normalization="batch")}, learns=True),
    Situation("float16", "", {"precision": "float16"}, learns=True),
)
