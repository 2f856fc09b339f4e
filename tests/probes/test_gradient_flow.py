from __future__ import annotations

import numpy as np
import pytest

from stepviz.engine.network.layout import LayerShape, Layout
from stepviz.probes.gradient_flow import BINS, gradient_flow, measure_flow, norm
from tests.probes.runs import experiment, train


def test_flow_of_numbers_known_by_hand():
    layout = Layout([LayerShape(1, 2), LayerShape(2, 1)])
    theta = np.array([[3.0, 0.0, 4.0, 0.0, 0.0, 0.0, 2.0]])
    gradient = np.array([[0.0, 0.0, 0.0, 0.0, 3.0, 0.0, -4.0]])
    deltas = [np.zeros((1, 4, 2)), np.array([1.0, -1.0, 1.0, -1.0]).reshape(1, 4, 1)]
    update = np.array([0.3, 0.0, 0.0, 0.4, 0.0, 0.0, 0.0])

    flow = gradient_flow(layout, theta, gradient, deltas, update, ("", "Straight-through"))

    np.testing.assert_allclose(flow.rms, [0.0, 5.0 / np.sqrt(3.0)])
    np.testing.assert_allclose(flow.zero_share, [1.0, 1.0 / 3.0])
    np.testing.assert_array_equal(flow.zeros, [4, 1])
    np.testing.assert_allclose(flow.delta_norm, [0.0, 1.0])
    np.testing.assert_allclose(flow.update_ratio, [0.5 / 5.0, 0.0])
    assert flow.rules == ("", "Straight-through")
    assert flow.counts[0].sum() == 0
    assert flow.counts[1].sum() == 2
    # log10 3 and log10 4 are both in the bin from 0 to 0.5, but log10 4 = 0.602 is in the next.
    first = int(np.searchsorted(flow.edges, 0.0))
    np.testing.assert_array_equal(flow.counts[1][first : first + 2], [1, 1])


def test_what_lies_beyond_the_histogram_is_in_its_outermost_bins():
    layout = Layout([LayerShape(1, 2)])
    gradient = np.array([[1e-300, 1e300, np.inf, np.nan]])
    flow = gradient_flow(layout, gradient, gradient, [np.zeros((1, 1, 2))], np.zeros(4), ("",))
    assert (flow.counts[0][0], flow.counts[0][BINS - 1], flow.counts[0].sum()) == (1, 2, 3)


@pytest.mark.parametrize(("dtype", "small"), [(np.float64, 5e-324), (np.float32, 1e-45), (np.float16, 6e-8)])
def test_the_smallest_gradient_is_not_taken_for_none(dtype, small):
    assert norm(np.array([0.0, small], dtype=dtype)) > 0.0
    assert norm(np.zeros(2, dtype=dtype)) == 0.0
    assert norm(np.full(4, np.finfo(dtype).max)) == pytest.approx(2.0 * float(np.finfo(dtype).max), rel=1e-6) or (
        dtype is np.float64
    )


def test_flow_against_the_parameters_of_the_run():
    instant = train(experiment("xor", precision="float64"), 50)
    flow = measure_flow(instant)
    named = instant._trainer.gradients()
    for layer in range(3):
        entries = np.concatenate([named[f"layer{layer + 1}.weights"].ravel(), named[f"layer{layer + 1}.biases"]])
        assert flow.rms[layer] == pytest.approx(np.sqrt(np.mean(entries**2)))
        assert flow.counts[layer].sum() + flow.zeros[layer] == entries.size
    assert np.all(flow.update_ratio > 0)


def test_step_network_has_hidden_gradients_that_are_exactly_zero():
    flow = measure_flow(train(experiment(activation="step"), 30))
    assert flow.rms[:2].tolist() == [0.0, 0.0]
    assert flow.zero_share[:2].tolist() == [1.0, 1.0]
    assert flow.delta_norm[:2].tolist() == [0.0, 0.0]
    assert flow.update_ratio[:2].tolist() == [0.0, 0.0]
    assert flow.rms[2] > 0.0


def test_a_backward_rule_is_named():
    flow = measure_flow(train(experiment(activation="step", rule="straight-through"), 30))
    assert flow.rules == ("Straight-through", "Straight-through", "")
    assert np.all(flow.rms > 0.0)
