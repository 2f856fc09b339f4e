"""The loss over a plane through the present parameters."""

from __future__ import annotations

from typing import Annotated, Literal

from dataclasses import dataclass

from msgspec import Meta, Struct

from stepviz.engine.arrays import Array

Directions = Literal["random", "path", "gradient", "parameters"]


class SurfaceOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """Which plane to look at.

    ``directions``: ``random`` (filter-normalised per unit, Li et al. 2018), ``path`` (the first two principal
    directions of the path so far), ``gradient`` (the gradient and a random direction orthogonal to it),
    ``parameters`` (the two parameters with the indices ``first`` and ``second`` of the row). ``bias``: whether a
    unit's bias belongs to its norm or the direction's bias part is zeroed. The map spans
    ``centre ± span`` along both directions.
    """

    directions: Directions = "random"
    bias: Literal["in the norm", "zeroed"] = "in the norm"
    seed: Annotated[int, Meta(ge=0)] = 0
    first: Annotated[int, Meta(ge=0)] = 0
    second: Annotated[int, Meta(ge=0)] = 1
    span: Annotated[float, Meta(gt=0)] = 1.0
    centre: tuple[float, float] = (0.0, 0.0)
    resolution: Annotated[int, Meta(ge=4, le=256)] = 64
    most_examples: Annotated[int, Meta(ge=1)] = 250


@dataclass(frozen=True, slots=True)
class LossSurface:
    """The training loss L(theta + alpha d1 + beta d2) on a grid, and the path projected on the plane.

    ``alpha`` (columns,), ``beta`` (rows,): grid coordinates; ``loss`` (rows, columns), float32, may hold inf;
    ``path`` (points, 2): the run so far in (alpha, beta), relative to the present point, oldest first;
    ``path_steps`` (points,); the present point is (0, 0) at ``step``. ``flat_share``: share of grid cells whose
    four corners have equal loss; ``explained``: share of the path's variance in the plane (NaN for a path of fewer
    than 3 points); ``examples``: how many training examples it was computed over, of ``of_examples``;
    ``names`` of the two directions.
    """

    options: SurfaceOptions
    step: int
    alpha: Array
    beta: Array
    loss: Array
    path: Array
    path_steps: Array
    names: tuple[str, str]
    flat_share: float
    explained: float
    examples: int
    of_examples: int
