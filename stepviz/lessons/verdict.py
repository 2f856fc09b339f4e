"""Whether a claim holds on what was measured, and with which figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from stepviz.engine.common.number_format import measured_text, step_text
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
from stepviz.lessons.quantities import written
from stepviz.lessons.record import Record

State = Literal["open", "holds", "fails"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a claim stands: ``figure`` is the first number it speaks of (NaN where none is known), ``measured`` all of
    them in words, with the step, for example «0.93 at step 120».
    """  # noqa: D205  # the two belong together

    state: State
    measured: str
    figure: float = math.nan

    def __str__(self) -> str:
        """Return the whole line: «holds, measured 0.93 at step 120»."""
        words = {"open": "open", "holds": "holds", "fails": "does not hold"}[self.state]
        if not self.measured:
            return words
        return f"{words}, {'now' if self.state == 'open' else 'measured'} {self.measured}"


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
    texts = [text for text, _ in parts if text]
    figure = next((number for _, number in parts if not math.isnan(number)), math.nan)
    if state == "fails" and record.why_over:
        texts.append(record.why_over)
    return Verdict(state, "; ".join(dict.fromkeys(texts)), figure)


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


def _figures(leaf: Comparison | Timed, record: Record) -> tuple[str, float]:
    step = _telling_step(leaf, record)
    if step is None:
        return "", math.nan
    sides = [side for comparison in _comparisons(leaf) for side in comparison.sides if any(measured(side))]
    values = [(side, value) for side in sides if (value := _number(side, record, step)) is not None]
    if not values:
        return "", math.nan
    own_steps = {item.at for side, _ in values for item in measured(side) if not item.before}
    where = f"at step {own_steps.pop() if None not in own_steps and len(own_steps) == 1 else step:,}"
    texts = [(side, figure_text(value)) for side, value in values]
    if isinstance(leaf, Timed) and leaf.time == "always" and _timed(leaf, record):
        texts = [(side, _range_text(side, record)) for side, _ in values]
        where = f"at all {len(record.values)} looks"
    named = [f"{_name(side)} = {text}" if len(texts) > 1 else text for side, text in texts]
    return f"{', '.join(dict.fromkeys(named))} {where}", values[0][1]


def _range_text(side: Numeric, record: Record) -> str:
    found = [value for look in record.values if (value := _number(side, record, look)) is not None]
    low, high = min(found), max(found)
    return figure_text(low) if low == high else f"{figure_text(low)} to {figure_text(high)}"


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


def _name(node: Numeric) -> str:
    match node:
        case Number(value):
            return f"{value:g}"
        case QuantityRef():
            return written(node)
        case Arithmetic(sign, left, right):
            inside = [f"({_name(side)})" if isinstance(side, Arithmetic) else _name(side) for side in (left, right)]
            return f"{inside[0]} {sign} {inside[1]}"


def figure_text(value: float) -> str:
    """Return a figure for the screen: a zero that is exactly zero says so, whatever is only small has its digits."""
    count = math.isfinite(value) and value == int(value) and 0 < abs(value) < 1e7
    return step_text(value) if count else measured_text(value)
