"""The quantities of claims, against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.data.dataset import dataset_from_arrays
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.lessons.claim_language import parse_claim
from stepviz.lessons.expression import arguments_of, measured
from stepviz.lessons.quantities import QUANTITIES
from stepviz.lessons.quantity import Sample

# Three examples, two units: z = (x - 1, -x), y = 2 h1 + h2 + 0.5; t = 0, 1, 4.
INPUTS = np.array([[0.0], [1.0], [3.0]])
TARGETS = np.array([0.0, 1.0, 4.0])
PARAMETERS = {
    "layer1.weights": np.array([[1.0, -1.0]]),
    "layer1.biases": np.array([-1.0, 0.0]),
    "layer2.weights": np.array([[2.0], [1.0]]),
    "layer2.biases": np.array([0.5]),
}


def trainer(activation: str = "relu", **settings: object) -> Trainer:
    experiment = Experiment(
        layers=(HiddenLayer(2, ActivationChoice(activation)),),
        loss="squared-error",
        optimizer=Choice("sgd"),
        learning_rate=0.25,
        batch_size=0,
        precision="float64",
    )
    dataset = dataset_from_arrays(INPUTS, TARGETS)
    return Trainer(replace(experiment, **settings), dataset, parameters=PARAMETERS)


def figure(text: str, run: Trainer, first: np.ndarray | None = None) -> float:
    (item,) = measured(parse_claim(f"{text} > 0", run.experiment))
    start = run.theta[0].astype(np.float64) if first is None else first
    with np.errstate(all="ignore"):
        return QUANTITIES[item.name].measure(Sample(run, start), arguments_of(item))


# ReLU: h = (0, 0), (0, 0), (2, 0); y = 0.5, 0.5, 4.5; dL/dy = 2/3 (0.5, -0.5, 0.5) = (1/3, -1/3, 1/3).
# dL/dz1 = 2 dL/dy where z1 > 0, which only the third example has; dL/dz2 = 0: its z is 0, -1, -3.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("step", 0),
        ("loss", 0.25),
        ("learning_rate", 0.25),
        ("weight(layer=1, unit=2)", -1),
        ("weight(layer=2, unit=1, input=2)", 1),
        ("bias(layer=1, unit=1)", -1),
        ("bias(layer=output)", 0.5),
        ("weight(layer=2, unit=1, input=3)", math.nan),
        ("weight_rms(layer=1)", math.sqrt(3 / 4)),
        ("weight_rms(layer=output)", math.sqrt(5.25 / 3)),
        ("weight_rms", math.sqrt(8.25 / 7)),
        # dL/dw1 = 3 * 2/3 = 2, dL/db1 = 2/3, those of unit 2 are 0.
        ("gradient_rms(layer=1)", math.sqrt((4 + 4 / 9) / 4)),
        ("zero_share(layer=1)", 0.5),
        # dL/dv = (2 * 1/3, 0), dL/db = 1/3.
        ("gradient_rms(layer=2)", math.sqrt((4 / 9 + 1 / 9) / 3)),
        ("zero_share", 3 / 7),
        ("delta_norm(layer=1)", math.sqrt(4 / 9 / 3)),
        ("delta_norm(layer=output)", 1 / 3),
        ("stuck_share", 0.5),
        ("stuck_count", 1),
        ("stuck_count(cause=flat)", 1),
        ("stuck_count(cause=starved)", 0),
        ("saturated_share", 0),
        ("passing_share", 1 / 6),
        ("mean_slope(layer=1)", 1 / 6),
        ("responsive_share", 1 / 6),
        # z1 is 0 for the second example, z2 for the first.
        ("exact_zero_count", 2),
        ("activation_rms", math.sqrt(4 / 6)),
        ("output_values", 2),
        ("slope_peak", 1),
        ("slope_peak(layer=output)", 1),
        ("moved", 0),
        ("update_ratio", 0),
        ("accuracy", math.nan),
        ("loss(test)", math.nan),
        ("parameter(name=at-zero)", 0),
        ("parameter(name=slope)", math.nan),
    ],
)
def test_figures_of_a_network_worked_out_by_hand(text: str, expected: float) -> None:
    assert figure(text, trainer()) == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_what_an_update_changed() -> None:
    run = trainer()
    first = run.theta[0].copy()
    run.step(1)
    # w1 and b1 move by -0.25 (2, 2/3), v1 by -0.25 * 2/3, b by -0.25 * 1/3.
    assert figure("step", run, first) == 1
    assert figure("moved(layer=1)", run, first) == pytest.approx(0.25 * math.sqrt((4 + 4 / 9) / 4))
    assert figure("moved(layer=2)", run, first) == pytest.approx(0.25 * math.sqrt(5 / 9 / 3))
    size = math.sqrt((1 - 0.5) ** 2 + 1 + (1 + 1 / 6) ** 2)
    assert figure("update_ratio(layer=1)", run, first) == pytest.approx(0.25 * math.sqrt(4 + 4 / 9) / size)
    assert figure("weight(layer=1)", run, first) == pytest.approx(0.5)


def test_starved_units_are_told_from_flat_ones() -> None:
    run = trainer("tanh")
    run.put_parameters(np.where(np.arange(7) >= 4, 0.0, run.theta[0]))
    assert figure("stuck_count(cause=starved)", run) == 2
    assert figure("stuck_count(cause=flat)", run) == 0
    assert figure("stuck_share(layer=1)", run) == 1


@pytest.mark.parametrize("slope", [0.5, 2.0, 20.0, 2000.0])
def test_the_area_under_a_sigmoids_derivative_is_1(slope: float) -> None:
    run = trainer(layers=(HiddenLayer(2, ActivationChoice("sigmoid", {"slope": slope})),))
    assert figure("slope_area", run) == pytest.approx(1, abs=0.005)
    assert figure("slope_peak", run) == pytest.approx(slope / 4)
    assert figure("parameter(name=slope)", run) == slope


def test_areas_of_others() -> None:
    assert figure("slope_area", trainer("tanh")) == pytest.approx(2, rel=1e-4)
    assert figure("slope_area", trainer("step")) == 0
    surrogate = (HiddenLayer(2, ActivationChoice("step", rule=Choice("triangle", {"height": 1, "width": 0.5}))),)
    assert figure("slope_area", trainer(layers=surrogate)) == pytest.approx(0.5, rel=1e-4)


def test_the_largest_jump_of_a_curve() -> None:
    # y = 2 H(x - 1) + H(-x) + 0.5 falls by 1 at 0 and climbs by 2 at 1.
    assert figure("largest_jump", trainer("step")) == pytest.approx(2)
    assert math.isnan(figure("largest_jump", Trainer(Experiment())))


def test_flatness_of_a_step_network() -> None:
    step = HiddenLayer(2, ActivationChoice("step"))
    run = Trainer(Experiment(data=DataSettings(samples=20, test_share=0.5), layers=(step,)))
    assert figure("flat_share(span=1e-6)", run) == 1
    assert figure("flat_share(span=2)", run) < 1
    assert figure("flat_share(span=1)", Trainer(Experiment(data=DataSettings(samples=20)))) < 0.01
    assert math.isnan(figure("flat_share(span=-1)", run))
    assert figure("plateaus(span=1e-6)", run) == 1
    assert figure("plateaus(span=0.5)", run) > 1
    assert math.isnan(figure("curvature", run))


def test_the_curvature_of_a_parabola() -> None:
    # y = w x + b: the Hessian of the mean square is 2 [[mean x^2, mean x], [mean x, 1]].
    dataset = dataset_from_arrays(INPUTS, TARGETS)
    run = Trainer(Experiment(layers=(), loss="squared-error", precision="float64"), dataset)
    expected = np.linalg.eigvalsh(2 * np.array([[10 / 3, 4 / 3], [4 / 3, 1]]))[-1]
    assert figure("curvature", run) == pytest.approx(expected, rel=1e-4)


def test_accuracy() -> None:
    run = Trainer(Experiment(data=DataSettings(samples=20, test_share=0.5)))
    answers = run.test_pass().y[0, :, 0] >= 0
    right = np.asarray(run.dataset.targets)[run.dataset.test] == answers
    assert figure("accuracy(test)", run) == pytest.approx(right.mean())
