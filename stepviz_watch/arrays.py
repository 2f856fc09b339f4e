"""Arrays of any framework as NumPy sees them."""

from __future__ import annotations

from typing import Any

import numpy as np


def as_numpy(value: Any, name: str) -> np.ndarray:
    """Return NumPy's view of an array, copied only where NumPy cannot look at it in place.

    Takes what NumPy or DLPack can look at. bfloat16, which neither of them carries, becomes float32. Raises
    TypeError with ``name`` for anything else.
    """
    if hasattr(value, "detach"):
        value = value.detach()
        if "bfloat16" in str(value.dtype):
            value = value.float()
        if value.device.type != "cpu":
            value = value.cpu()
    try:
        array = value if isinstance(value, np.ndarray) else _looked_at(value)
    # Each framework raises its own kind of exception here.
    except Exception as error:
        raise TypeError(f"{name}: NumPy cannot look at {type(value).__name__}: {error}") from error
    if array.dtype.kind not in "fiub":
        if array.dtype.kind != "V" or "float" not in array.dtype.name:
            raise TypeError(f"{name}: expected real numbers, found {array.dtype}")
        array = array.astype(np.float32)
    return array


def _looked_at(value: Any) -> np.ndarray:
    if hasattr(value, "__dlpack__"):
        try:
            return np.asarray(np.from_dlpack(value))
        # A device that the CPU cannot read, or a type that DLPack lacks: the framework's own way is left.
        except Exception:
            return np.asarray(value)
    return np.asarray(value)
