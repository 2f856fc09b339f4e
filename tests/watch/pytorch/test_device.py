"""The way on a device with a queue of its own, with a device that only says when it is done: no GPU is at hand."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from stepviz_watch.pytorch.transfer import MOST_WAITING, Transfers  # noqa: E402  after torch was found


class Queue:
    """A device whose copies have arrived only once ``done`` is as large as their number."""

    def __init__(self) -> None:
        self.begun = self.done = 0

    def pinned(self, like: torch.Tensor) -> torch.Tensor:
        return torch.empty_like(like)

    def event(self) -> Event:
        self.begun += 1
        return Event(self, self.begun)


class Event:
    def __init__(self, queue: Queue, number: int) -> None:
        self.queue, self.number = queue, number

    def query(self) -> bool:
        return self.queue.done >= self.number

    def synchronize(self) -> None:
        self.queue.done = max(self.queue.done, self.number)


def test_nothing_is_handed_over_before_it_has_arrived() -> None:
    queue, got = Queue(), []
    transfers = Transfers(queue)
    for value in range(3):
        transfers.begin([torch.tensor([value])], lambda host: got.append(int(host[0])))
    transfers.deliver()
    assert got == []
    queue.done = 2
    transfers.deliver()
    assert got == [0, 1]
    transfers.deliver(wait=True)
    assert got == [0, 1, 2]


def test_a_device_that_hangs_does_not_fill_the_memory() -> None:
    queue, got = Queue(), []
    transfers = Transfers(queue)
    for value in range(MOST_WAITING + 5):
        transfers.begin([torch.tensor([value])], lambda host: got.append(int(host[0])))
    assert transfers.dropped == 5
    transfers.deliver(wait=True)
    assert got == list(range(5, MOST_WAITING + 5))
