"""The next update done on a copy: its numbers are the run's, and the run is as it would be without it."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.common.errors import InputError
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.settings.experiment import Choice
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.one_update.rehearsal import rehearse
from stepviz.runtime.run import Run
from tests.export.pytorch.runs import BASE, RUNS

SOME = [
    name for name in RUNS
    if name.startswith(("optimizer", "clipping", "dropout", "normalization", "slope schedule", "penalties", "schedule"))
    and "perceptron" not in name
]  # fmt: skip


@pytest.mark.parametrize("name", SOME)
def test_the_parameters_after_it_are_those_of_the_run_bit_for_bit(name: str) -> None:
    run, plain = Run(RUNS[name]), Trainer(RUNS[name])
    for _ in range(6):
        update = rehearse(run.session().trainer)
        batch = run.trainer.setup.train
        assert (update.batch.inputs[0] == batch.inputs[0][update.rows]).all()
        assert update.theta.tobytes() == run.trainer.theta.tobytes()
        run.step(1)
        plain.step()
        assert update.after.tobytes() == run.trainer.theta[0].tobytes()
        assert update.memory_after.tobytes() == run.trainer.slots[:, 0].tobytes()
        assert update.step + 1 == run.trainer.step_count
    ends = [trainer.moment() for trainer in (run.trainer, plain)]
    assert ends[0].state.tobytes() == ends[1].state.tobytes()
    assert (ends[0].seen, ends[0].updates, ends[0].step) == (ends[1].seen, ends[1].updates, ends[1].step)


def test_the_gradient_is_that_of_the_mean_loss_over_the_batch_without_penalty_or_clipping() -> None:
    trainer = Trainer(replace(BASE, l2=0.5, clipping=Choice("value", {"limit": 1e-3}), optimizer=Choice("sgd")))
    update = rehearse(trainer.checkpoint())
    gradient = update.evaluation.gradient
    assert gradient is not None
    for index in (0, 7, len(update.after) - 1):
        shifted = []
        for sign in (1, -1):
            theta = update.theta.copy()
            theta[0, index] += sign * 1e-6
            beside, out = Pass(update.setup.network, theta, len(update.rows)), np.zeros(1)
            beside.forward(update.batch.inputs)
            beside.losses(update.batch.targets, out)
            shifted.append(out[0])
        assert gradient[0, index] == pytest.approx((shifted[0] - shifted[1]) / 2e-6, abs=1e-7)
    assert np.abs(update.used).max() == 1e-3


@pytest.mark.parametrize("key", [key for key, each in OPTIMIZERS.items() if each.search is not None])
def test_an_optimizer_without_a_gradient_is_named(key: str) -> None:
    with pytest.raises(InputError, match="no backward pass"):
        rehearse(Trainer(replace(BASE, optimizer=Choice(key))).checkpoint())
