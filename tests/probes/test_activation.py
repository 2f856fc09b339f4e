from __future__ import annotations

import numpy as np

from stepviz.probes.activation import BINS, measure_activation, pre_activations
from tests.probes.runs import experiment, train


def test_counts_known_by_hand():
    z = np.array([-6.001, -6.0, -1e-12, 0.0, -0.0, 0.124, 5.999, 6.0, np.inf, -np.inf, np.nan]).reshape(1, 11, 1)
    local = np.array([0.0] * 3 + [1.0] * 8).reshape(1, 11, 1)

    found = pre_activations([z], [local])

    assert (found.below[0], found.above[0], found.exact_zeros[0]) == (2, 2, 2)
    middle = BINS // 2
    assert found.edges[middle] == 0.0
    assert found.counts[0][middle - 1] == 1  # just below 0 stays below the kink
    assert found.counts[0][middle] == 3
    assert (found.counts[0][0], found.counts[0][-1]) == (1, 1)
    assert found.counts[0].sum() + found.below[0] + found.above[0] == 10
    assert found.passing[0] == 8 / 11


def test_counts_agree_with_numpy_on_a_run():
    instant = train(experiment("spiral"), 100)
    found = measure_activation(instant)
    assert found.counts.shape == (3, BINS)
    for layer, z in enumerate(instant.train.z):
        inside = z[(z >= -6) & (z < 6)]
        np.testing.assert_array_equal(found.counts[layer], np.histogram(inside, found.edges)[0])
        assert found.counts[layer].sum() + found.below[layer] + found.above[layer] == z.size


def test_nothing_passes_a_step_layer_but_the_linear_output():
    found = measure_activation(train(experiment(activation="step"), 10))
    assert found.passing.tolist() == [0.0, 0.0, 1.0]
