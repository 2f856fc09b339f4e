"""What a claim is made of: a small tree of numbers, quantities, comparisons and words of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Argument = float | str
Time = Literal["always", "within", "after"]


def argument_text(value: Argument) -> str:
    """Return an argument as it is written."""
    return value if isinstance(value, str) else f"{value:g}"


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written."""

    value: float


@dataclass(frozen=True, slots=True)
class QuantityRef:
    """A quantity, by name and resolved arguments.

    ``at`` a step, None: at the moment that is looked at; ``before``: at the end of the scene before instead.
    """

    name: str
    arguments: tuple[tuple[str, Argument], ...]
    at: int | None = None
    before: bool = False

    @property
    def key(self) -> str:
        """Return what the quantity is called in a record of measurements, for example ``gradient_rms(layer=1)``."""
        inside = ", ".join(f"{name}={argument_text(value)}" for name, value in self.arguments)
        return f"{self.name}({inside})" if inside else self.name


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left sign right``; a minus sign alone is ``0 - right``."""

    sign: str
    left: Numeric
    right: Numeric


@dataclass(frozen=True, slots=True)
class Comparison:
    """``sides[0] signs[0] sides[1] signs[1] sides[2]``: every neighbouring pair has to compare so."""

    sides: tuple[Numeric, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    inner: Condition


@dataclass(frozen=True, slots=True)
class BoolOp:
    """All of them (``word`` "and"), or at least one ("or")."""

    word: Literal["and", "or"]
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Timed:
    """When the condition has to hold: ``always``, ``within`` the first ``steps``, or ``after`` so many of them."""

    time: Time
    inner: Condition
    steps: int = 0


Numeric = Number | QuantityRef | Arithmetic
Condition = Comparison | Not | BoolOp | Timed
Node = Numeric | Condition


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts of a node."""
    match node:
        case Arithmetic(_, left, right):
            return left, right
        case Comparison(sides):
            return sides
        case BoolOp(_, parts):
            return parts
        case Not(inner) | Timed(_, inner):
            return (inner,)
        case _:
            return ()


def measured(node: Node) -> Iterator[QuantityRef]:
    """Yield every quantity in a tree."""
    if isinstance(node, QuantityRef):
        yield node
    for child in children(node):
        yield from measured(child)


def arguments_of(node: QuantityRef) -> Mapping[str, Argument]:
    """Return the arguments of a quantity by name."""
    return dict(node.arguments)
