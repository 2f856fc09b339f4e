"""A run that is not moved by its gradient is told so, and nothing that its gradients lack is called an illness."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.settings.experiment import Choice
from stepviz.engine.setup.edits import with_optimizer
from stepviz.probes.diagnosis import diagnose, measure_diagnosis
from stepviz.probes.findings.learning_rate import diverging
from tests.probes.findings.cases import evidence, with_trend
from tests.probes.runs import experiment, train

STEPS = experiment(activation="step", biases=Choice("uniform", {"radius": 0.5}), learning_rate=0.03)
SEARCHES = [key for key, optimizer in OPTIMIZERS.items() if optimizer.search is not None]


@pytest.mark.parametrize("key", SEARCHES)
@pytest.mark.parametrize("steps", [0, 400])
def test_stuck_units_are_no_hindrance_to_a_search(key, steps):
    instant = train(with_optimizer(STEPS, Choice(key)), steps)
    diagnosis = measure_diagnosis(instant)
    received = np.count_nonzero(instant.train.gradient)
    assert f"{received} of 105 parameters receive a gradient, and none is needed" in diagnosis.sentence
    assert "stuck" not in diagnosis.sentence
    assert not any(finding.ill for finding in diagnosis.findings)
    assert ", but" not in diagnosis.sentence


def test_the_sentence_says_how_many_copies_are_tried_and_how_far_away_at_present():
    instant = train(with_optimizer(STEPS, Choice("one-plus-lambda", {"children": 7.0})), 40)
    assert instant.sigma is not None
    assert instant.sigma != 0.1
    assert f"tries 7 changed copies of all 105 parameters at σ = {instant.sigma:.2g}" in diagnose_sentence(instant)
    assert train(STEPS).sigma is None


def diagnose_sentence(instant):
    return measure_diagnosis(instant).sentence


def test_all_weights_zero_or_units_alike_do_not_hinder_a_search():
    for weights in ("zeros", "constant"):
        found = evidence(with_optimizer(replace(STEPS, weights=Choice(weights)), Choice("openai-es")), 0)
        assert [finding.name for finding in diagnose(found).findings] == ["moved by trying"]


def test_only_steps_along_a_gradient_or_an_estimate_of_one_are_too_long():
    rising = np.linspace(0.1, 0.4, 30)
    for key, expected in (("adam", True), ("openai-es", True), ("one-plus-lambda", False), ("random-search", False)):
        found = evidence(with_optimizer(STEPS, Choice(key)), 3, losses=rising)
        assert (diverging(with_trend(found, "rising")) is not None) is expected, key


def test_the_perceptron_rule_counts_its_mistakes_and_says_when_it_stands_still():
    parted = with_optimizer(experiment("gaussians", noise=0.0), Choice("perceptron"))
    begun, done = train(replace(parted, weights=Choice("zeros"))), train(parted, 1500)
    wrong = int(np.count_nonzero(begun.setup.train.targets == 0.0))
    assert f"{wrong} of 140 examples now; none of 3 parameters receives a gradient" in diagnose_sentence(begun)
    assert diagnose_sentence(done) == "The perceptron rule stands still: none of 140 examples is answered wrongly"
    # Two classes that no line parts: it goes on, and nothing is called an illness.
    for_ever = measure_diagnosis(train(with_optimizer(experiment("xor"), Choice("perceptron")), 500))
    assert "moves the weights for each mistake" in for_ever.sentence
    assert not any(finding.ill for finding in for_ever.findings)
