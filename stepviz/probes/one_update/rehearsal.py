"""The next update of a run, done on a copy: every number of it, and nothing of the run is touched."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stepviz.engine.common.arrays import Array, Ints, freeze
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.examples import Examples
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.engine.training.snapshot import TrainerCheckpoint
from stepviz.engine.training.trainer import Trainer


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What the next update of a run will do.

    ``setup`` with the slopes of that update; ``step`` updates are behind it, ``rows`` (B,) are the training examples of
    its ``batch``. ``evaluation`` has run forward and backward over the batch with the parameters ``theta``
    (1, parameters), so its ``gradient`` is that of the mean loss alone; ``used`` (parameters,) is that with penalties,
    clipped: what the optimiser is given. ``memory`` and ``memory_after`` (slots, parameters) are what the optimiser
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

    Raises InputError for an optimiser that does without a gradient: there is no backward pass to look at.
    """
    setup = checkpoint.moment.setup
    if not setup.optimizer.by_gradient:
        expected = "an optimiser that goes by gradients: this one has no backward pass"
        raise InputError("optimizer.name", setup.optimizer.label, expected)
    twin = Trainer.resumed(replace(checkpoint, recent=None))
    present, rate, rows = twin.present, twin.learning_rate, twin.following_rows()
    theta, memory = twin.theta.copy(), twin.slots[:, 0].copy()
    twin.step()
    assert twin.last_batch is not None
    evaluation, batch = twin.last_batch
    after, memory_after, used = twin.theta[0].copy(), twin.slots[:, 0].copy(), twin.gradient[0].copy()
    # Once more with the parameters as they were, for what penalties and clipping have written over; the masks of
    # dropout are still those of the update.
    twin.theta[...] = theta
    with np.errstate(all="ignore"):
        evaluation.forward(batch.inputs)
        evaluation.backward(batch.inputs, batch.targets)
    return Rehearsal(
        present, twin.step_count - 1, twin.updates, rate, rows, batch, evaluation,
        freeze(theta), freeze(used), freeze(memory), freeze(memory_after), freeze(after),
    )  # fmt: skip
