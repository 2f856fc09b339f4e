"""Tests of the batches and passes of the hot loop."""

from __future__ import annotations

import numpy as np

from stepviz.engine.network.exact_zeros import ZeroCounter
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.setup import BoundExperiment, set_up
from stepviz.engine.training.batch_buffers import BatchPasses
from stepviz.engine.training.batch_order import Batches


def passes_and_batches(size: int) -> tuple[BoundExperiment, BatchPasses, Batches]:
    setup = set_up(Experiment(batch_size=size))
    theta = np.zeros((1, setup.network.layout.size), dtype=setup.experiment.precision)
    zeros = ZeroCounter(len(setup.network.layout.layers), 0)
    passes = BatchPasses(setup, theta, np.zeros_like(theta), (0,), zeros)
    return setup, passes, Batches(len(setup.train), size, seed=0)


def test_each_size_of_batch_has_one_pass_and_its_own_examples() -> None:
    setup, passes, batches = passes_and_batches(32)
    train, examples, expected = setup.train, len(setup.train), Batches(len(setup.train), 32, seed=0)
    assert examples % 32, "the last batch of an epoch is shorter"
    found = set()
    for step in range(3 * (examples // 32 + 1)):
        batch_pass, batch = passes.next(batches, step)
        chosen = expected.following()
        np.testing.assert_array_equal(batch.inputs[0], train.inputs[0][chosen])
        np.testing.assert_array_equal(batch.targets, train.targets[chosen])
        found.add((id(batch_pass), len(batch)))
    assert sorted(size for _, size in found) == sorted({examples % 32, 32})


def test_the_whole_set_is_not_copied() -> None:
    setup, passes, batches = passes_and_batches(0)
    first, batch = passes.next(batches, 0)
    second, _ = passes.next(batches, 1)
    assert second is first
    assert batch is setup.train
    assert batches.epochs == 2.0
