"""How much memory a call takes for a moment."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np


def peak_of(call: Callable[[], None]) -> int:
    """Return the largest number of bytes held during the second of two calls (the first may fill caches)."""
    with np.errstate(all="ignore"):
        call()
        tracemalloc.start()
        try:
            call()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
