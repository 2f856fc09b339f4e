from __future__ import annotations

import numpy as np

from stepviz.engine.common.number_format import number_text
from stepviz.engine.settings.experiment import Choice
from stepviz.probes.findings.signal import exploding, saturated_units, vanishing
from tests.probes.findings.cases import evidence
from tests.probes.runs import experiment


def test_vanishing_in_a_deep_sigmoid_network_with_its_measured_factor():
    ill = evidence(experiment(widths=(6,) * 8, activation="sigmoid"))
    norms = ill.flow.delta_norm
    found = vanishing(ill)
    assert f"factor of {(norms[0] / norms[-1]) ** (1 / 8):.2g} per layer (mean of 8)" in found.sentence
    assert f"{number_text(norms[0] / norms[-1], 2)} of what" in found.sentence
    assert found.remedy.weights == Choice("he-uniform")


def test_vanishing_names_each_factor_of_few_layers():
    start = {"layer2.weights": np.full((8, 8), 1e-5)}
    ill = evidence(experiment(), parameters=start)
    norms = ill.flow.delta_norm
    assert (
        f"×{number_text(norms[1] / norms[2], 2)}, ×{number_text(norms[0] / norms[1], 2)} from"
        in vanishing(ill).sentence
    )
    assert exploding(ill) is None


def test_exploding_in_a_deep_network_of_large_weights():
    ill = evidence(experiment(widths=(8,) * 6, activation="relu", weights=Choice("he-normal", {"gain": 20.0})))
    assert exploding(ill).sentence.startswith("The error signal grows")
    assert vanishing(ill) is None


def test_saturation():
    ill = evidence(experiment(weights=Choice("glorot-uniform", {"gain": 500.0}), precision="float64"))
    found = saturated_units(ill)
    counts = [np.count_nonzero(states == 1) for states in ill.units.states]
    assert f"{'all 8' if counts[1] == 8 else f'{counts[1]} of 8'} units of layer 2" in found.sentence
    assert found.remedy.weights == Choice("glorot-uniform")
