"""Looking back in a run: the numbers of then, the history whole until it goes on from there, then a ghost."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.divergence import THE_LOSS, Divergence
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.gradient_flow import measure_flow
from stepviz.probes.stuck_units import measure_units
from stepviz.runtime.run import Run


def advance(run: Run, frames: int, steps: int = 3) -> None:
    """Train and record, as the worker does for each frame."""
    for _ in range(frames):
        run.step(steps)
        observe(run)


def observe(run: Run) -> None:
    instant = run.look()
    flow, units = measure_flow(instant), measure_units(instant)
    run.record(instant, {type(flow): flow, type(units): units})


@pytest.fixture
def run() -> Run:
    run = Run(Experiment())
    advance(run, 40)
    return run


def test_the_past_has_the_parameters_of_a_run_that_ends_there(run: Run) -> None:
    run.go_to(61)
    assert run.trainer.step_count == 60
    assert run.last_step == 120
    alone = Trainer(Experiment())
    alone.step(60)
    np.testing.assert_array_equal(run.trainer.theta, alone.theta)


def test_looking_changes_nothing_and_the_end_is_as_it_was(run: Run) -> None:
    end, history = run.trainer.theta.copy(), run.recorder.view()
    for step in (60, 3, 90, 0):
        run.go_to(step)
        observe(run)
    run.go_to(120)
    assert run.last_step == run.trainer.step_count == 120
    np.testing.assert_array_equal(run.trainer.theta, end)
    np.testing.assert_array_equal(run.recorder.view().column("train_loss"), history.column("train_loss"))
    advance(run, 1)
    alone = Trainer(Experiment())
    alone.step(123)
    np.testing.assert_array_equal(run.trainer.theta, alone.theta)
    assert run.ghost is None


def test_going_on_from_the_past_leaves_a_ghost_of_what_was_later(run: Run) -> None:
    before = run.recorder.view()
    run.go_to(60)
    run.change(replace(run.trainer.experiment, learning_rate=0.1), "Rate")
    advance(run, 5)
    assert run.ghost is not None
    later = before.column("step") >= 60
    np.testing.assert_array_equal(run.ghost.column("train_loss"), before.column("train_loss")[later])
    steps = run.recorder.view().column("step")
    assert (np.diff(steps) > 0).all()
    assert steps[-1] == run.last_step == 75
    assert run.checkpoints.at(1000).step <= 75  # type: ignore[union-attr]  # not empty
    run.restart()
    assert run.ghost is None
    assert run.look().path.left is None


def test_the_path_that_was_left_is_kept_beside_the_new_one(run: Run) -> None:
    before = run.look().path
    later = before.parameters[before.steps > 60].copy()
    assert before.left is None
    run.go_to(60)
    here = run.trainer.theta[0].copy()
    assert run.look().path.left is None, "looking leaves nothing behind"
    advance(run, 5)
    path = run.look().path
    assert path.left is not None
    np.testing.assert_array_equal(path.left, [here, *later])
    assert path.steps[-1] == 75
    run.change(with_activation(run.trainer.experiment, ActivationChoice("prelu"), None), "Switch to PReLU")
    assert run.look().path.left is None, "it lies in a space of other parameters"
    run.change(with_activation(run.trainer.experiment, ActivationChoice("tanh"), None), "Switch to tanh")
    assert run.look().path.left is path.left


def test_of_a_path_that_diverged_the_part_with_numbers_is_left(run: Run) -> None:
    run.trainer.theta[0, 0] = np.nan
    run.trainer.step_count += 3
    observe(run)
    run.go_to(60)
    advance(run, 2)
    left = run.look().path.left
    assert left is not None
    assert len(left) > 3
    assert np.isfinite(left).all()


def test_the_settings_of_then_come_back_though_the_network_had_other_parameters(run: Run) -> None:
    run.change(with_activation(run.trainer.experiment, ActivationChoice("prelu"), None), "Switch to PReLU")
    advance(run, 10)
    run.go_to(30)
    observe(run)
    assert run.trainer.experiment.layers[0].activation.name == "tanh"
    assert run.look().path.parameters.shape == (0, run.trainer.network.layout.size)
    advance(run, 3)
    assert run.look().path.parameters.shape[1] == run.trainer.network.layout.size
    assert run.trainer.step_count == 39


def test_a_run_that_diverged_can_be_looked_back_into() -> None:
    run = Run(replace(Experiment(), learning_rate=0.01))
    advance(run, 10)
    run.put(np.arange(run.trainer.theta.shape[1]), np.full(run.trainer.theta.shape[1], 1e30), "")
    run.step(50)
    if run.diverged is None:
        run.trainer.theta[0, 0] = np.nan
        run.look()
    assert run.diverged is not None
    run.go_to(15)
    assert run.diverged is None
    assert np.isfinite(run.trainer.loss())


def test_the_past_is_not_judged_by_the_losses_of_the_end(run: Run) -> None:
    assert len(run.look().recent_losses) == len(run.look().curve) > 0
    run.go_to(30)
    assert len(run.look().recent_losses) == len(run.look().curve) == 0


def test_an_instant_knows_the_losses_since_the_last_change_and_none_from_before(run: Run) -> None:
    view = run.recorder.view()
    for place, name in enumerate(("step", "train_loss", "test_loss")):
        np.testing.assert_array_equal(run.look().curve[:, place], view.column(name))
    run.change(with_activation(run.trainer.experiment, "relu"), "")
    assert len(run.look().curve) == 0
    observe(run)
    assert run.look().curve.tolist() == [[run.trainer.step_count, run.train_loss, run.test_loss]]


def test_a_step_back_leads_out_of_a_divergence_also_where_a_change_came_between(run: Run) -> None:
    run.change(replace(run.trainer.experiment, optimizer=Choice("sgd"), loss="squared-error", learning_rate=1e5), "")
    with np.errstate(all="ignore"):
        run.step(2)
        observe(run)
        # Now no update from before is remembered.
        run.change(with_activation(run.trainer.experiment, "relu"), "")
        run.step(5)
        observe(run)
    assert run.diverged is not None
    present = run.trainer.experiment
    with np.errstate(all="ignore"):
        run.step_back()
        instant = run.look()
    assert run.diverged is None
    assert np.isfinite(instant.train_loss)
    assert run.trainer.experiment == present, "the settings of now stay in force"
    assert 100 <= run.trainer.step_count <= 120
    assert run.recorder.view().column("step")[-1] <= run.trainer.step_count


def test_a_loss_that_is_not_finite_is_of_no_layer() -> None:
    assert str(Divergence(568, 3, THE_LOSS)) == "step 568: the loss is not finite"
    assert str(Divergence(568, 3, "the gradient")) == "step 568: the gradient of layer 3 is not finite"
