"""What a film is, whatever its kind: frames in, a file out at the end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
# Divisors of 100: a GIF counts in hundredths of a second, and every player keeps up with these.
RATES = (5, 10, 20, 25)


class Film(Protocol):
    """A film under way. Frames are (height, width, 3) in red, green, blue, all of one size.

    Exactly one of ``finish`` and ``abandon`` ends it; after an error of any method ``abandon`` does. All raise
    OSError where the disk is full or what is written to is gone.
    """

    def add(self, frame: Pixels) -> None:
        """Take the next frame."""

    def finish(self, going_on: Callable[[float], None]) -> None:
        """Put the film in its place; ``going_on`` is told the share that is done, and may raise to stop."""

    def abandon(self) -> None:
        """Leave nothing; never raises."""


class NextTo:
    """An unfinished file in the folder of ``path``, which takes its place at the end or leaves nothing."""

    def __init__(self, path: Path) -> None:
        """Make it. Raises OSError where that is not possible."""
        self.path = path
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
        os.close(handle)
        self.unfinished = Path(name)

    def put_in_place(self) -> None:
        """Replace what was at ``path``."""
        with self.unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        self.unfinished.chmod(self.path.stat().st_mode & 0o777 if self.path.exists() else 0o666 & ~umask)
        self.unfinished.replace(self.path)

    def remove(self) -> None:
        """Leave nothing."""
        self.unfinished.unlink(missing_ok=True)


def packed(frame: Pixels) -> NDArray[np.uint32]:
    """Return each pixel's colour as one number (height, width)."""
    red, green, blue = (frame[..., channel].astype(np.uint32) for channel in range(3))
    found: NDArray[Any] = red << 16 | green << 8 | blue
    return found
