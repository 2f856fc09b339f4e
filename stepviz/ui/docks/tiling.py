"""Which instruments of a scene stand beside one another, above one another, or behind one another."""

from __future__ import annotations

from collections.abc import Sequence

Plan = tuple[tuple[tuple[str, ...], ...], ...]
"""Columns, from the left; each a tuple of places, from above; each the names that stand there behind one another."""

# In pixels at normal type: narrower or lower an instrument cannot be read.
LEAST_WIDTH, LEAST_HEIGHT = 300, 165
# Width to height, at which an instrument uses all of its room.
SHAPE = 1.35


def plan(names: Sequence[str], width: float, height: float) -> Plan:
    """Return where ``names`` stand in a room of ``width`` x ``height`` pixels at normal type, the first at the left.

    They are as large as can be. Where they do not all fit, the last place holds several behind one another.
    """
    if not names:
        return ()
    most_columns, most_rows = max(1, int(width // LEAST_WIDTH)), max(1, int(height // LEAST_HEIGHT))
    places = min(len(names), most_columns * most_rows)
    held: list[tuple[str, ...]] = [(name,) for name in names[: places - 1]]
    held.append(tuple(names[places - 1 :]))
    least = -(-places // most_rows)
    columns = max(range(least, most_columns + 1), key=lambda count: _size(places, count, width, height))
    rows = -(-places // columns)
    columns = -(-places // rows)
    # The first columns are those with one place less: what a scene names first is what it is about.
    shorter = columns * rows - places
    sizes = [rows - 1] * shorter + [rows] * (columns - shorter)
    ends = [sum(sizes[: number + 1]) for number in range(columns)]
    return tuple(tuple(held[end - size : end]) for end, size in zip(ends, sizes, strict=True))


def _size(places: int, columns: int, width: float, height: float) -> float:
    """Return the width that an instrument of the right shape would have in so many columns."""
    rows = -(-places // columns)
    return min(width / columns, SHAPE * height / rows)
