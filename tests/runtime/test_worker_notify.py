"""The worker hands a frame over: it closes the gate, says so, and waits until it is opened."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import Play, SetSpeed
from stepviz.runtime.mailbox import Mailbox
from stepviz.runtime.worker import FRAME_PERIOD, Worker


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
def reader() -> Iterator[Reader]:
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


def test_while_the_gate_is_closed_there_is_next_to_no_training(reader: Reader) -> None:
    reader.next_step()
    assert reader.posted.acquire(timeout=10)
    trainer = reader.worker._run.trainer
    before = trainer.step_count
    assert not reader.posted.acquire(timeout=0.05)
    assert trainer.step_count == before


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
