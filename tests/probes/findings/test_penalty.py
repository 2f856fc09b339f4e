from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.common.number_format import number_text
from stepviz.engine.settings.experiment import Choice
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.diagnosis import diagnose
from stepviz.probes.findings.penalty import held_by_penalty, shrunk_away
from tests.probes.findings.cases import evidence, with_trend
from tests.probes.runs import experiment, regression

HELD = {
    "rings": experiment(l2=0.01),
    "regression": regression("plane", l2=0.1),
    "whole batches": experiment("moons", batch_size=0, l2=0.05),
}


@pytest.mark.parametrize("name", HELD)
def test_where_loss_and_penalty_balance_the_penalty_is_named_and_a_tenth_of_it_lets_the_loss_fall(name):
    ill = with_trend(evidence(HELD[name], 3000), "flat")
    found = held_by_penalty(ill)
    assert found is not None
    assert found.remedy.l2 == pytest.approx(0.1 * HELD[name].l2)
    trainer = Trainer(HELD[name])
    trainer.step(3000)
    before = trainer.loss()
    trainer.change(found.remedy)
    trainer.step(1000)
    assert trainer.loss() < 0.9 * before


def test_the_share_that_is_taken_back_is_that_of_the_gradients():
    ill = with_trend(evidence(experiment(l2=0.01), 3000), "flat")
    mask = ill.network.layout.weight_mask()
    loss, penalty = ill.gradient[0].astype(float), 0.01 * mask * ill.theta[0].astype(float)
    undone = -(loss @ penalty) / (loss @ loss)
    assert 0.5 < undone < 0.99
    assert f"(L2 = 0.01) takes back {100 * undone:.0f} % of" in held_by_penalty(ill).sentence


def test_nothing_is_held_where_there_is_no_penalty_or_a_small_one_or_the_loss_falls():
    assert held_by_penalty(with_trend(evidence(experiment(), 400), "flat")) is None
    assert held_by_penalty(with_trend(evidence(experiment(l2=1e-6), 400), "flat")) is None
    assert held_by_penalty(with_trend(evidence(experiment(l2=0.01), 3000), "falling")) is None
    frozen = with_trend(evidence(replace(experiment(activation="step"), l2=0.03), 10), "flat")
    object.__setattr__(frozen, "gradient", np.zeros_like(frozen.gradient))
    assert held_by_penalty(frozen) is None


def test_weights_that_a_penalty_shrank_away_and_not_those_that_were_small_without_one():
    settings = experiment(l2=0.03)
    ill = evidence(settings, 3000)
    largest = max(np.sqrt(np.mean(ill.block(layer)[:-1] ** 2)) for layer in range(3))
    found = shrunk_away(ill)
    assert found.sentence == (
        f"The penalty on large weights (L2 = 0.03) has shrunk those of layers 1, 2 and 3 to at most "
        f"{number_text(float(largest), 2)} (RMS): no signal to speak of passes them"
    )
    names = [finding.name for finding in diagnose(ill).findings]
    assert names[0] == "shrunk away"
    small = experiment(weights=Choice("constant", {"value": 1e-4}))
    assert shrunk_away(evidence(small, 1)) is None
    assert shrunk_away(evidence(experiment(l2=0.01), 1000)) is None
