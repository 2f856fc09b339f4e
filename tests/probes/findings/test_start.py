from __future__ import annotations

import numpy as np
import pytest

from stepviz.engine.settings.experiment import Choice
from stepviz.probes.findings.start import equal_units, zero_weights
from tests.probes.findings.cases import evidence
from tests.probes.runs import experiment


def test_zero_weights_are_found_and_one_zero_layer_is_not():
    found = zero_weights(evidence(experiment(weights=Choice("zeros"))))
    assert found.sentence.startswith("All weights of layers 1, 2 and 3 are 0")
    assert found.sentence.endswith("1 of 105 parameters receives a gradient")
    assert found.remedy.weights == Choice("glorot-uniform")
    assert zero_weights(evidence(experiment(), parameters={"layer3.weights": np.zeros((8, 1))})) is None


@pytest.mark.parametrize("steps", [0, 50])
def test_equal_units_stay_equal_and_are_found(steps):
    found = equal_units(evidence(experiment(weights=Choice("constant")), steps))
    assert found.sentence.startswith("The 16 units of layers 1 and 2 are all alike")


def test_units_that_differ_in_their_weights_out_are_not_equal():
    start = {"layer1.weights": np.ones((2, 8))}
    assert equal_units(evidence(experiment(widths=(8,)), parameters=start)) is None
    assert equal_units(evidence(experiment(widths=(1,), weights=Choice("constant")))) is None


def test_units_that_differ_in_gamma_alone_are_not_equal():
    start = {"layer1.weights": np.ones((2, 8)), "layer2.weights": np.ones((8, 1))}
    settings = experiment(widths=(8,), norm="batch")
    assert equal_units(evidence(settings, parameters=start)) is not None
    assert equal_units(evidence(settings, parameters=start | {"layer1.gamma": np.arange(1.0, 9.0)})) is None
