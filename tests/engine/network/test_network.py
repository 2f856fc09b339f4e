"""The shape of a network: what it holds, and what another version of it shares with it."""

from __future__ import annotations

import numpy as np

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.common.arrays import with_ones
from stepviz.engine.network.network import Network
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import ActivationChoice, Choice

SURROGATE = ActivationChoice("step", rule=Choice("arctan"))


def network(*choices: ActivationChoice) -> Network:
    functions = [UnitFunction.of(choice) for choice in (*choices, ActivationChoice("linear"))]
    return Network(2, [3] * len(choices) + [1], functions, LOSSES["binary-cross-entropy"])


def test_the_column_that_carries_the_biases_stands_last() -> None:
    np.testing.assert_array_equal(with_ones(np.array([[2.0, 3.0]]), "float32"), [[[2.0, 3.0, 1.0]]])


def test_values_of_trained_parameters_are_views_of_the_row_and_the_others_numbers() -> None:
    shaped = network(ActivationChoice("sigmoid", {"slope": 4.0, "shift": 0.5}, trained=("shift",)))
    theta = np.zeros((2, shaped.layout.size))
    slope, shift = shaped.values(theta, 0)
    assert slope == 4.0
    assert isinstance(shift, np.ndarray)
    assert shift.shape == (2, 1, 3)
    shaped.layout.named(theta, run=1)["layer1.shift"][:] = [1.0, 2.0, 3.0]
    np.testing.assert_array_equal(shift[1, 0], [1.0, 2.0, 3.0])


def test_a_slope_schedule_drives_hidden_layers_that_have_a_slope() -> None:
    smooth, rule, hard = network(ActivationChoice("tanh")), network(SURROGATE), network(ActivationChoice("relu"))
    assert (smooth.annealed, rule.annealed, hard.annealed) == (True, True, False)
    steep = smooth.with_slope(7.0)
    assert steep.functions[0].values == (7.0,)
    assert smooth.functions[0].values == (1.0,)
    assert steep.functions[-1] is smooth.functions[-1]
    assert rule.with_slope(7.0).functions[0].rule_values == (7.0,)


def test_in_bulk_only_what_can_be_had_for_less_is_exchanged() -> None:
    plain = network(ActivationChoice("tanh"), ActivationChoice("relu"))
    bulk = plain.fast()
    assert bulk.functions[0].activation.value is plain.functions[0].activation.fast
    assert bulk.functions[0].activation.derivative is plain.functions[0].activation.derivative
    assert bulk.functions[1] is plain.functions[1]
    assert bulk.loss.value is plain.loss.fast
    assert bulk.layout is plain.layout
