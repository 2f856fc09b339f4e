"""Bring numbers from the device to the CPU without making the training wait."""

from __future__ import annotations

from collections import deque
from typing import Any, Callable, Protocol

import torch


class Device(Protocol):
    """What a device offers: memory that it can copy into on its own, and events in its queue."""

    def pinned(self, like: torch.Tensor) -> torch.Tensor:
        """Return memory of the CPU that the device can write into."""

    def event(self) -> Any:
        """Return an event put into the queue now; ``query()`` says, without waiting, whether it has passed."""


class Cuda:
    """A CUDA device."""

    def pinned(self, like: torch.Tensor) -> torch.Tensor:
        """Return pinned memory."""
        return torch.empty(like.shape, dtype=like.dtype, pin_memory=True)

    def event(self) -> Any:
        """Return an event of the current stream."""
        event = torch.cuda.Event()
        event.record()
        return event


Arrived = Callable[["list[torch.Tensor]"], None]
MOST_WAITING = 64


class Transfers:
    """Copies under way. ``device`` None: the numbers lie where the CPU reads them, or the device has no own copies."""

    def __init__(self, device: Device | None) -> None:
        self._device = device
        self._waiting: deque[tuple[Any, list[torch.Tensor], Arrived]] = deque()
        self.dropped = 0

    @classmethod
    def of(cls, device: torch.device) -> Transfers:
        """Return the transfers from this device."""
        return cls(Cuda() if device.type == "cuda" else None)

    def begin(self, values: list[torch.Tensor], arrived: Arrived) -> None:
        """Begin to copy; ``arrived`` is called with the copies, now or by a later ``deliver``."""
        if self._device is None:
            arrived([value.cpu() for value in values])
            return
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        host = [self._device.pinned(value) for value in values]
        for here, there in zip(host, values):
            here.copy_(there, non_blocking=True)
        self._waiting.append((self._device.event(), host, arrived))

    def deliver(self, *, wait: bool = False) -> None:
        """Hand over what has arrived, in the order in which it was begun. ``wait`` only where the training ended."""
        while self._waiting:
            event, host, arrived = self._waiting[0]
            if wait:
                event.synchronize()
            elif not event.query():
                return
            self._waiting.popleft()
            arrived(host)
