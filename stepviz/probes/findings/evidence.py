"""What the findings are found in: the numbers of one instant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stepviz.engine.catalogue.normalizations import SCALE
from stepviz.engine.common.arrays import Array
from stepviz.engine.data.dataset import Dataset
from stepviz.engine.data.examples import Examples
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.network import Network
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import Experiment
from stepviz.probes.accuracy import accuracy
from stepviz.probes.findings.trend import STANDS, Trend, trend_of
from stepviz.probes.findings.words import receiving
from stepviz.probes.gradient_flow import GradientFlow, measure_flow, norm
from stepviz.probes.instant import Instant
from stepviz.probes.largest_derivative import largest_derivatives
from stepviz.probes.stuck_units import StuckUnits, measure_units

# Short, so that it seldom passes a bend of a ReLU; float64 has grain enough for it.
BEND_STEP = 1e-7
MOST_EXAMPLES = 1000
# Examples are right for sure where the loss is below this share of what it is without an answer.
SURE = 0.2


@dataclass(frozen=True)
class Evidence:
    """One instant of a run over its training set of B examples, with L weight layers; layers count from 0.

    ``theta``, ``gradient`` (1, parameters); ``answers``, ``targets`` (B, outputs); ``output_delta`` (B, outputs) dL/dz
    of the output layer; ``largest`` per layer (units,) the largest |f'| or stand-in; ``recent_losses`` (points,);
    ``curve`` (points, 3) step, training and test loss since the run was last changed; ``tested`` how many test examples
    there are; ``sigma``: how far away a search tries its copies, None without one.
    """

    experiment: Experiment
    network: Network
    dataset: Dataset
    step: int
    theta: Array
    gradient: Array
    answers: Array
    targets: Array
    output_delta: Array
    flow: GradientFlow
    units: StuckUnits
    largest: list[Array]
    train_loss: float
    test_loss: float
    train_accuracy: float
    recent_losses: Array
    curve: Array
    tested: int
    train: Examples
    sigma: float | None

    @cached_property
    def bend(self) -> float:
        """Return the curvature of the data loss along its gradient, g^T H g / g^T g; NaN where there is none.

        By one central difference of the gradient in float64. Of a network that jumps, or without a gradient, NaN.
        """
        size = norm(self.gradient)
        if not 0.0 < size < np.inf or any(function.activation.takes_rules for function in self.network.functions):
            return float("nan")
        uphill, theta = self.gradient[0].astype(np.float64) / size, self.theta[0].astype(np.float64)
        length = BEND_STEP * max(1.0, norm(theta))
        both = self.in_float64(np.stack([theta + length * uphill, theta - length * uphill]))
        assert both.gradient is not None
        return float((both.gradient[0] - both.gradient[1]) @ uphill / (2.0 * length))

    def in_float64(self, rows: Array) -> Pass:
        """Return a pass of float64 parameters (rows, parameters) over the training examples, with their gradient."""
        count = min(MOST_EXAMPLES, len(self.train))
        chosen = np.arange(count) * len(self.train) // count
        inputs, targets = self.train.inputs[:, chosen].astype(np.float64), self.train.targets[chosen].astype(np.float64)
        evaluation = Pass(self.network, rows, count, gradient=np.zeros_like(rows))
        with np.errstate(all="ignore"):
            evaluation.forward(inputs)
            evaluation.backward(inputs, targets)
        return evaluation

    @cached_property
    def sure(self) -> bool:
        """Return whether all examples are classified rightly, and not only just: by the loss of an answer of 0."""
        if self.train_accuracy != 1.0:
            return False
        targets, undecided = np.asarray(self.targets, dtype=np.float64)[None], np.zeros(1)
        self.network.loss.value(np.zeros_like(targets), targets[0], undecided, np.empty_like(targets))
        return bool(self.train_loss < SURE * undecided[0])

    @property
    def hidden(self) -> range:
        """Return the hidden layers."""
        return range(len(self.network.functions) - 1)

    @property
    def parameters(self) -> int:
        """Return how many parameters there are."""
        return self.network.layout.size

    @cached_property
    def receiving(self) -> int:
        """Return how many parameters receive a gradient that is not exactly 0."""
        return int(np.count_nonzero(self.gradient))

    @property
    def receives(self) -> str:
        """Return in words how many parameters receive a gradient."""
        layers = zip(self.network.functions, self.network.layout.layers, strict=True)
        cancelled = sum(shape.outputs for function, shape in layers if function.normalization.over_examples)
        return receiving(self.receiving, self.parameters, cancelled)

    @cached_property
    def trend(self) -> Trend:
        """Return how the loss has moved of late."""
        return trend_of(np.append(self.recent_losses, self.train_loss), self.span)

    @property
    def span(self) -> float:
        """Return what the plot of the losses spans since the run was last changed."""
        curves = self.curve[:, 1:][np.isfinite(self.curve[:, 1:])]
        return float(np.ptp(curves)) if len(curves) else 0.0

    @property
    def many(self) -> float:
        """Return the share of a layer's units from which on their state is a reason.

        Of a ReLU layer some units are always dead, and while the loss falls even half of them are no hindrance.
        """
        return 0.5 if self.trend in STANDS else 0.75

    @property
    def examples(self) -> int:
        """Return how many training examples there are."""
        return len(self.targets)

    def function(self, layer: int) -> UnitFunction:
        """Return what the units of a layer compute."""
        return self.network.functions[layer]

    def block(self, layer: int) -> Array:
        """Return the weights and biases (inputs + 1, units) of a layer."""
        block: Array = self.network.layout.block(self.theta, layer)[0]
        return block

    def scales(self, layer: int) -> Array:
        """Return gamma (units,) of a normalised layer."""
        return self.network.layout.named(self.theta)[f"layer{layer + 1}.{SCALE}"]

    def trained(self, layer: int) -> Array:
        """Return what else is trained of each unit of a layer (units, parameters)."""
        own: Array = self.network.layout.trained(self.theta, layer)[0].T
        return own


def gather(instant: Instant) -> Evidence:
    """Return the evidence of an instant; it is valid as long as the instant is."""
    setup, evaluation = instant.setup, instant.train
    assert evaluation.gradient is not None
    return Evidence(
        experiment=setup.experiment,
        network=setup.network,
        dataset=setup.dataset,
        step=instant.step,
        theta=instant.theta,
        gradient=evaluation.gradient[:1],
        answers=evaluation.y[0],
        targets=setup.train.targets,
        output_delta=evaluation.delta[-1][0],
        flow=measure_flow(instant),
        units=measure_units(instant),
        largest=largest_derivatives(setup.network, instant.theta),
        train_loss=instant.train_loss,
        test_loss=instant.test_loss,
        train_accuracy=accuracy(instant)[0],
        recent_losses=instant.recent_losses,
        curve=instant.curve,
        tested=len(setup.test),
        train=setup.train,
        sigma=instant.sigma,
    )
