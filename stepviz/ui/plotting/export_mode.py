"""Whether a picture is being taken away: then nothing is copied from pixels that were made for the screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

# Pixels in a picture of lines, as many for each of the screen's.
SHARP = 3.0

_depth = 0


def is_exporting() -> bool:
    """Return whether what is painted now goes into a file or onto the clipboard, in another size or as lines."""
    return _depth > 0


@contextmanager
def exporting() -> Iterator[None]:
    """Have widgets paint everything anew meanwhile."""
    global _depth
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
