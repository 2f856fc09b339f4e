"""Buffers that outlive one measurement, so that the next need not build them again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from stepviz.engine.setup.setup import BoundExperiment

Key = TypeVar("Key")
Item = TypeVar("Item")


class BufferCache(Generic[Key, Item]):
    """Lends out what ``build(setup, key)`` makes, and keeps one item that nobody uses at the moment.

    Safe in any number of threads: who finds the item lent out gets one of its own.
    """

    def __init__(self, build: Callable[[BoundExperiment, Key], Item]) -> None:
        self._build = build
        self._kept: list[tuple[BoundExperiment, Key, Item]] = []

    @contextmanager
    def borrow(self, setup: BoundExperiment, key: Key) -> Iterator[Item]:
        """Lend the kept item, if it was built for this very setup and an equal key, else a new one."""
        try:
            built_for, built_key, item = self._kept.pop()
        except IndexError:
            item = self._build(setup, key)
        else:
            if built_for is not setup or built_key != key:
                item = self._build(setup, key)
        try:
            yield item
        finally:
            self._kept[:] = [(setup, key, item)]
