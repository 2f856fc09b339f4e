"""The worker, with real threads and no window."""

from __future__ import annotations

import random
import subprocess
import sys
import threading

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.settings.experiment import Choice, Experiment, HiddenLayer
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.curvature import Curvature
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.probes.loss_surface import LossSurface, SurfaceOptions
from stepviz.probes.slice import Slice, SliceOptions
from stepviz.probes.stuck_units import StuckUnits
from stepviz.runtime.commands import (
    Ask,
    Begin,
    Change,
    Pause,
    Play,
    PutParameters,
    Restart,
    SetOptions,
    SetSpeed,
    Step,
    StepBack,
)
from stepviz.runtime.frame import Frame
from stepviz.runtime.mailbox import Failure, Mailbox, Refusal
from stepviz.runtime.worker import Worker
from tests.runtime.until import frame_where, news_of

RINGS = Experiment(seed=1)
EVERYTHING = Ask(frozenset({"gradient_flow", "stuck_units", "loss_surface"}))


def test_it_trains_when_told_to_and_pauses(worker: Worker, mailbox: Mailbox) -> None:
    first = frame_where(worker, mailbox, lambda frame: True)
    assert (first.step, first.running) == (0, False)
    worker.send(Play())
    frame_where(worker, mailbox, lambda frame: frame.step > 500 and frame.running and frame.steps_per_second > 0)
    worker.send(Pause())
    paused = frame_where(worker, mailbox, lambda frame: not frame.running)
    worker.send(Step(7))
    after = frame_where(worker, mailbox, lambda frame: frame.step > paused.step and not frame.running)
    assert after.step == paused.step + 7


def test_the_numbers_are_those_of_a_trainer_alone(worker: Worker, mailbox: Mailbox) -> None:
    worker.send(EVERYTHING)
    worker.send(Step(333))
    frame = frame_where(worker, mailbox, lambda frame: frame.step == 333)
    trainer = Trainer(RINGS)
    trainer.step(333)
    np.testing.assert_array_equal(frame.parameters, trainer.theta[0])
    assert frame.train_loss == pytest.approx(trainer.loss(), rel=1e-6)
    assert frame.test_loss == pytest.approx(trainer.loss("test"), rel=1e-6)


def test_switching_to_step_keeps_weights_marks_the_moment_and_every_hidden_unit_is_stuck(
    worker: Worker, mailbox: Mailbox
) -> None:
    worker.send(EVERYTHING)
    worker.send(Step(200))
    before = frame_where(worker, mailbox, lambda frame: frame.step == 200 and not frame.running)
    worker.send(Change(with_activation(RINGS, "step"), "Switch to step"))
    frame = frame_where(
        worker,
        mailbox,
        lambda frame: (units := frame.reading(StuckUnits)) is not None and units.stuck == 16,
    )
    np.testing.assert_array_equal(frame.parameters, before.parameters)
    assert [(mark.step, mark.text) for mark in frame.history.marks] == [(200, "Switch to step")]
    flow = frame.reading(GradientFlow)
    assert flow is not None
    assert list(flow.zero_share[:2]) == [1.0, 1.0]
    assert flow.rms[2] > 0


def test_a_surface_arrives_while_it_trains_and_with_new_options(worker: Worker, mailbox: Mailbox) -> None:
    worker.send(EVERYTHING)
    worker.send(Play())
    surface = frame_where(worker, mailbox, lambda frame: frame.reading(LossSurface)).reading(LossSurface)
    assert surface is not None
    assert surface.loss.shape == (64, 64)
    worker.send(SetOptions("loss_surface", SurfaceOptions(resolution=16)))
    smaller = frame_where(
        worker, mailbox, lambda frame: (s := frame.reading(LossSurface)) is not None and s.loss.shape == (16, 16)
    )
    assert smaller.running


def test_a_paused_run_gets_a_new_surface_when_the_activation_is_switched(worker: Worker, mailbox: Mailbox) -> None:
    worker.send(EVERYTHING)
    worker.send(Step(5))
    frame = frame_where(worker, mailbox, lambda frame: not frame.running and frame.reading(LossSurface))
    for name in ("step", "relu", "tanh"):
        before = frame.reading(LossSurface)
        assert before is not None
        worker.send(Change(with_activation(RINGS, name)))
        frame = frame_where(
            worker,
            mailbox,
            lambda frame, old=before: (new := frame.reading(LossSurface)) is not None and new is not old,
        )
        assert frame.step == 5


def test_a_refused_change_is_told_and_the_run_goes_on(worker: Worker, mailbox: Mailbox) -> None:
    worker.send(Step(10))
    frame_where(worker, mailbox, lambda frame: frame.step == 10)
    worker.send(Change(replace(RINGS, layers=(HiddenLayer(10**9),))))
    news = news_of(worker, mailbox)
    assert isinstance(news, Refusal)
    assert "layers[0].width" in news.message
    worker.send(Step(5))
    assert frame_where(worker, mailbox, lambda frame: frame.step == 15).experiment == RINGS


def test_another_seed_or_a_restart_raises_the_generation_and_starts_a_new_history(
    worker: Worker, mailbox: Mailbox
) -> None:
    worker.send(Step(50))
    old = frame_where(worker, mailbox, lambda frame: frame.step == 50)
    worker.send(Change(replace(RINGS, seed=2)))
    new = frame_where(worker, mailbox, lambda frame: frame.generation > old.generation)
    assert new.step == 0
    assert list(new.history.column("step")) == [0.0]
    worker.send(Restart())
    assert frame_where(worker, mailbox, lambda frame: frame.generation > new.generation).step == 0


def test_divergence_pauses_says_where_and_step_back_mends_it(worker: Worker, mailbox: Mailbox) -> None:
    wild = replace(RINGS, optimizer=Choice("sgd"), learning_rate=3.0, loss="squared-error")
    worker.send(Change(with_activation(wild, "linear")))
    worker.send(Play())
    frame = frame_where(worker, mailbox, lambda frame: frame.diverged is not None and not frame.running)
    assert frame.diverged is not None
    assert f"step {frame.diverged.step}" in str(frame.diverged)
    worker.send(Play())
    assert isinstance(news_of(worker, mailbox), Refusal)
    worker.send(StepBack())
    mended = frame_where(worker, mailbox, lambda frame: frame.diverged is None)
    assert np.isfinite(mended.parameters).all()


def test_parameters_put_by_hand_are_in_the_next_frame(worker: Worker, mailbox: Mailbox) -> None:
    start = frame_where(worker, mailbox, lambda frame: True)
    worker.send(PutParameters(np.arange(len(start.parameters)), start.parameters * 0.5, "by hand"))
    frame = frame_where(worker, mailbox, lambda frame: frame.history.marks)
    np.testing.assert_array_equal(frame.parameters, start.parameters * 0.5)
    worker.send(PutParameters(np.array([3]), np.array([np.nan])))
    assert isinstance(news_of(worker, mailbox), Refusal)


def test_a_limited_speed_is_kept(worker: Worker, mailbox: Mailbox) -> None:
    worker.send(SetSpeed(50.0))
    worker.send(Play())
    frame = frame_where(worker, mailbox, lambda frame: frame.steps_per_second > 0 and frame.step >= 30)
    assert 25 < frame.steps_per_second < 75


def test_what_a_frame_holds_cannot_be_written(worker: Worker, mailbox: Mailbox) -> None:
    worker.send(EVERYTHING)
    worker.send(Step(3))
    frame = frame_where(worker, mailbox, lambda frame: frame.reading(GradientFlow))
    flow = frame.reading(GradientFlow)
    assert flow is not None
    for array in (frame.parameters, frame.history.column("step"), flow.rms, flow.counts):
        assert not array.flags.writeable


def test_an_error_of_our_own_pauses_and_is_told_and_the_run_is_kept(worker: Worker, mailbox: Mailbox) -> None:
    worker.send(Step(10))
    frame_where(worker, mailbox, lambda frame: frame.step == 10)
    worker.send(Ask(frozenset({"no such probe"})))
    news = news_of(worker, mailbox)
    assert isinstance(news, Failure)
    assert "no such probe" in news.message
    worker.send(Step(1))
    frame_where(worker, mailbox, lambda frame: frame.step == 11)


def test_a_closed_gate_holds_the_training_but_not_for_ever(worker: Worker, mailbox: Mailbox) -> None:
    worker.gate.clear()
    worker.send(Step(100))
    frame_where(worker, mailbox, lambda frame: frame.step == 100)


@pytest.mark.parametrize("seed", range(3))
def test_start_stop_switch_and_close_in_quick_succession(seed: int) -> None:
    draw = random.Random(seed)
    before = set(threading.enumerate())
    for _ in range(6):
        mailbox = Mailbox()
        worker = Worker(RINGS, mailbox)
        worker.start()
        worker.send(EVERYTHING)
        for _ in range(draw.randrange(12)):
            worker.send(
                draw.choice(
                    [
                        Play(), Pause(), Step(3), StepBack(), Restart(), SetSpeed(None), SetSpeed(10.0),
                        Change(with_activation(RINGS, draw.choice(["step", "relu", "prelu"])), "switch"),
                        Change(replace(RINGS, layers=(HiddenLayer(draw.randrange(1, 40)),))),
                        SetOptions("loss_surface", SurfaceOptions(resolution=draw.choice([8, 32]))),
                    ]
                )
            )  # fmt: skip
            worker.wanted.set()
        worker.stop()
        assert not worker.alive
        assert not [news for news in mailbox.collect()[1] if isinstance(news, Failure)]
    assert set(threading.enumerate()) == before


def test_stopping_a_worker_that_never_started_is_fine() -> None:
    worker = Worker(RINGS, Mailbox())
    worker.stop()
    worker.stop()


def test_the_runtime_knows_no_qt() -> None:
    code = "import sys, stepviz.runtime.worker; sys.exit(any(name in sys.modules for name in ('PySide6', 'pyqtgraph')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_other_options_of_one_slow_probe_do_not_lose_the_measurement_of_another(
    worker: Worker, mailbox: Mailbox
) -> None:
    worker.send(Ask(frozenset({"curvature", "slice"})))
    # The first is under way by then, or done: either way both have to come.
    for seed in range(1, 4):
        worker.send(SetOptions("slice", SliceOptions(seed=seed)))

    def both(frame: Frame) -> bool:
        found = frame.reading(Slice)
        return frame.reading(Curvature) is not None and found is not None and found.options.seed == 3

    assert not frame_where(worker, mailbox, both).running


@pytest.mark.parametrize("begin", [Restart(), Begin(replace(RINGS, seed=2))])
def test_the_history_begins_at_step_0_though_the_run_plays_at_once(
    worker: Worker, mailbox: Mailbox, begin: Restart | Begin
) -> None:
    before = frame_where(worker, mailbox, lambda frame: True)
    # Nobody asks for a frame before the run is far on.
    worker.send(begin)
    worker.send(Play())
    frame = frame_where(worker, mailbox, lambda frame: frame.generation > before.generation and frame.step > 200)
    first = frame.history.column("step")[0], frame.history.column("train_loss")[0]
    experiment = begin.experiment if isinstance(begin, Begin) else RINGS
    assert first == (0, pytest.approx(Trainer(experiment).loss(), rel=1e-6))
