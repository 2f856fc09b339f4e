"""What a person can choose about a loss surface."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

DirectionsName = Literal["random", "path", "gradient", "parameters"]


class SurfaceOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """Which plane to look at.

    ``directions``: ``random`` (filter-normalised per unit, Li et al. 2018), ``path`` (the first two principal
    directions of the path so far, within ±1 lies the whole path), ``gradient`` (the gradient and a random direction
    orthogonal to it, both as long as the parameters are), ``parameters`` (the two parameters with the indices
    ``first`` and ``second`` of the row, in their own units). ``bias``: whether a unit's bias belongs to its norm or
    the direction's bias part is zeroed. ``layers``: whether random directions leave
    the output layer alone: the hidden layers are what gradient descent has to move. The map spans
    ``centre ± span`` along both directions; with ``closer`` a network that jumps is looked at from so near that its
    terraces show (see ``LossSurface.span``). Its middle (0, 0) is the present point, which never leaves it; with
    ``absolute``, of ``parameters`` alone, the axes are the values of the two parameters, and the point moves.
    """

    directions: DirectionsName = "random"
    bias: Literal["in the norm", "zeroed"] = "in the norm"
    layers: Literal["hidden", "all"] = "hidden"
    seed: Annotated[int, Meta(ge=0)] = 0
    first: Annotated[int, Meta(ge=0)] = 0
    second: Annotated[int, Meta(ge=0)] = 1
    span: Annotated[float, Meta(gt=0)] = 1.0
    centre: tuple[float, float] = (0.0, 0.0)
    closer: bool = False
    resolution: Annotated[int, Meta(ge=4, le=256)] = 64
    most_examples: Annotated[int, Meta(ge=1)] = 250
    absolute: bool = False
