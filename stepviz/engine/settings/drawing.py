"""The settings of data drawn by hand: the points stand in the settings themselves."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

MOST_POINTS = 5000
MOST_CLASSES = 10

Name = Annotated[str, Meta(min_length=1, max_length=60)]
Point = tuple[float, ...]


class DrawnColumn(Struct, frozen=True, forbid_unknown_fields=True):
    """A column of drawn points: its name, its axis from ``low`` to ``high``, in the person's units.

    The axis stays as it is while points come and go. The network sees (value - mean) / sd, fixed too: a new point must
    not shift what the network has learned of the others.
    """

    name: Name = "x"
    low: float = -1.1
    high: float = 1.1
    mean: float = 0.0
    sd: float = 1.0


class Drawing(Struct, frozen=True, forbid_unknown_fields=True):
    """Points drawn by hand.

    With ``class_names`` (2 to 10) a classification: ``columns`` are the inputs (1 or 2), and a point is (x1, x2,
    class), the class counted from 0. Without, a regression: the last column is the target, a point of a curve is
    (x, t), a point of a plane (x1, x2, t).
    """

    points: Annotated[tuple[Point, ...], Meta(max_length=MOST_POINTS)]
    columns: Annotated[tuple[DrawnColumn, ...], Meta(min_length=1, max_length=3)] = (
        DrawnColumn("x1"),
        DrawnColumn("x2"),
    )
    class_names: Annotated[tuple[Name, ...], Meta(max_length=MOST_CLASSES)] = ()

    @property
    def inputs(self) -> int:
        """Return the number of inputs."""
        return len(self.columns) if self.class_names else len(self.columns) - 1

    @property
    def shape(self) -> tuple[int, int]:
        """Return the number of inputs and of classes (0: a regression)."""
        return self.inputs, len(self.class_names)
