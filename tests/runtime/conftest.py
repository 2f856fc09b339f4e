"""What several tests of the runtime need."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.mailbox import Mailbox
from stepviz.runtime.worker import Worker


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def worker(mailbox: Mailbox) -> Iterator[Worker]:
    """Start a worker, and see that nothing of it is left in the end."""
    before = set(threading.enumerate())
    worker = Worker(Experiment(seed=1), mailbox)
    worker.start()
    yield worker
    worker.stop()
    assert set(threading.enumerate()) == before
