from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import ActivationChoice, DataSettings
from stepviz.probes.findings.reach import least_loss, out_of_reach, reachable
from tests.probes.findings.cases import evidence
from tests.probes.runs import experiment, regression


@pytest.mark.parametrize(
    ("name", "low", "high"), [("sigmoid", 0, 1), ("tanh", -1, 1), ("relu", 0, 1e6), ("step", 0, 1), ("sine", -1, 1)]
)
def test_reachable_values(name, low, high):
    function = UnitFunction.of(ActivationChoice(name))
    values = reachable(function, function.values)
    assert values[0] == pytest.approx(low, abs=1e-5)
    assert values[-1] == pytest.approx(high, rel=1e-5)


def test_the_least_loss_known_by_hand():
    loss = LOSSES["squared-error"]
    targets = np.array([[-1.0], [0.5], [2.0]])
    assert least_loss(loss, np.linspace(0.0, 1.0, 1001), targets) == pytest.approx((1.0 + 0.0 + 1.0) / 3.0)
    assert least_loss(loss, np.array([0.0, 1.0]), targets) == pytest.approx((1.0 + 0.25 + 1.0) / 3.0)
    assert least_loss(loss, np.array([0.0]), targets) == pytest.approx((1.0 + 0.25 + 4.0) / 3.0)
    signs = np.array([[-1.0], [1.0]])
    assert least_loss(LOSSES["hinge"], np.linspace(0.0, 1.0, 11), signs) == pytest.approx(0.5)
    assert least_loss(LOSSES["hinge"], np.linspace(-5.0, 5.0, 11), signs) == 0.0


def test_targets_below_a_sigmoid_are_out_of_reach_and_their_share_of_the_loss_is_right():
    ill = evidence(regression(output=ActivationChoice("sigmoid")), 300)
    found = out_of_reach(ill)
    unreachable = float(np.mean(np.minimum(ill.targets, 0.0) ** 2))
    assert f"no weights bring the loss, {ill.train_loss:.3g} now, below {unreachable:.3g}" in found.sentence
    assert found.remedy.output.name == "linear"
    assert "∞" in out_of_reach(evidence(regression(output=ActivationChoice("relu")), 300)).sentence


def test_values_and_targets_of_a_scaled_table_are_said_in_its_units():
    table = "x,rent\n" + "".join(f"{n},{400 + 10 * n + 0.25}\n" for n in range(40))
    settings = regression(output=ActivationChoice("sigmoid"))
    ill = evidence(replace(settings, data=DataSettings("csv", content=table, test_share=0.0)), 300)
    mean, deviation = 595.25, 10 * np.sqrt((40**2 - 1) / 12)
    said = out_of_reach(ill).sentence
    assert f"gives values from {mean:.3g} to {mean + deviation:.3g}" in said
    assert "the targets reach from 400 to 790" in said


def test_targets_within_reach_are_no_illness():
    assert out_of_reach(evidence(regression("threshold", output=ActivationChoice("sigmoid"), noise=0.0), 100)) is None
    settings = experiment(output=ActivationChoice("sigmoid"), loss="squared-error")
    assert out_of_reach(evidence(settings, 100)) is None
