"""The figures behind a verdict, as a person would say them: «23 of 24 units alive, 1 stuck at step 500»."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stepviz.engine.common.number_format import number_text, share_text
from stepviz.lessons.expression import Argument, Arithmetic, Number, Numeric, QuantityRef, arguments_of
from stepviz.lessons.quantities import QUANTITIES, written
from stepviz.lessons.quantity import ALL, OUTPUT
from stepviz.lessons.record import Record

# Two figures that differ are written so that one sees it, with so many digits at most.
USUAL_DIGITS, MOST_DIGITS = 3, 9


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity and what was measured of it, from ``low`` to ``high``; ``whole``: of how many, None where it has none.

    ``when`` it was measured, empty where nothing has to be said.
    """

    item: QuantityRef
    low: float
    high: float
    whole: float | None
    when: str


def figures_of(items: Iterable[QuantityRef], record: Record, step: int, steps: Sequence[int]) -> list[Figure]:
    """Return what was measured of quantities at a step or, of those without a moment of their own, at ``steps``."""
    found = []
    for item in dict.fromkeys(items):
        looks = steps if steps and item.at is None and not item.before else (step,)
        values = [value for look in looks if (value := record.value(item, look)) is not None]
        if not values:
            continue
        low, high = min(values), max(values)
        found.append(Figure(item, low, high, record.whole(item), _when(item, record, step, len(looks))))
    return found


def _when(item: QuantityRef, record: Record, step: int, looks: int) -> str:
    if item.before:
        return "at the end of the scene before"
    if looks > 1:
        return f"at all {looks} looks"
    own = step if item.at is None else item.at
    # A scene that does not train has no other moment.
    return "" if record.end == 0 else "at the start" if own == 0 else f"at step {own:,}"


def in_words(figures: Sequence[Figure]) -> str:
    """Return figures as a person would say them; those of one moment together, a name that is clear only once."""
    digits = _digits(figures)
    lone = {figure.item.name for figure in figures if len({o.item.key for o in figures if _alike(o, figure)}) == 1}
    said: list[tuple[str, list[str]]] = []
    last = ""
    for figure in figures:
        text = _sentence(figure, digits, named=figure.item.name not in lone)
        if figure.item.key == last:
            text = text.removeprefix(_name(figure, named=figure.item.name not in lone))
        last = figure.item.key
        if said and said[-1][0] == figure.when:
            said[-1][1].append(text)
        else:
            said.append((figure.when, [text]))
    return "; ".join(f"{', '.join(texts)} {when}".rstrip() for when, texts in said)


def _alike(one: Figure, other: Figure) -> bool:
    return one.item.name == other.item.name


def _digits(figures: Sequence[Figure]) -> int:
    """Return how many digits it takes to tell apart the figures of one quantity that differ."""
    for digits in range(USUAL_DIGITS, MOST_DIGITS):
        told = {(figure.item.name, figure_text(end, digits)) for figure in figures for end in (figure.low, figure.high)}
        if len(told) == len({(figure.item.name, end) for figure in figures for end in (figure.low, figure.high)}):
            return digits
    return MOST_DIGITS


def _sentence(figure: Figure, digits: int, *, named: bool) -> str:
    low, high, whole = figure.low, figure.high, figure.whole
    fields = {
        "value": _span([figure_text(end, digits) for end in (low, high)]),
        "percent": _span([_percent(end) for end in (low, high)]),
        "rest_percent": _span([_percent(1.0 - end) for end in (high, low)]),
    }
    template = QUANTITIES[figure.item.name].words
    if math.isnan(low) or math.isnan(high):
        template = template.partition("{")[0].rstrip(" :") + " {value}" if not template.startswith("{") else "{value}"
    elif whole is not None:
        # A share is counted; a count is what it is.
        scale = whole if QUANTITIES[figure.item.name].unit == "share" else 1.0
        counts = [round(end * scale) for end in (low, high)]
        fields["count"] = _span([f"{count:,}" for count in counts])
        fields["rest"] = _span([f"{round(whole) - count:,}" for count in reversed(counts)])
        fields["whole"] = f"{round(whole):,}"
    elif "{count}" in template or "{whole}" in template:
        template = QUANTITIES[figure.item.name].words_without_whole
    return template.format(**fields, **_places(arguments_of(figure.item).items(), named=named))


def _name(figure: Figure, *, named: bool) -> str:
    """Return what stands before the figure, where it stands last."""
    template = QUANTITIES[figure.item.name].words
    if not template.endswith("{value}"):
        return ""
    return template[: -len("{value}")].format(**_places(arguments_of(figure.item).items(), named=named))


def _places(arguments: Iterable[tuple[str, Argument]], *, named: bool) -> dict[str, str]:
    """Return the words for where a quantity was measured. ``named``: which unit too, where several are compared."""
    given = dict(arguments)
    layer = given.get("layer")
    where = "" if layer in (None, ALL) else " of the output layer" if layer == OUTPUT else f" of layer {layer:g}"
    unit = given.get("unit")
    if unit is not None:
        first = all(given.get(name, 1.0) == 1.0 for name in ("layer", "unit", "input"))
        one = f" {given['input']:g}" if given.get("input", 1.0) != 1.0 else ""
        where = "" if first and not named else f"{one} of unit {unit:g}{where}"
    return {
        "where": where,
        "split": "training" if given.get("split") == "train" else "test",
        "points": "training points" if given.get("split") == "train" else "new points",
        "cause": "" if given.get("cause", "any") == "any" else f" ({given['cause']})",
        "span": f"{given.get('span', 1.0):g}",
        "parameter": str(given.get("name", "")),
    }


def _percent(value: float) -> str:
    return "no share" if math.isnan(value) else share_text(min(1.0, max(0.0, value)))


def _span(ends: list[str]) -> str:
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def calculated(side: Numeric, value: float) -> str:
    """Return what a side that is calculated comes to, where that says more than its parts; else an empty text."""
    if not isinstance(side, Arithmetic) or _scaled(side) or not math.isfinite(value):
        return ""
    return f"{_formula(side)} = {figure_text(value)}"


def _scaled(side: Numeric) -> bool:
    """Return whether a side is a quantity times a number: its figure says it."""
    if isinstance(side, Arithmetic):
        return sum(not isinstance(part, Number) for part in (side.left, side.right)) < 2 and side.sign in "*/"
    return True


def _formula(node: Numeric) -> str:
    match node:
        case Number(value):
            return f"{value:g}"
        case QuantityRef():
            return written(node).replace("_", " ")
        case Arithmetic("-", Number(0.0), right):
            return f"−{_formula(right)}"
        case Arithmetic(sign, left, right):
            inside = [
                f"({_formula(part)})" if isinstance(part, Arithmetic) and not _negative(part) else _formula(part)
                for part in (left, right)
            ]
            return f"{inside[0]} {sign.replace('-', '−')} {inside[1]}"


def _negative(node: Arithmetic) -> bool:
    return node.sign == "-" and node.left == Number(0.0)


def figure_text(value: float, digits: int = USUAL_DIGITS) -> str:
    """Return a figure for the screen: a zero that is exactly zero says so, whatever is only small has its digits."""
    if value == 0:
        return "exactly 0"
    if math.isnan(value):
        return "no number"
    if math.isfinite(value) and value == int(value) and abs(value) < 1e7:
        return f"{int(value):,}".replace("-", "−")
    return number_text(value, digits)
