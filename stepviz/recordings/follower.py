"""Reads a recording from a file, and goes on where it stopped when the file has grown."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from stepviz.engine.common.errors import InputError
from stepviz.recordings.blocks import BlockReader, NotARecording
from stepviz.recordings.recorded_run import RecordedRun
from stepviz.recordings.tables import Table

SUFFIX = ".stepviz-run"
PIECE = 1 << 20
LAZY = frozenset({"histograms"})


class Follower:
    """A recording that is being read: ``run`` is what is known of it so far."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        self._reader = BlockReader(LAZY)
        self.run = RecordedRun()
        self.size = 0

    @classmethod
    def open(cls, path: Path) -> Follower:
        """Open a file. Raises InputError for what is no file, OSError where it cannot be read."""
        if path.is_dir():
            raise InputError(str(path), "a folder", f"a recording ({SUFFIX}) in it")
        return cls(path.open("rb"), str(path))

    @property
    def tables(self) -> dict[int, Table]:
        """The tables that were declared so far."""
        return self._reader.tables

    @property
    def damaged(self) -> int:
        """How many places of the file could not be read."""
        return self._reader.damaged + self.run.unfit

    def read(self, most: int = PIECE) -> bool:
        """Read on; whether there was anything. Raises InputError where it is no recording."""
        data = self._file.read(most)
        self.size += len(data)
        try:
            for event in self._reader.feed(data):
                self.run.take(event)
        except NotARecording as error:
            raise InputError(self._name, str(error), f"a file that stepviz_watch wrote ({SUFFIX})") from error
        return bool(data)

    def read_all(self) -> RecordedRun:
        """Read to the present end. Raises InputError where that is no recording, or before its head."""
        while self.read():
            pass
        if self.run.head is None:
            raise InputError(self._name, "no head of a recording", f"a file that stepviz_watch wrote ({SUFFIX})")
        return self.run

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_recording(path: Path) -> RecordedRun:
    """Return a recording as it stands. Raises InputError or OSError."""
    follower = Follower.open(path)
    try:
        return follower.read_all()
    finally:
        follower.close()
