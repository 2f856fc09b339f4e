"""What a film is, whatever its kind: frames in, a file out at the end."""

from __future__ import annotations

from collections.abc import Callable
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


def packed(frame: Pixels) -> NDArray[np.uint32]:
    """Return each pixel's colour as one number (height, width)."""
    red, green, blue = (frame[..., channel].astype(np.uint32) for channel in range(3))
    found: NDArray[Any] = red << 16 | green << 8 | blue
    return found
