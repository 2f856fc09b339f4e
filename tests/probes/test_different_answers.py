"""Different answers, counted against sums without rounding."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.data.dataset import dataset_from_arrays
from stepviz.engine.settings.experiment import ActivationChoice, Choice
from stepviz.probes.different_answers import different_answers
from tests.probes.runs import experiment, regression, train

# Else all steps would stand at 0.
BIASES = Choice("uniform")


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("widths", [(8,), (8, 6)])
def test_a_step_network_gives_an_answer_to_each_pattern_of_its_units(widths: tuple[int, ...], precision: str) -> None:
    instant = train(regression("sine", widths, "step", samples=300, precision=precision, biases=BIASES), 30)
    hidden, block = instant.train.h[-2][0], instant.setup.network.layout.block(instant.theta, len(widths))[0]
    patterns = np.unique(hidden, axis=0)
    answers = {math.fsum(float(w) for w in block[pattern > 0, 0]) for pattern in patterns}
    assert different_answers(instant) == len(answers) > 2
    assert len(answers) <= widths[0] + 1


def test_rounding_makes_no_answer() -> None:
    instant = train(regression("sine", (8,), "step", samples=300, biases=BIASES), 30)
    counted = different_answers(instant)
    z = instant.train.z[-1]
    z[0, ::2] = np.nextafter(z[0, ::2], np.float32(np.inf))
    assert len(np.unique(instant.train.y)) > counted
    assert different_answers(instant) == counted


def test_a_smooth_network_answers_each_example_by_itself() -> None:
    inputs = np.linspace(-1, 1, 200)[:, None]
    dataset = dataset_from_arrays(inputs, inputs[:, 0])
    assert different_answers(train(regression("sine", (8,), "tanh"), dataset=dataset)) == len(dataset.train)


def test_the_output_layer_may_be_a_step_and_the_only_one() -> None:
    settings = replace(experiment("circle", ()), output=ActivationChoice("step"), loss="squared-error")
    assert different_answers(train(settings)) == 2
