"""Whatever was done to a run, in any order: its file opens, holds the same run, and goes on as that one does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment, HiddenLayer, StopConditions
from stepviz.engine.setup.switch import with_activation
from stepviz.runtime.run import Run
from stepviz.runtime.session import Session
from stepviz.runtime.session_file import encode_session, load_session, resumed
from tests.runtime.test_looking_back import advance, observe

Action = Callable[[Run, np.random.Generator], None]
CHOICES = ("step", "tanh", "sigmoid", "relu", "prelu", "leaky-relu", "softplus", "silu")
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "one-plus-lambda")
SMALL = replace(Experiment(), layers=(HiddenLayer(4), HiddenLayer(3)), data=replace(Experiment().data, samples=60))


def change(run: Run, **fields: object) -> None:
    run.change(replace(run.trainer.experiment, **fields), "Change")


def switch(run: Run, dice: np.random.Generator) -> None:
    choice = ActivationChoice(str(dice.choice(CHOICES)))
    run.change(with_activation(run.trainer.experiment, choice, None), "Switch")


def slope(run: Run, dice: np.random.Generator) -> None:
    choice = ActivationChoice("prelu", {"slope": float(dice.uniform(0, 0.5))})
    run.change(with_activation(run.trainer.experiment, choice, 1), "")


def rule(run: Run, dice: np.random.Generator) -> None:
    choice = ActivationChoice("step", rule=Choice(str(dice.choice(("straight-through", "true")))))
    run.change(with_activation(run.trainer.experiment, choice, 1), "Rule")


def edit(run: Run, dice: np.random.Generator, *, fresh: bool = False) -> None:
    count = run.trainer.theta.shape[1]
    run.put(dice.choice(count, min(3, count), replace=False), dice.normal(size=min(3, count)), "Edit", fresh=fresh)


def zeros(run: Run, dice: np.random.Generator) -> None:
    """Let updates meet pre-activations that are exactly 0, which are counted and compared."""
    switch_to = ActivationChoice("relu")
    run.change(with_activation(run.trainer.experiment, switch_to, None), "ReLU")
    run.put(np.arange(12), np.zeros(12), "All 0")
    advance(run, 1, 5)


def data(run: Run, dice: np.random.Generator) -> None:
    change(run, data=replace(run.trainer.experiment.data, name=str(dice.choice(("circle", "moons", "xor")))))


def loss(run: Run, dice: np.random.Generator) -> None:
    change(run, loss=str(dice.choice(("binary-cross-entropy", "squared-error"))))


def undo(run: Run, dice: np.random.Generator) -> None:
    before = run.trainer.experiment
    switch(run, dice)
    advance(run, 1)
    run.change(before, "Undo")


ACTIONS: dict[str, Action] = {
    "train": lambda run, dice: advance(run, int(dice.integers(1, 9)), int(dice.integers(1, 30))),
    "one": lambda run, dice: advance(run, 1, 1),
    "unseen": lambda run, dice: (run.step(int(dice.integers(1, 40))), None)[1],
    "look": lambda run, dice: observe(run),
    "switch": switch,
    "rule": rule,
    "slope": slope,
    "rate": lambda run, dice: change(run, learning_rate=float(dice.uniform(0.001, 0.1))),
    "optimizer": lambda run, dice: change(run, optimizer=Choice(str(dice.choice(OPTIMIZERS)))),
    "loss": loss,
    "data": data,
    "layers": lambda run, dice: change(run, layers=(HiddenLayer(int(dice.integers(2, 6))), HiddenLayer(3))),
    "batch": lambda run, dice: change(run, batch_size=int(dice.choice((0, 8, 32)))),
    "precision": lambda run, dice: change(run, precision=str(dice.choice(("float16", "float32", "float64")))),
    "exact zeros": zeros,
    "edit": edit,
    "re-initialise": lambda run, dice: edit(run, dice, fresh=True),
    "step back": lambda run, dice: run.step_back(),
    "look back": lambda run, dice: run.go_to(int(dice.integers(0, run.last_step + 1))),
    "look at the end": lambda run, dice: run.go_to(run.last_step),
    "undo": undo,
    "restart": lambda run, dice: run.restart(),
    "new weights": lambda run, dice: change(run, seed=int(dice.integers(0, 99))),
    "stop": lambda run, dice: change(run, stop=StopConditions(loss_below=float(dice.uniform(0.1, 2.0)))),
}  # fmt: skip


def opened(run: Run, folder: Path, *, at_end: bool = False) -> Session:
    path = folder / "run.stepviz-session"
    path.write_bytes(encode_session(run.session(("loss",), at_end=at_end)))
    return load_session(path)


def assert_same(again: Run, run: Run, doing: object) -> None:
    assert again.trainer.experiment == run.trainer.experiment, doing
    np.testing.assert_array_equal(again.trainer.theta, run.trainer.theta, err_msg=str(doing))
    np.testing.assert_array_equal(again.trainer.slots, run.trainer.slots, err_msg=str(doing))
    assert (again.trainer.step_count, again.trainer.updates) == (run.trainer.step_count, run.trainer.updates), doing
    assert again.trainer.batches.seen == run.trainer.batches.seen, doing
    before, after = run.recorder.view().until(run.trainer.step_count), again.recorder.view()
    assert after.marks == before.marks, doing
    assert after.columns.keys() == before.columns.keys(), doing
    for name, column in before.columns.items():
        np.testing.assert_array_equal(after.columns[name], column, err_msg=f"{name} after {doing}")
    if run.recorder.ledger.view.step != run.trainer.step_count:
        # The run that was opened has looked at its units, which this one has not yet.
        return
    for field in ("states", "since", "born_dead", "died", "revived", "revival"):
        here, there = (getattr(each.recorder.ledger.view, field) for each in (run, again))
        np.testing.assert_array_equal(there, here, err_msg=f"{field} after {doing}")


@pytest.mark.parametrize("seed", range(6))
def test_a_run_opens_as_it_was_saved_after_any_sequence_of_changes(seed: int, tmp_path: Path) -> None:
    dice = np.random.default_rng(seed)
    run, done = Run(SMALL), []
    for _ in range(30):
        done.append(str(dice.choice(list(ACTIONS))))
        ACTIONS[done[-1]](run, dice)
        session = opened(run, tmp_path)
        again = resumed(session, Run(SMALL))
        if run.last_step != run.trainer.step_count:
            # Of the time after that moment nothing is in the file.
            np.testing.assert_array_equal(again.trainer.theta, run.trainer.theta)
            assert opened(run, tmp_path, at_end=True).moment.step == run.last_step
            continue
        assert_same(again, run, done)


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.parametrize("then", ["train", "switch", "restart"])
def test_an_opened_run_goes_on_as_the_one_that_was_saved(name: str, then: str, tmp_path: Path) -> None:
    dice = np.random.default_rng(1)
    run = Run(SMALL)
    advance(run, 10)
    ACTIONS[name](run, dice)
    again = resumed(opened(run, tmp_path), Run(SMALL))
    for each in (run, again):
        ACTIONS[then](each, np.random.default_rng(5))
        advance(each, 5)
    if name != "look back":
        assert_same(again, run, (name, then))
    np.testing.assert_array_equal(again.trainer.theta, run.trainer.theta)
    np.testing.assert_array_equal(again.trainer.slots, run.trainer.slots)


def test_counts_of_exact_zeros_go_on(tmp_path: Path) -> None:
    run = Run(SMALL)
    zeros(run, np.random.default_rng(0))
    counts = run.trainer.exact_zeros
    assert counts.touched > 0
    assert counts.changed > 0
    again = resumed(opened(run, tmp_path))
    for each in (run, again):
        advance(each, 5)
    for field in ("since", "updates", "touched", "compared", "changed"):
        assert getattr(again.trainer.exact_zeros, field) == getattr(run.trainer.exact_zeros, field), field
    np.testing.assert_array_equal(again.trainer.exact_zeros.zeros, run.trainer.exact_zeros.zeros)


def test_a_thinned_history_opens_as_it_was(tmp_path: Path) -> None:
    run = Run(SMALL)
    advance(run, 2200, 1)
    run.change(with_activation(SMALL, ActivationChoice("relu"), None), "Switch")
    observe(run)
    assert run.recorder.view().thinned > 1
    assert_same(resumed(opened(run, tmp_path), run), run, "thinning")


def test_of_a_run_that_diverged_the_last_finite_moment_is_saved(tmp_path: Path) -> None:
    run = Run(
        replace(SMALL, optimizer=Choice("sgd"), learning_rate=1e6, loss="squared-error", output=ActivationChoice())
    )
    run.change(replace(run.trainer.experiment, output=ActivationChoice("linear"), loss="squared-error"), "")
    advance(run, 60)
    assert run.diverged is not None
    session = opened(run, tmp_path)
    assert np.isfinite(session.moment.state).all()
    assert resumed(session, run).trainer.loss() >= 0.0


def test_a_run_left_in_memory_is_all_of_it(tmp_path: Path) -> None:
    run = Run(SMALL)
    advance(run, 20)
    run.change(with_activation(SMALL, ActivationChoice("relu"), None), "Switch")
    advance(run, 20)
    run.go_to(45)
    alike = Run(SMALL)
    advance(alike, 20)
    alike.change(with_activation(SMALL, ActivationChoice("relu"), None), "Switch")
    advance(alike, 20)
    alike.go_to(45)
    again = Run.resumed(run.at_rest(), Run(SMALL))
    for each in (again, alike):
        each.go_to(10**6)
        advance(each, 3)
        each.step_back()
        advance(each, 2)
        each.go_to(30)
        advance(each, 3)
    assert again.ghost is not None
    assert_same(again, alike, "looking back")
    assert again.checkpoints.held == alike.checkpoints.held
