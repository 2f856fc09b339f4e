"""The worker posts no more frames than the window wants."""

from __future__ import annotations

import threading
import time

from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import Play, SetFrameRate
from stepviz.runtime.mailbox import Mailbox
from stepviz.runtime.worker import Worker

RATE, FRAMES = 20.0, 6


def test_frames_keep_their_distance() -> None:
    mailbox = Mailbox()
    worker = Worker(Experiment(), mailbox)
    came: list[float] = []
    enough = threading.Event()

    def note() -> None:
        came.append(time.perf_counter())
        if len(came) > FRAMES:
            enough.set()
        mailbox.collect()
        worker.gate.set()
        worker.wanted.set()

    worker.notify = note
    worker.send(SetFrameRate(RATE))
    worker.send(Play())
    worker.start()
    worker.wanted.set()
    try:
        assert enough.wait(20)
    finally:
        worker.stop()
    # The first two may follow one another at once: one at rest, one when the run begins.
    assert came[-1] - came[1] >= 0.9 * (FRAMES - 1) / RATE
