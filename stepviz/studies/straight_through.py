"""Coarse gradients of a step network with Gaussian inputs, against their closed forms.

Yin, Lyu, Zhang, Osher, Qi and Xin 2019, Understanding straight-through estimator (arXiv 1903.05662). The network is
y = v · H(Z w): m step units that share the weights w (n numbers), each with its own row of Z (m, n), all standard
normal; v are m weights. The target is the same network with v*, w*, |w*| = 1. The loss of one Z is (y - y*)² / 2.
The true gradient for w is 0 for almost every Z. The *coarse* gradient puts a backward rule μ' in the place of H':

    g = Z^T (μ'(Z w) ∘ v) (y - y*).

Written in the plane of w and w*: e1 = w/|w|, w* = cos θ e1 + sin θ e2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.common.arrays import Array
from stepviz.export.columns import Table
from stepviz.studies.chart import Chart, Series
from stepviz.studies.intervals import mean_interval
from stepviz.studies.settings import names, number, whole
from stepviz.studies.study import Cell, Draws, Results, Row, Study, fitting

RULES = ("straight-through", "relu-ste", "clipped-relu-ste")
POINTS = ("between", "minimum")
SAMPLES = 1000
DESCENT_STEPS, DESCENT_RATE = 2000, 0.05


def population_loss(v: Array, target: Array, theta: float) -> float:
    """Return f = E (y - y*)² / 2 for v, v* (m,) and the angle between w and w* (Yin et al. 2019).

    1/8 [v^T (I + 11^T) v - 2 v^T ((1 - 2θ/π) I + 11^T) v* + v*^T (I + 11^T) v*], because E H(z·w) H(z·w*) =
    (π - θ) / 2π for one row, and 1/4 for two.
    """
    cross = (1 - 2 * theta / math.pi) * (v @ target) + v.sum() * target.sum()
    return float((v @ v + v.sum() ** 2 - 2 * cross + target @ target + target.sum() ** 2) / 8)


def gradient_of_v(v: Array, target: Array, theta: float) -> Array:
    """Return df/dv (m,) = (I + 11^T) v / 4 - ((1 - 2θ/π) I + 11^T) v* / 4."""
    return (v + v.sum() - (1 - 2 * theta / math.pi) * target - target.sum()) / 4


def best_v(target: Array, theta: float) -> Array:
    """Return the v (m,) at which df/dv is 0. At θ = 0 it is v*; at θ = π it makes w a spurious local minimum."""
    right = (1 - 2 * theta / math.pi) * target + target.sum()
    return right - right.sum() / (1 + len(target))


def gradient_of_w(v: Array, target: Array, theta: float, length: float) -> float:
    """Return the part of df/dw along e2 for 0 < θ < π, -v·v* / (2π |w|); along e1 it is 0 (Yin et al. 2019)."""
    return float(-(v @ target) / (2 * math.pi * length))


def coarse_gradient(rule: str, v: Array, target: Array, theta: float, length: float) -> tuple[float, float]:
    """Return E g along e1 and e2, for |w| = ``length`` and a rule of ``RULES``.

    For a rule μ' that is 0 for x <= 0, taking rows apart, E g = h A - (v·v*) B with A = E z μ'(z·w),
    B = E z μ'(z·w) H(z·w*), h = (|v|² + (1·v)² - (1·v)(1·v*) + v·v*) / 2. For μ' = 1 on 0 < x < 1 (clipped ReLU) let
    c = 1/|w|, for ReLU c = ∞; φ and Φ are the standard normal density and distribution:

    A = (φ(0) - φ(c)) e1;  B·e2 = sin θ erf(c / (√2 sin θ)) / (2 √(2π));
    B·e1 = φ(0)/2 - φ(c) Φ(c cot θ) + cot θ B·e2.

    For ReLU then B = cos(θ/2) (e1 + w*) / |e1 + w*| / √(2π), as in the paper. For μ' = 1 everywhere (identity)
    E g = (|v|² e1 - (v·v*) w*) / √(2π): not 0 at the spurious minimum θ = π, where the others are.
    """
    density = 1 / math.sqrt(2 * math.pi)
    both = float(v @ target)
    sine, cosine = math.sin(theta), math.cos(theta)
    if rule == "straight-through":
        return density * (float(v @ v) - both * cosine), -density * both * sine + 0.0
    h = (float(v @ v) + float(v.sum()) ** 2 - float(v.sum() * target.sum()) + both) / 2
    end = 0.0 if rule == "relu-ste" else density * math.exp(-0.5 / length**2)
    if sine < 1e-12:
        # w* on the line of w: the same half of the rows, or the other.
        along = density - end if cosine > 0 else 0.0
        return h * (density - end) - both * along, 0.0
    # Φ(c cot θ) for c = ∞ is 0 or 1, times φ(c) = 0.
    reach = math.inf if rule == "relu-ste" else 1 / length
    across = sine * math.erf(reach / (math.sqrt(2) * sine)) * density / 2
    share = 0.0 if rule == "relu-ste" else 0.5 * (1 + math.erf(cosine / sine / length / math.sqrt(2)))
    along = density / 2 - end * share + cosine / sine * across
    return h * (density - end) - both * along, -both * across


def descend(rule: str, v: Array, target: Array, theta: float, length: float) -> float:
    """Return the loss after steps of gradient descent with df/dv and E g from here, in the plane of w and w*."""
    v, w, goal = v.copy(), np.array([length, 0.0]), np.array([math.cos(theta), math.sin(theta)])
    for _ in range(DESCENT_STEPS):
        size = float(np.hypot(w[0], w[1]))
        e1 = w / size
        part = float(goal @ e1)
        rest = goal - part * e1
        angle = math.atan2(float(np.hypot(rest[0], rest[1])), part)
        e2 = rest / max(float(np.hypot(rest[0], rest[1])), 1e-300)
        along, across = coarse_gradient(rule, v, target, angle, size)
        v = v - DESCENT_RATE * gradient_of_v(v, target, angle)
        w = w - DESCENT_RATE * (along * e1 + across * e2)
    angle = math.acos(max(-1.0, min(1.0, float(goal @ w) / float(np.hypot(w[0], w[1])))))
    return population_loss(v, target, angle)


def place(cell: Cell) -> tuple[Array, Array, float]:
    """Return v, v* (m,) and θ of a cell: v* rises from 1 to 2; v is the best one at θ, or half-way to -v* reversed."""
    target = np.linspace(1.0, 2.0, cell["units"])
    theta = math.radians(cell["angle"])
    return (best_v(target, theta) if cell["point"] == "minimum" else target - 0.5 * target[::-1]), target, theta


def at_once(cell: Cell) -> int:
    """Return how many batches of samples fit a chunk."""
    return fitting(8 * SAMPLES * cell["units"] * (cell["inputs"] + 6), most=50)


def run(cell: Cell, draws: Draws) -> Results:
    """Return for each batch of 1,000 samples the mean loss and the mean of g along e1 and e2."""
    v, target, theta = place(cell)
    generator, units, length = draws.generator(), cell["units"], cell["length"]
    rule = BACKWARD_RULES[cell["rule"]]
    assert rule.derivative is not None
    found = np.empty((3, draws.count))
    for draw in range(draws.count):
        z = generator.standard_normal((SAMPLES, units, cell["inputs"]))
        before = length * z[:, :, 0]
        toward = math.cos(theta) * z[:, :, 0] + math.sin(theta) * z[:, :, 1]
        error = (before >= 0) @ v - (toward >= 0) @ target
        slope, scratch = np.empty_like(before), np.empty_like(before)
        rule.derivative(before, tuple(entry.default for entry in rule.parameters), slope, scratch)
        signal = slope * v * error[:, None]
        found[0, draw] = np.mean(error**2) / 2
        found[1, draw] = np.mean((signal * z[:, :, 0]).sum(axis=1))
        found[2, draw] = np.mean((signal * z[:, :, 1]).sum(axis=1))
    return {"loss": found[0], "along": found[1], "across": found[2]}


def rows(cell: Cell, results: Results) -> Sequence[Row]:
    """Return the one row of a cell: means over samples with intervals, each with its closed form behind."""
    v, target, theta = place(cell)
    along, across = coarse_gradient(cell["rule"], v, target, theta, cell["length"])
    row: Row = {"samples": SAMPLES * len(results["loss"])}
    for name, expected in (("loss", population_loss(v, target, theta)), ("along", along), ("across", across)):
        mean, low, high = mean_interval(results[name])
        row |= {name: mean, f"{name}_low": low, f"{name}_high": high, f"{name}_expected": expected}
    inside = 0.0 < cell["angle"] < 180.0
    row["true_across"] = gradient_of_w(v, target, theta, cell["length"]) if inside else None
    row["loss_after_descent"] = descend(cell["rule"], v, target, theta, cell["length"])
    return [row]


def charts(table: Table) -> dict[str, Chart]:
    """Return a picture for each point: the coarse gradients over the angle, dashed lines for the closed forms."""
    columns = {name: list(column) for name, column in table.columns.items()}
    pictures = {}
    for point in dict.fromkeys(columns["point"]):
        for part, words in (("along", "along w"), ("across", "from w towards w*")):
            series = []
            for colour, rule in enumerate(dict.fromkeys(columns["rule"])):
                chosen = [
                    row for row, pair in enumerate(zip(columns["rule"], columns["point"], strict=True))
                    if pair == (rule, point)
                ]  # fmt: skip
                x, mean, low, high, exact = (
                    [columns[name][row] for row in chosen]
                    for name in ("angle", part, f"{part}_low", f"{part}_high", f"{part}_expected")
                )
                series.append(Series(rule, x, mean, low, high, line=False, colour=colour))
                series.append(Series("", x, exact, closed_form=True, colour=colour))
            where = "v at its best" if point == "minimum" else "v elsewhere"
            title = f"Expected coarse gradient {words}, {where} (dashed: closed form)"
            pictures[f"-{point}-{part}"] = Chart(title, "angle between w and w* in degrees", "coarse gradient", series)
    return pictures


STRAIGHT_THROUGH = Study(
    key="straight-through",
    title="Coarse gradients of a step network against their closed forms",
    asks="A rule stands in for the derivative of the step. Where does the gradient that it gives point on average, "
    "and does it rest at a minimum?",
    paper="Yin, Lyu, Zhang, Osher, Qi and Xin 2019, Understanding straight-through estimator, arXiv 1903.05662",
    settings=(
        number("angle", "between w and w*, in degrees", tuple(15.0 * part for part in range(13)), 0.0, 180.0),
        names("rule", "that stands in for the step's derivative", RULES, RULES),
        names("point", "v: the best one for this angle (at 180 degrees a local minimum), or another", POINTS, POINTS),
        whole("units", "rows of Z", (4,), 2, 64, many=False),
        whole("inputs", "columns of Z", (4,), 2, 64, many=False),
        number("length", "of w", (1.0,), 0.01, 100.0, many=False),
    ),
    draws=1000,
    drawn="batches of 1,000 samples",
    at_once=at_once,
    run=run,
    rows=rows,
    charts=charts,
    closed_forms=("loss_expected", "along_expected", "across_expected", "true_across", "loss_after_descent"),
)
