"""The next update of a run, done on a copy: every number of it, and nothing of the run is touched."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stepviz.engine.common.arrays import Array, Ints, freeze
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.examples import Examples
from stepviz.engine.network.exact_zeros import ZeroCounter
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.engine.training.batch_buffers import BatchPasses
from stepviz.engine.training.snapshot import TrainerCheckpoint
from stepviz.engine.training.trainer import Trainer


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What the next update of a run will do.

    ``setup`` with the slopes of that update; ``step`` updates are behind it, ``rows`` (B,) are the training examples of
    its ``batch``. ``evaluation`` has run forward and backward over the batch with the parameters ``theta``
    (1, parameters), so its ``gradient`` is that of the mean loss alone; ``used`` (parameters,) is that with penalties,
    clipped: what the optimizer is given. ``memory`` and ``memory_after`` (slots, parameters) are what the optimizer
    remembers, ``after`` (parameters,) the parameters that the run will have, bit for bit.
    """

    setup: BoundExperiment
    step: int
    updates: int
    rate: float
    rows: Ints
    batch: Examples
    evaluation: Pass
    theta: Array
    used: Array
    memory: Array
    memory_after: Array
    after: Array


def rehearse(checkpoint: TrainerCheckpoint) -> Rehearsal:
    """Return what the next update of a run will do.

    Raises InputError for an optimizer that does without a gradient: there is no backward pass to look at.
    """
    setup = checkpoint.moment.setup
    if not setup.optimizer.by_gradient:
        expected = "an optimizer that goes by gradients: this one has no backward pass"
        raise InputError("optimizer.name", setup.optimizer.label, expected)
    twin = Trainer.resumed(replace(checkpoint, recent=None))
    present, rate, slope, step = twin.present, twin.learning_rate, twin.slope, twin.step_count
    theta, memory = twin.theta.copy(), twin.slots[:, 0].copy()
    ahead, beside = twin.batches_ahead(), twin.batches_ahead()
    rows = np.arange(len(setup.train)) if ahead.whole else beside.following().copy()
    # The same passes as those of the update: whoever does it may keep none of what lies between.
    layers = len(setup.network.layout.layers)
    passes = BatchPasses(setup, theta, np.zeros_like(theta), (setup.experiment.seed,), ZeroCounter(layers, step))
    evaluation, batch = passes.next(ahead, step)
    if slope is not None:
        evaluation.set_slope(slope)
    twin.step()
    after, memory_after, used = twin.theta[0].copy(), twin.slots[:, 0].copy(), twin.gradient[0].copy()
    with np.errstate(all="ignore"):
        evaluation.forward(batch.inputs)
        evaluation.backward(batch.inputs, batch.targets)
    return Rehearsal(
        present, step, twin.updates, rate, rows, batch, evaluation,
        freeze(theta), freeze(used), freeze(memory), freeze(memory_after), freeze(after),
    )  # fmt: skip
