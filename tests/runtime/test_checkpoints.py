"""Moments to go back to: spread evenly, bounded, the first one always among them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from stepviz.engine.settings.experiment import Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.runtime import checkpoints as module
from stepviz.runtime.checkpoints import MOST, Checkpoints


def filled(count: int, experiment: Experiment | None = None) -> Checkpoints:
    trainer, kept = Trainer(experiment or Experiment()), Checkpoints()
    for step in range(count):
        trainer.step_count = step
        if kept.due(step):
            kept.keep(trainer.moment())
    return kept


def test_of_a_short_run_every_step_is_kept() -> None:
    kept = filled(100)
    assert len(kept) == 100
    assert [kept.at(step).step for step in (0, 37, 99, 1000)] == [0, 37, 99, 99]  # type: ignore[union-attr]  # not empty


def test_of_a_long_run_at_most_two_thousand_evenly_and_the_first() -> None:
    kept = filled(3 * MOST)
    assert MOST // 2 <= len(kept) <= MOST
    assert kept.first == 0
    assert kept.interval == 4
    for step in (1, 777, 4001, 3 * MOST - 1):
        moment = kept.at(step)
        assert moment is not None
        assert 0 <= step - moment.step < kept.interval


def test_large_moments_stay_within_the_bytes_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    size = Trainer(Experiment()).moment().nbytes
    monkeypatch.setattr(module, "LARGEST_BYTES", 50 * size)
    kept = filled(400)
    assert kept.nbytes == len(kept) * size <= 50 * size
    assert len(kept) > 20


def test_two_thousand_of_the_digits_stay_under_two_hundred_megabytes() -> None:
    digits = Experiment(
        data=DataSettings("digits"), layers=(HiddenLayer(32),), loss="softmax-cross-entropy", optimizer=Choice("adam")
    )
    size = Trainer(digits).moment().nbytes
    assert 0 < size * MOST < 200 * 10**6


def test_what_is_cut_is_forgotten() -> None:
    kept = filled(100)
    kept.cut(40)
    last = kept.at(1000)
    assert last is not None
    assert (last.step, len(kept)) == (39, 40)


def test_before_the_first_moment_there_is_none_earlier() -> None:
    kept = Checkpoints()
    assert kept.at(5) is None
    trainer = Trainer(Experiment())
    trainer.step(10)
    kept.keep(trainer.moment())
    assert kept.at(3) is not None


def test_data_that_change_again_and_again_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer, kept = Trainer(Experiment()), Checkpoints()
    own, data = trainer.moment().nbytes, trainer.setup.data_bytes
    monkeypatch.setattr(module, "LARGEST_BYTES", 20 * (own + data))
    for step in range(100):
        trainer.change(replace(trainer.experiment, data=DataSettings(seed=step + 1)))
        trainer.step_count = step
        if kept.due(step):
            kept.keep(trainer.moment())
    assert 10 <= len(kept) <= 21
    assert kept.nbytes <= 20 * (own + data)
