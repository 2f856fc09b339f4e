"""The whole run as an archive: read back by NumPy without pickle, and equal to what an independent training gives."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.settings.experiment import ActivationChoice, Experiment
from stepviz.engine.setup.experiment_file import decode
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.one_update.rehearsal import rehearse
from stepviz.runtime.commands import Step, TakeRun, TakeSession
from stepviz.runtime.mailbox import Mailbox
from stepviz.runtime.run import Run
from stepviz.runtime.run_record import RunRecord, encode_record, take_record
from stepviz.runtime.session import Session
from stepviz.runtime.worker import Worker
from tests.runtime.until import until
from tests.ui.built_panels import look, network


def archive(run: Run) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(encode_record(take_record(run))), allow_pickle=False) as found:
        return dict(found)


def walked(experiment: Experiment, moments: int, every: int) -> Run:
    run = Run(experiment)
    look(run, ())
    for _ in range(moments):
        run.step(every)
        look(run, ())
    return run


def test_weights_at_every_moment_are_those_of_a_training_that_goes_as_far() -> None:
    experiment = network(4, 3)
    found = archive(walked(experiment, 3, 10))
    assert found["checkpoints.step"].tolist() == found["step"].tolist() == [0, 10, 20, 30]
    trainer = Trainer(experiment)
    for index, step in enumerate(found["step"]):
        trainer.step(int(step) - trainer.step_count)
        for name, values in trainer.parameters().items():
            assert (found[f"checkpoints.{name}"][index] == values).all()
        assert found["train_loss"][index] == pytest.approx(trainer.loss(), rel=1e-6)
        gradient = trainer.gradients()
        first = np.concatenate([gradient[f"layer1.{name}"].ravel() for name in ("weights", "biases")])
        expected = np.sqrt(np.mean(first.astype(np.float64) ** 2))
        assert found["gradient_rms"][index, 0] == pytest.approx(expected, rel=1e-5)
    assert found["gradient_rms"].shape == (4, 3)
    assert all((found[name] == values).all() for name, values in trainer.parameters().items())


def test_the_experiment_is_inside_and_trains_the_same() -> None:
    experiment = network(5)
    found = archive(walked(experiment, 2, 7))
    trainer = Trainer(decode(str(found["experiment"]).encode()))
    trainer.step(14)
    assert (trainer.parameters()["layer1.weights"] == found["layer1.weights"]).all()


def test_a_switch_on_the_way_is_in_the_settings_of_the_moments_and_has_a_mark() -> None:
    run = walked(network(4), 2, 5)
    run.change(with_activation(run.trainer.experiment, "step"), "Step")
    run.step(5)
    look(run, ())
    found = archive(run)
    settings = [decode(text.encode()) for text in found["settings"].tolist()]
    names = [settings[place].layers[0].activation.name for place in found["checkpoints.settings"]]
    assert list(zip(found["checkpoints.step"].tolist(), names, strict=True)) == [
        (0, "tanh"), (5, "tanh"), (10, "tanh"), (15, "step"),
    ]  # fmt: skip
    assert decode(str(found["experiment"]).encode()) == run.trainer.experiment
    assert (found["marks.step"].tolist(), found["marks.text"].tolist()) == ([10], ["Step"])
    # A step network's hidden units are all flat, and its first layer's gradient is exactly 0.
    assert (found["flat"][-1], found["gradient_rms"][-1, 0]) == (4, 0.0)


def test_a_parameter_that_was_not_there_yet_is_not_a_number() -> None:
    run = walked(network(3, activation="relu"), 1, 5)
    run.change(with_activation(run.trainer.experiment, ActivationChoice("prelu")), "PReLU")
    run.step(5)
    look(run, ())
    slope = archive(run)["checkpoints.layer1.slope"]
    assert np.isnan(slope[:2]).all()
    assert np.isfinite(slope[2]).all()


def test_a_look_back_takes_away_no_more_than_the_past_up_to_there() -> None:
    run = walked(network(3), 4, 10)
    run.go_to(20)
    found = archive(run)
    assert found["step"].tolist() == found["checkpoints.step"].tolist() == [0, 10, 20]


def test_a_run_that_diverged_keeps_its_last_finite_moment() -> None:
    experiment = replace(network(4, activation="linear"), learning_rate=1e5)
    run = walked(replace(experiment, loss="squared-error", optimizer=replace(experiment.optimizer, name="sgd")), 1, 1)
    run.step(1000)
    run.look()
    assert run.diverged is not None
    assert all(np.isfinite(values).all() for name, values in archive(run).items() if name.startswith("layer"))


def test_the_same_run_gives_the_same_bytes() -> None:
    first, second = (encode_record(take_record(walked(network(3), 2, 4))) for _ in range(2))
    assert first == second


def test_the_worker_hands_its_run_over_and_goes_on() -> None:
    worker = Worker(network(3), Mailbox())
    taken: list[RunRecord] = []
    worker.send(TakeRun(taken.append))
    worker.start()
    try:
        until(lambda: bool(taken))
    finally:
        worker.stop()
    assert taken[0].steps.tolist() == [0]


def test_the_worker_hands_its_session_over_and_does_the_update_that_was_rehearsed() -> None:
    worker = Worker(network(3), Mailbox())
    taken: list[Session] = []
    worker.start()
    try:
        for count in (1, 2):
            worker.send(TakeSession(taken.append))
            worker.send(Step(1))
            until(lambda count=count: len(taken) == count)
        worker.send(TakeSession(taken.append))
        until(lambda: len(taken) == 3)
    finally:
        worker.stop()
    for before, after in pairwise(taken):
        assert rehearse(before.trainer).after.tobytes() == after.moment.state[0].tobytes()
