"""A picture of lines and points with their intervals, as SVG text: no library, and the same bytes each time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape

Numbers = Sequence[float]

WIDTH, HEIGHT = 880, 520
LEFT, RIGHT, TOP, BOTTOM = 92, 250, 56, 64
TICKS = 6
APART = 14.0
LEGEND_LINE, LEAST_LEGEND_LINE = 24, 18
LARGEST = 1e250
# A logarithmic axis that spans less is labelled like a linear one.
NEARLY_EVEN = 6.0
LONGEST_LABEL, TITLE_LETTER = 28, 10


@dataclass(frozen=True, slots=True)
class Paper:
    """What a picture is drawn on and with; a series has one of ``colours``, which begin anew, points hollow."""

    ground: str
    text: str
    muted: str
    grid: str
    colours: Sequence[str]


# Okabe and Ito's colours, which colour-blind people can tell apart, in an order whose neighbours differ most.
WHITE = Paper(
    "#ffffff", "#11161c", "#505b67", "#d5dbe2",
    ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#555555", "#8c6bb1", "#a6761d", "#1b7837"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Series:
    """Points (x, y), joined by a line unless ``line`` is False; ``low`` and ``high`` are the ends of intervals.

    ``closed_form`` draws a dashed line without points. A series without a ``label`` is not in the legend.
    """

    label: str
    x: Numbers
    y: Numbers
    low: Numbers = ()
    high: Numbers = ()
    line: bool = True
    closed_form: bool = False
    colour: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture: title, names of the axes, series. ``x_names`` names the places 0, 1, … of an axis of categories."""

    title: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    log_x: bool = False
    log_y: bool = False
    x_names: Sequence[str] = field(default=())
    y_range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class _Axis:
    """Maps values to places on paper; ``whole``: there are only whole numbers, and so are its ticks."""

    low: float
    high: float
    logarithmic: bool
    start: float
    stop: float
    whole: bool = False

    def place(self, value: float) -> float:
        scale: Callable[[float], float] = math.log10 if self.logarithmic else float
        share = (scale(value) - scale(self.low)) / (scale(self.high) - scale(self.low))
        return self.start + min(1.0, max(0.0, share)) * (self.stop - self.start)

    def shows(self, value: float) -> bool:
        return _shown(value, self.logarithmic)

    def ticks(self) -> list[float]:
        if self.logarithmic and self.high > NEARLY_EVEN * self.low:
            first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            every = max(1, round((last - first) / TICKS))
            powers = [10.0**power for power in range(first, last + 1, every)]
            # Few powers of ten: numbers between them as well.
            digits = (1,) if last - first > 3 else (1, 2, 5)
            return [power * digit for power in powers for digit in digits if self.low <= power * digit <= self.high]
        rough = (self.high - self.low) / TICKS
        unit = 10.0 ** math.floor(math.log10(rough))
        gap = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
        gap = max(gap, 1.0) if self.whole else gap
        first, last = math.ceil(self.low / gap - 1e-9), math.floor(self.high / gap + 1e-9)
        return [float(f"{number * gap:.12g}") for number in range(first, last + 1)]


def svg(chart: Chart, paper: Paper = WHITE, width: int = WIDTH, height: int = HEIGHT) -> str:
    """Return the picture as SVG. What has no place is left out: not finite, or not positive on a logarithmic axis.

    It is ``width`` units wide and ``height`` high, or as high as its legend needs. Type is 14 units high.
    """
    lines_of_legend = 1 + sum(bool(series.label) for series in chart.series)
    spacing = max(LEAST_LEGEND_LINE, min(LEGEND_LINE, (height - TOP) // lines_of_legend))
    height = max(height, TOP + spacing * lines_of_legend)
    places = [x for series in chart.series for x in series.x]
    across = _axis(places, chart.log_x, LEFT, width - RIGHT, None)
    # Between 2 and 3 layers there is nothing.
    across = replace(across, whole=all(float(x).is_integer() for x in places))
    if chart.x_names:
        across = _Axis(-0.5, len(chart.x_names) - 0.5, False, LEFT, width - RIGHT)
    ends = [y for series in chart.series for y in (*series.y, *series.low, *series.high)]
    up = _axis(ends, chart.log_y, height - BOTTOM, TOP, chart.y_range)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="Inter, sans-serif" font-size="14" fill="{paper.text}">',
        f'<rect width="{width}" height="{height}" fill="{paper.ground}"/>',
        _title(chart.title, width - LEFT),
        *_frame(chart, across, up, paper),
    ]
    for series in chart.series:
        lines.extend(_line(series, across, up, paper))
    for number, series in enumerate(chart.series):
        # At one place of an axis of names, the points of several series stand side by side.
        aside = APART * (number - (len(chart.series) - 1) / 2) if chart.x_names and not series.line else 0.0
        lines.extend(_points(series, across, up, aside, paper))
    lines.extend(_legend(chart.series, width - RIGHT + 22, spacing, paper))
    return "\n".join([*lines, "</svg>", ""])


def _title(title: str, room: int) -> str:
    # One that is too long is made smaller, then cut off.
    size = 18 if len(title) * TITLE_LETTER <= room else 14
    return _text(LEFT, 30, _cut(title, room * 18 // (TITLE_LETTER * size)), size=size, bold=True)


def _shown(value: float, logarithmic: bool) -> bool:
    # Near the ends of what a float can be there is no room for an axis around it.
    return abs(value) < LARGEST and (value > 1 / LARGEST or not logarithmic)


def _axis(values: Numbers, logarithmic: bool, start: float, stop: float, given: tuple[float, float] | None) -> _Axis:
    shown = [value for value in values if _shown(value, logarithmic)] or [1.0]
    low, high = given or (min(shown), max(shown))
    if logarithmic:
        if high < low * 1.5:
            low, high = low / 2, high * 2
        return _Axis(low / 1.1, high * 1.1, True, start, stop)
    margin = 0.0 if given else 0.04 * (high - low)
    if high - low <= 1 / LARGEST:
        margin = 0.5 * abs(high) if abs(high) > 1 / LARGEST else 0.5
    return _Axis(low - margin, high + margin, False, start, stop)


def _frame(chart: Chart, across: _Axis, up: _Axis, paper: Paper) -> Iterator[str]:
    for y in up.ticks():
        place = up.place(y)
        yield f'<path d="M{across.start} {place:.2f}H{across.stop}" stroke="{paper.grid}"/>'
        yield _text(LEFT - 10, place + 5, _short(y), anchor="end", colour=paper.muted)
    names = [(float(place), name) for place, name in enumerate(chart.x_names)]
    for x, name in names or [(tick, _short(tick)) for tick in across.ticks()]:
        yield f'<path d="M{across.place(x):.2f} {up.start}v6" stroke="{paper.muted}"/>'
        yield _text(across.place(x), up.start + 23, name, anchor="middle", colour=paper.muted)
    yield f'<path d="M{across.start} {up.stop}V{up.start}H{across.stop}" fill="none" stroke="{paper.muted}"/>'
    yield _text((across.start + across.stop) / 2, up.start + BOTTOM - 16, chart.x_label, anchor="middle")
    middle = (up.start + up.stop) / 2
    yield f'<g transform="rotate(-90 24 {middle})">{_text(24, middle, chart.y_label, anchor="middle")}</g>'


def _places(series: Series, across: _Axis, up: _Axis) -> list[tuple[float, float, int]]:
    return [
        (across.place(x), up.place(y), number)
        for number, (x, y) in enumerate(zip(series.x, series.y, strict=True))
        if across.shows(x) and up.shows(y)
    ]


def _line(series: Series, across: _Axis, up: _Axis, paper: Paper) -> Iterator[str]:
    places = _places(series, across, up)
    if series.line and places:
        path = "L".join(f"{x:.2f} {y:.2f}" for x, y, _ in places)
        dashes = ' stroke-dasharray="7 5"' if series.closed_form else ""
        yield f'<path d="M{path}" fill="none" stroke="{_colour(series, paper)}" stroke-width="2"{dashes}/>'


def _points(series: Series, across: _Axis, up: _Axis, aside: float, paper: Paper) -> Iterator[str]:
    colour = _colour(series, paper)
    for place, y, number in [] if series.closed_form else _places(series, across, up):
        x = place + aside
        if series.low and up.shows(series.low[number]) and up.shows(series.high[number]):
            low, high = up.place(series.low[number]), up.place(series.high[number])
            yield (
                f'<path d="M{x:.2f} {low:.2f}V{high:.2f}m-4 0h8M{x - 4:.2f} {low:.2f}h8" stroke="{colour}" '
                'fill="none" stroke-width="1.5"/>'
            )
        yield _mark(x, y, series, paper)


def _colour(series: Series, paper: Paper) -> str:
    return paper.colours[series.colour % len(paper.colours)]


def _mark(x: float, y: float, series: Series, paper: Paper) -> str:
    colour = _colour(series, paper)
    # Where the colours have begun anew, points are hollow.
    look = f'fill="{colour}"'
    if series.colour >= len(paper.colours):
        look = f'fill="{paper.ground}" stroke="{colour}" stroke-width="1.5"'
    return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="4" {look}/>'


def _legend(all_series: Sequence[Series], left: float, spacing: float, paper: Paper) -> Iterator[str]:
    for number, series in enumerate(series for series in all_series if series.label):
        y, colour = TOP + 8 + spacing * number, _colour(series, paper)
        dashes = ' stroke-dasharray="7 5"' if series.closed_form else ""
        if series.line:
            yield f'<path d="M{left} {y}h26" stroke="{colour}" stroke-width="2"{dashes}/>'
        if not series.closed_form:
            yield _mark(left + 13, y, series, paper)
        yield _text(left + 34, y + 5, _cut(series.label, LONGEST_LABEL))


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 14, colour: str = "", bold: bool = False
) -> str:
    look = (' font-weight="600"' if bold else "") + (f' fill="{colour}"' if colour else "")
    return f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" font-size="{size}"{look}>{escape(text)}</text>'


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else words[: longest - 1] + "…"


def _short(value: float) -> str:
    return f"{value:g}".replace("-", "−")
