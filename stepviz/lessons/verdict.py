"""Whether a claim holds on what was measured, and with which figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from stepviz.lessons.evidence import Figure, calculated, figures_of, in_words
from stepviz.lessons.expression import (
    Arithmetic,
    BoolOp,
    Comparison,
    Condition,
    Node,
    Not,
    Number,
    Numeric,
    QuantityRef,
    Timed,
    children,
    measured,
)
from stepviz.lessons.record import Record

State = Literal["open", "holds", "fails"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a claim stands: ``figure`` is the first number it speaks of (NaN where none is known), ``measured`` all of
    them in words, with the step, for example «training loss 0.93 at step 120».
    """  # noqa: D205  # the two belong together

    state: State
    measured: str
    figure: float = math.nan

    def __str__(self) -> str:
        """Return the whole line: «holds: training loss 0.93 at step 120»."""
        words = {"open": "open", "holds": "holds", "fails": "does not hold"}[self.state]
        if not self.measured:
            return words
        return f"{words}: {self.measured}"


def judge(condition: Condition, record: Record) -> Verdict:
    """Return the verdict on a condition, given what was measured so far.

    A comparison without a word of time is judged at the end of the scene. A run that ended early leaves what was not
    decided by then as not holding.
    """
    known = _holds(condition, record)
    if known is None and record.over:
        known = False
    state: State = "open" if known is None else "holds" if known else "fails"
    parts = [_figures(leaf, record) for leaf in _leaves(condition)]
    # The same quantity of the same moment is said once.
    figures = {(figure.item.key, figure.when): figure for part in parts for figure in part.figures}
    texts = [in_words(list(figures.values())), *dict.fromkeys(text for part in parts for text in part.calculated)]
    figure = next((part.first for part in parts if not math.isnan(part.first)), math.nan)
    if state == "fails" and record.why_over:
        texts.append(record.why_over)
    return Verdict(state, "; ".join(text for text in texts if text), figure)


def true_at_a_look(condition: Condition, record: Record) -> bool:
    """Return whether a condition without words of time was true at some look: what a scene waits for to go on."""
    if isinstance(condition, Timed) or any(isinstance(child, Timed) for child in children(condition)):
        return judge(condition, record).state == "holds"
    return any(_at(condition, record, step) for step in record.values)


# Three-valued: None where it is not known yet


def _holds(node: Condition, record: Record) -> bool | None:
    match node:
        case Not(inner):
            known = _holds(inner, record)
            return None if known is None else not known
        case BoolOp(word, parts):
            return _joined(word, [_holds(part, record) for part in parts])
        case Timed():
            return _timed(node, record)
        case _:
            return _at(node, record, record.end)


def _joined(word: str, known: list[bool | None]) -> bool | None:
    decisive = word == "or"
    if decisive in known:
        return decisive
    return None if None in known else not decisive


def _timed(node: Timed, record: Record) -> bool | None:
    if node.time == "after":
        return _at(node.inner, record, node.steps)
    found = [_at(node.inner, record, step) for step in _looks(node, record)]
    if node.time == "always":
        ended = record.end in record.values
        return False if False in found else None if None in found or not ended else True
    ended = node.steps in record.values
    return True if True in found else False if ended else None


def _looks(node: Timed, record: Record) -> list[int]:
    return [step for step in sorted(record.values) if node.time == "always" or step <= node.steps]


def _at(node: Condition, record: Record, step: int) -> bool | None:
    match node:
        case Not(inner):
            known = _at(inner, record, step)
            return None if known is None else not known
        case BoolOp(word, parts):
            return _joined(word, [_at(part, record, step) for part in parts])
        case Comparison(sides, signs):
            values = [_number(side, record, step) for side in sides]
            if any(value is None for value in values):
                return None
            pairs = zip(values, signs, values[1:], strict=False)
            return all(_compare(left, sign, right) for left, sign, right in pairs)
        case _:
            return _timed(node, record)


def _compare(left: float | None, sign: str, right: float | None) -> bool:
    if left is None or right is None or math.isnan(left) or math.isnan(right):
        return False
    match sign:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "==":
            return left == right
        case _:
            return left != right


def _number(node: Numeric, record: Record, step: int) -> float | None:
    match node:
        case Number(value):
            return value
        case QuantityRef():
            return record.value(node, step)
        case Arithmetic(sign, left, right):
            a, b = _number(left, record, step), _number(right, record, step)
            return None if a is None or b is None else _calculate(sign, a, b)


def _calculate(sign: str, a: float, b: float) -> float:
    match sign:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case _:
            return a / b if b else math.nan


# The figures behind a verdict


def _leaves(node: Condition) -> Iterator[Comparison | Timed]:
    """Yield the comparisons with their words of time."""
    if isinstance(node, Comparison | Timed):
        yield node
    else:
        for child in children(node):
            if isinstance(child, Comparison | Timed | Not | BoolOp):
                yield from _leaves(child)


class _Part(NamedTuple):
    """What was measured of one comparison: its quantities, what was calculated from them, its first number."""

    figures: list[Figure]
    calculated: list[str]
    first: float


def _figures(leaf: Comparison | Timed, record: Record) -> _Part:
    step = _telling_step(leaf, record)
    sides = [side for comparison in _comparisons(leaf) for side in comparison.sides if any(measured(side))]
    values = [] if step is None else [(side, value) for side in sides
                                      if (value := _number(side, record, step)) is not None]  # fmt: skip
    if step is None or not values:
        return _Part([], [], math.nan)
    throughout = isinstance(leaf, Timed) and leaf.time == "always" and _timed(leaf, record)
    looks = sorted(record.values) if throughout else []
    items = [item for side, _ in values for item in measured(side)]
    said = [] if throughout else [text for side, value in values if (text := calculated(side, value))]
    return _Part(figures_of(items, record, step, looks), said, values[0][1])


def _telling_step(leaf: Comparison | Timed, record: Record) -> int | None:
    """Return the step whose figures decide, or the newest one while nothing is decided."""
    if isinstance(leaf, Comparison):
        return record.end if record.end in record.values else record.newest
    if leaf.time == "after" and leaf.steps in record.values:
        return leaf.steps
    looks = _looks(leaf, record)
    decisive = leaf.time == "within"
    for step in looks:
        if _at(leaf.inner, record, step) is decisive:
            return step
    return looks[-1] if looks else None


def _comparisons(node: Node) -> Iterator[Comparison]:
    if isinstance(node, Comparison):
        yield node
    else:
        for child in children(node):
            yield from _comparisons(child)
