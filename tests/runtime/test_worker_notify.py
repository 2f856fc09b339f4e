"""The worker hands a frame over: it closes the gate, says so, and waits until it is opened."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from stepviz.engine.kernel.library import Library, find_library
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.stepper import VARIABLE
from stepviz.runtime.commands import Play, SetSpeed
from stepviz.runtime.mailbox import Mailbox
from stepviz.runtime.worker import FRAME_PERIOD, Worker
from tests.runtime.until import until


class Reader:
    """Takes frames as a window does."""

    def __init__(self, worker: Worker, mailbox: Mailbox) -> None:
        self.worker, self.mailbox = worker, mailbox
        self.posted = threading.Semaphore(0)
        self.gate_was_open: list[bool] = []
        worker.notify = self.notify

    def notify(self) -> None:
        self.gate_was_open.append(self.worker.gate.is_set())
        self.posted.release()

    def next_step(self) -> int:
        """Wait for a frame, take it, ask for the next, and return its step."""
        assert self.posted.acquire(timeout=10)
        frame, _ = self.mailbox.collect()
        assert frame is not None
        self.worker.wanted.set()
        self.worker.gate.set()
        return frame.step


@pytest.fixture
def stepper() -> str:
    return "auto"


@pytest.fixture
def reader(stepper: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    monkeypatch.setenv(VARIABLE, stepper)
    mailbox = Mailbox()
    worker = Worker(Experiment(), mailbox)
    reader = Reader(worker, mailbox)
    worker.send(Play())
    worker.start()
    yield reader
    worker.stop()


def test_the_gate_is_closed_before_the_window_is_told(reader: Reader) -> None:
    steps = [reader.next_step() for _ in range(5)]
    assert reader.gate_was_open == [False] * len(reader.gate_was_open)
    assert steps == sorted(steps)
    assert steps[-1] > steps[0]


@pytest.mark.parametrize("stepper", ["numpy"])
def test_while_the_gate_is_closed_numpy_does_next_to_no_training(reader: Reader) -> None:
    reader.next_step()
    assert reader.posted.acquire(timeout=10)
    trainer = reader.worker._run.trainer
    before = trainer.step_count
    assert not reader.posted.acquire(timeout=0.05)
    assert trainer.step_count == before


@pytest.mark.skipif(not isinstance(find_library(), Library), reason="no compiled step")
def test_while_the_gate_is_closed_the_compiled_step_goes_on(reader: Reader) -> None:
    reader.next_step()
    assert reader.posted.acquire(timeout=10)
    trainer = reader.worker._run.trainer
    before = trainer.step_count
    until(lambda: trainer.step_count > before)
    assert not reader.worker.gate.is_set()


def test_frames_come_no_oftener_than_eyes_need_however_often_they_are_wanted(reader: Reader) -> None:
    reader.next_step()
    began = time.perf_counter()
    for _ in range(12):
        reader.next_step()
    assert time.perf_counter() - began >= 10 * FRAME_PERIOD


def test_waiting_for_the_next_frame_at_a_low_speed_costs_no_processor_time(reader: Reader) -> None:
    reader.worker.send(SetSpeed(1.0))
    for _ in range(3):
        reader.next_step()
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(12):
        reader.next_step()
    assert time.process_time() - processor < 0.8 * (time.perf_counter() - wall)
