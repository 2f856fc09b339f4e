"""Numbers as text in a script: readable where they are few, else packed; both give back the same bits."""

from __future__ import annotations

import base64
import textwrap
import zlib

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.errors import InputError

# A row of numbers is read by people up to here; a file is handed around up to there.
MOST_READABLE = 400
MOST_NUMBERS = 3_000_000
_WIDTH = 110

UNPACK = '''\
def unpacked(text, *shape):
    """Return numbers that were packed (float64, compressed, as base64)."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text))).reshape(shape)
'''


def check_size(*arrays: Array) -> None:
    """Raise InputError where a script would hold too many numbers."""
    count = sum(array.size for array in arrays)
    if count > MOST_NUMBERS:
        expected = f"at most {MOST_NUMBERS:,}: fewer examples, or a smaller network"
        raise InputError("script", f"{count:,} numbers of data and weights", expected)


def array_code(values: Array) -> str:
    """Return the expression that makes an array of float64 numbers, bit for bit."""
    wide = np.ascontiguousarray(values, dtype=np.float64)
    if wide.size > MOST_READABLE:
        packed = base64.b64encode(zlib.compress(wide.astype("<f8").tobytes(), 9)).decode()
        lines = "\n".join(f'    "{line}"' for line in textwrap.wrap(packed, _WIDTH))
        return f"unpacked(\n{lines},\n    {', '.join(map(str, wide.shape))},\n)"
    if wide.size == 0:
        return f"np.zeros({wide.shape})"
    rows = wide.reshape(-1, wide.shape[-1]).tolist()
    if wide.ndim == 1:
        return f"np.array([{_row(rows[0])}])"
    return "np.array([\n" + "".join(f"    [{_row(row)}],\n" for row in rows) + "])"


def _row(row: list[float]) -> str:
    return (
        ", ".join(map(repr, row)) if len(row) < 6 else "\n     ".join(textwrap.wrap(", ".join(map(repr, row)), _WIDTH))
    )
