"""What explains a recorded training, in sentences: the layers by the person's names, each with its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from stepviz.engine.common.arrays import Array, Ints
from stepviz.engine.common.number_format import number_text, share_text
from stepviz.probes.diagnosis import Diagnosis
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.trend import trend_of
from stepviz.probes.findings.words import capital, counted, inside, verb
from stepviz.probes.stuck_units import FLAT, NO_SIGNAL, ROUNDED_AWAY, STARVED
from stepviz.recordings.head import Head, RecordedLayer
from stepviz.recordings.recorded_run import FlowRow, RecordedRun
from stepviz.recordings.unit_states import UnitStates

MOST_FINDINGS = 3
# Beyond these a figure is named.
LARGE_UPDATE, HUGE_UPDATE = 0.1, 1.0
VANISHED = 1e-4
# A network learns well with a few dead units: below this share of a layer they are a remark.
ILL_SHARE = 0.25
MANY_UNCHANGED = 0.5
NEAR = 50
# What dies within so many steps dies of the same.
TOGETHER = 10
_CAUSES = {FLAT: "f' is exactly 0 for every example", STARVED: "no error signal arrives from behind", NO_SIGNAL: ""}


def diagnose_recording(run: RecordedRun) -> Diagnosis:
    """Return what explains the run, the weightiest first; the sentence says how the loss moves as well."""
    found = sorted(all_findings(run), key=lambda finding: -finding.weight)
    return Diagnosis(_sentence(run, found), tuple(found[:MOST_FINDINGS]))


def all_findings(run: RecordedRun) -> list[Finding]:
    """Return everything that was found, in no order."""
    if run.head is None:
        return []
    return [finding for look in _LOOKS for finding in look(run, run.head)]


def _sentence(run: RecordedRun, found: Sequence[Finding]) -> str:
    ill = [finding for finding in found if finding.ill]
    reason = inside(ill[0].sentence) if ill else _well(run)
    if ill and ill[0].whole:
        return ill[0].sentence
    trend = trend_of(run.losses.values[-4096:])
    if trend == "falling":
        return f"Loss is falling{', but ' if ill else ': '}{reason}"
    if trend in ("flat", "rising"):
        return f"Loss is {trend}: {reason}"
    return f"At step {run.step:,}: {reason}" if run.step >= 0 else "No update has been recorded yet"


def _well(run: RecordedRun) -> str:
    units = run.units
    if not run.flow:
        return "no update was watched yet"
    dead = int(np.count_nonzero(units.dead))
    total = int(np.count_nonzero(units.signal >= 0))
    if not total:
        return "gradients arrive, single units were not seen"
    return f"{counted(total - dead, total, 'units that were seen')} {verb(total - dead)} alive"


def _not_finite(run: RecordedRun, _head: Head) -> Iterator[Finding]:
    values = run.losses.values
    if not len(values) or np.isfinite(values[-1]):
        return
    bad = ~np.isfinite(values)
    first = len(values) - int(np.argmin(bad[::-1])) if not bad.all() else 0
    step = int(run.losses.steps[first])
    cause = _large_update(run, step)
    yield Finding(
        "diverged", "Not finite",
        f"The loss has not been a finite number since step {step:,}{f'; {cause}' if cause else ''}",
        "Start anew from before that with a learning rate of a tenth, a warm-up, or clipped gradients; in float16 "
        "look at the loss scale.", None, 100.0, whole=True,
    )  # fmt: skip


def _dead_units(run: RecordedRun, head: Head) -> Iterator[Finding]:
    units = run.units
    layers = [(layer, np.flatnonzero(units.dead[layer.place])) for layer in head.layers if layer.units]
    struck = [(layer, found) for layer, found in layers if len(found)]
    if not struck:
        return
    struck.sort(key=lambda pair: -len(pair[1]) / pair[0].units)
    parts = [_dead_in(units, layer, found) for layer, found in struck[:3]]
    if len(struck) > 3:
        rest = sum(len(found) for _, found in struck[3:])
        parts.append(f"{rest:,} more in {len(struck) - 3} other layers")
    moments = np.concatenate([units.newest[layer.place][found] for layer, found in struck]) + 1
    _, commonest, _ = _densest(moments)
    cause = _large_update(run, commonest) if commonest else ""
    looked = f"{units.looks:,} of {units.step + 1:,} updates were looked at"
    share_dead = sum(len(found) for _, found in struck) / max(1, head.units)
    states = units.states[units.dead]
    flat = np.count_nonzero(states == FLAT) >= len(states) / 2
    most = max(len(found) / layer.units for layer, found in struck)
    yield Finding(
        "dead units", "Units without a signal",
        capital("; ".join(parts)) + (f". {capital(cause)}" if cause else "") + f" ({looked})",
        ("Units that died do not come back by training: start anew with a smaller learning rate, a warm-up or clipped "
         "gradients, or with an activation that is never flat (leaky ReLU, GELU)." if flat and commonest else
         "They were without a signal from the beginning: look at the initialisation and at the scale of the inputs."
         if not commonest else "Look at the layers behind them: what is lost there cannot arrive here."),
        None, 60.0 + 20.0 * share_dead + 15.0 * most if most >= ILL_SHARE else 9.0,
    )  # fmt: skip


def _dead_in(units: UnitStates, layer: RecordedLayer, found: Ints) -> str:
    states = units.states[layer.place][found]
    moments = units.newest[layer.place][found] + 1
    first, last, count = _densest(moments)
    when = "since the start" if not last else f"since step {first:,}" + (f" to {last:,}" if last > first else "")
    if count < len(found) / 2:
        when = f"since some step from {int(moments.min()):,} to {int(moments.max()):,}"
    elif count < len(found):
        when += f" ({count:,} of them; the others since other steps)"
    causes = [_CAUSES[state] for state in (FLAT, STARVED) if np.count_nonzero(states == state) > len(states) / 2]
    dead = f"{counted(len(found), layer.units, layer.noun)} {'has' if len(found) == 1 else 'have'} had no signal"
    return f"in {layer.name}, {dead} {when}" + (f", {causes[0]}" if causes else "")


def _densest(moments: Ints) -> tuple[int, int, int]:
    """Return the first and the last of the moments in the span of 10 steps with the most of them, and how many."""
    ordered = np.sort(moments)
    ends = np.searchsorted(ordered, ordered + TOGETHER, side="right")
    start = int(np.argmax(ends - np.arange(len(ordered))))
    return int(ordered[start]), int(ordered[ends[start] - 1]), int(ends[start] - start)


def _large_update(run: RecordedRun, step: int) -> str:
    """Return in words which large update, or which mark, stands shortly before a step; nothing where none does."""
    before = [row for row in run.flow if step - NEAR <= row.step < max(step, 1)]
    marks = [mark for mark in run.marks if step - NEAR <= mark.step <= step]
    said = [f"at step {mark.step:,}: {mark.text}" for mark in marks[-3:]]
    if before and run.head is not None:
        ratios = np.array([row.layers["update_ratio_high"] for row in before])
        if np.isfinite(ratios).any():
            place, layer = np.unravel_index(int(np.nanargmax(np.where(np.isinf(ratios), np.nan, ratios))), ratios.shape)
            ratio = float(ratios[place, layer])
            if ratio >= LARGE_UPDATE:
                said.append(
                    f"the update at {before[int(place)].step:,} was {number_text(ratio, 2)} times the weights of "
                    f"{run.head.layers[int(layer)].name}"
                )
    return "; ".join(said)


def _no_gradient(run: RecordedRun, head: Head) -> Iterator[Finding]:
    if not run.flow:
        return
    layers = run.flow[-1].layers
    zero = (layers["entries"] > 0) & (layers["zeros"] == layers["entries"])
    names = [layer.name for layer, none in zip(head.layers, zero, strict=True) if none]
    if not names:
        return
    recent = [row.layers for row in run.flow[-5:]]
    always = all(((row["zeros"] == row["entries"]) | ~zero).all() for row in recent) and len(recent) >= 3
    yield Finding(
        "no gradient", "No gradient",
        f"Every entry of the gradient of {_names(names)} is exactly 0" + (
            f" in the newest {len(recent)} watched updates" if always else f" at step {run.flow[-1].step:,}"),
        "Look for units without a signal there or behind it, for a detach or no_grad in the forward pass, and in "
        "float16 for a loss scale that is too small.", None, 80.0 if always else 9.0,
    )  # fmt: skip


def _vanishing(run: RecordedRun, head: Head) -> Iterator[Finding]:
    rows = [row.layers["rms"] for row in run.flow[-8:]]
    if len(rows) < 3:
        return
    typical = _typical(rows)
    with_weights = [place for place, layer in enumerate(head.layers) if typical[place] > 0 and not _normalises(layer)]
    if len(with_weights) < 3:
        return
    first, last = with_weights[0], with_weights[-1]
    ratio = typical[first] / typical[last]
    if ratio < VANISHED:
        a_layer = (1 / ratio) ** (1 / (len(with_weights) - 1))
        yield Finding(
            "vanishing", "Vanishing gradients",
            f"The gradient falls from {number_text(float(typical[last]), 2)} in {head.layers[last].name} to "
            f"{number_text(float(typical[first]), 2)} in {head.layers[first].name}, by a factor of "
            f"{number_text(float(a_layer), 2)} from layer to layer",
            "Use an activation whose derivative is 1 where it is active (ReLU, GELU), an initialisation made for it, "
            "normalisation or residual connections.", None, 50.0,
        )  # fmt: skip
    elif ratio > 1 / VANISHED:
        yield Finding(
            "exploding", "Exploding gradients",
            f"The gradient grows from {number_text(float(typical[last]), 2)} in {head.layers[last].name} to "
            f"{number_text(float(typical[first]), 2)} in {head.layers[first].name}",
            "Clip the gradients, make the initial weights smaller, or normalise.", None, 50.0,
        )  # fmt: skip


def _typical(rows: Sequence[Array]) -> Array:
    """Return the median per layer of what is finite; NaN for a layer of which nothing is."""
    table = np.where(np.isfinite(rows), rows, np.nan)
    known = np.isfinite(table).any(axis=0)
    typical = np.full(table.shape[1], np.nan)
    typical[known] = np.nanmedian(table[:, known], axis=0)
    return typical


def _normalises(layer: RecordedLayer) -> bool:
    return "Norm" in layer.kind or layer.kind == "Embedding"


def _large_updates(run: RecordedRun, head: Head) -> Iterator[Finding]:
    rows = [row.layers["update_ratio"] for row in run.flow[-8:]]
    if len(rows) < 3:
        return
    typical = _typical(rows)
    if not np.isfinite(typical).any():
        return
    worst = int(np.nanargmax(typical))
    # Biases that begin at 0 change by more than they are.
    if typical[worst] > HUGE_UPDATE or (typical[worst] > LARGE_UPDATE and np.nanmedian(typical) > LARGE_UPDATE):
        yield Finding(
            "large updates", "Large updates",
            f"An update changes {head.layers[worst].name} by {number_text(float(typical[worst]), 2)} of its size",
            "A thousandth to a hundredth is usual: make the learning rate smaller, or warm it up.", None, 40.0,
        )  # fmt: skip


def _rounded(run: RecordedRun, head: Head) -> Iterator[Finding]:
    rows = [row.layers for row in run.flow[-5:]]
    if len(rows) < 3:
        return
    kept = np.array([np.where(row["unchanged"] >= 0, row["unchanged"], 0) for row in rows]).sum(0)
    moved = np.array([np.where(row["unchanged"] >= 0, row["entries"] - row["zeros"], 0) for row in rows]).sum(0)
    shares = np.where(moved > 0, kept / np.maximum(moved, 1), 0.0)
    struck = [place for place in range(len(head.layers)) if shares[place] > MANY_UNCHANGED]
    if not struck:
        return
    worst = max(struck, key=lambda place: shares[place])
    whole = int(np.count_nonzero(run.units.states == ROUNDED_AWAY))
    yield Finding(
        "rounded away", "Updates are rounded away",
        f"{share_text(float(shares[worst]))} of the entries of {head.layers[worst].name} that have a gradient did not "
        "change in the update: it was smaller than the weights' last digit"
        + (f"; {whole:,} units did not change at all" if whole else "")
        + (f" ({len(struck)} layers are like this)" if len(struck) > 1 else ""),
        "Keep a float32 copy of the weights (train with autocast instead of half-precision weights), or use "
        "stochastic rounding; a larger learning rate helps where it is possible.", None, 45.0,
    )  # fmt: skip


def _underflow(run: RecordedRun, head: Head) -> Iterator[Finding]:
    if len(run.flow) < 3 or not any(" in float16" in note for note in run.notes):
        return
    rows: list[FlowRow] = run.flow[-5:]
    zeros = np.array([row.layers["zeros"] for row in rows]).sum(0)
    entries = np.maximum(1, np.array([row.layers["entries"] for row in rows]).sum(0))
    dead = np.array([
        run.units.dead[layer.place].mean() if layer.units else 0.0 for layer in head.layers
    ])  # fmt: skip
    shares = zeros / entries
    struck = [p for p in range(len(head.layers)) if shares[p] > 0.5 and shares[p] - dead[p] > 0.3]
    if struck:
        worst = max(struck, key=lambda place: shares[place])
        yield Finding(
            "underflow", "Gradients underflow",
            f"{share_text(float(shares[worst]))} of the gradient of {head.layers[worst].name} is exactly 0 in "
            "float16, at a "
            f"loss scale of {number_text(rows[-1].scale)}",
            "What is smaller than 6·10⁻⁸ is 0 in float16: use a GradScaler, a larger loss scale, or bfloat16.",
            None, 55.0,
        )  # fmt: skip


def _unseen(run: RecordedRun, _head: Head) -> Iterator[Finding]:
    silent = int(np.count_nonzero(run.units.silent_sums))
    if silent:
        yield Finding(
            "silent sums", "Silent units",
            f"The bias gradients of {silent:,} units have been exactly 0 for at least 100 updates; single examples "
            "were not seen, so that they may still live",
            "Watch some updates without torch.compile to see them.", None, 30.0,
        )  # fmt: skip


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more layers" if len(names) > 4 else "")


_LOOKS: tuple[Callable[[RecordedRun, Head], Iterator[Finding]], ...] = (
    _not_finite, _dead_units, _no_gradient, _vanishing, _large_updates, _rounded, _underflow, _unseen,
)  # fmt: skip
