"""Waiting for a condition on what a worker posts, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

from stepviz.runtime.frame import Frame
from stepviz.runtime.mailbox import Failure, Mailbox, News
from stepviz.runtime.worker import Worker


def frame_where(worker: Worker, mailbox: Mailbox, condition: Callable[[Frame], object], seconds: float = 20) -> Frame:
    """Return the first frame for which the condition holds; AssertionError after ``seconds``."""
    deadline = time.monotonic() + seconds
    last = None
    while time.monotonic() < deadline:
        worker.wanted.set()
        frame, news = mailbox.collect()
        failures = [item for item in news if isinstance(item, Failure)]
        assert not failures, failures[0].details
        if frame is not None:
            last = frame
            if condition(frame):
                return frame
        time.sleep(0.001)
    raise AssertionError(f"no such frame within {seconds} s; the last: {last}")


def news_of(worker: Worker, mailbox: Mailbox, seconds: float = 20) -> News:
    """Return the first news; AssertionError after ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        worker.wanted.set()
        _, news = mailbox.collect()
        if news:
            return news[0]
        time.sleep(0.001)
    raise AssertionError(f"no news within {seconds} s")


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until the condition holds; AssertionError after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not come about within {seconds} s"
        time.sleep(0.001)
