"""What a recording says, in sentences for a terminal and as an object for other programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from stepviz.engine.common.number_format import number_text, share_text
from stepviz.probes.stuck_units import ALL_STATES
from stepviz.recordings.findings import all_findings, diagnose_recording
from stepviz.recordings.head import Head
from stepviz.recordings.recorded_run import RecordedRun

MOST_LAYERS_LISTED = 40
_COLUMNS = f"{'layer':<34} {'kind':<14} {'gradient':>10} {'exactly 0':>10} {'update':>9}  units"


def in_text(run: RecordedRun, damaged: int = 0) -> str:
    """Return the summary in lines."""
    if run.head is None:
        return "No head of a recording was read."
    return "\n".join([*_about(run, run.head), "", *_why(run), "", *_layers(run, run.head), *_notes(run, damaged)])


def _about(run: RecordedRun, head: Head) -> Iterator[str]:
    named = [head.model or "A training", f"{len(head.layers):,} layers", f"{head.parameters:,} parameters"]
    yield ", ".join(part for part in [*named, head.optimizer, head.framework] if part and not part.startswith("0 "))
    losses = run.losses.values
    parts = [f"{run.step + 1:,} updates", f"{len(run.flow):,} watched rows"]
    if len(losses):
        parts.append(f"loss {number_text(float(losses[0]))} to {number_text(float(losses[-1]))}")
    parts += [f"{name} {number_text(series.newest())}" for name, series in list(run.logged.items())[:6]]
    yield ", ".join(parts) + ("" if run.ended else "; the recording has no end yet")
    for name, (step, values, about) in run.arrays.items():
        finite = values[np.isfinite(values)]
        if finite.size:
            shape = " x ".join(map(str, values.shape))
            norms = about.get("normalisation")
            words = f", normalisations by {norms}" if norms in ("running", "batch") else ""
            least, most = number_text(float(finite.min())), number_text(float(finite.max()))
            yield f"{name} at step {step:,}: {shape}, from {least} to {most}{words}"
    if run.flow and run.flow[-1].share == run.flow[-1].share:
        yield f"Watching took {share_text(run.flow[-1].share)} of the time, by its own clock"


def _why(run: RecordedRun) -> Iterator[str]:
    yield diagnose_recording(run).sentence + "."
    for finding in sorted(all_findings(run), key=lambda finding: -finding.weight):
        yield f"- {finding.title}: {finding.sentence}."
        yield f"  {finding.advice}"


def _layers(run: RecordedRun, head: Head) -> Iterator[str]:
    yield _COLUMNS
    newest = run.flow[-1].layers if run.flow else None
    for place, layer in enumerate(head.layers[:MOST_LAYERS_LISTED]):
        gradient = zeros = update = "-"
        if newest is not None and newest["entries"][place] > 0:
            gradient = number_text(float(newest["rms"][place]))
            zeros = share_text(float(newest["zeros"][place] / newest["entries"][place]))
            if newest["update_ratio"][place] == newest["update_ratio"][place]:
                update = number_text(float(newest["update_ratio"][place]), 2)
        counts = np.bincount(run.units.states[layer.place], minlength=len(ALL_STATES))
        units = ", ".join(f"{int(count):,} {ALL_STATES[state]}" for state, count in enumerate(counts) if count)
        yield f"{layer.name[:34]:<34} {layer.kind[:14]:<14} {gradient:>10} {zeros:>10} {update:>9}  {units}".rstrip()
    if len(head.layers) > MOST_LAYERS_LISTED:
        yield f"and {len(head.layers) - MOST_LAYERS_LISTED:,} more layers"


def _notes(run: RecordedRun, damaged: int) -> Iterator[str]:
    said = [*(f"step {mark.step:,}: {mark.text}" for mark in run.marks[-20:]), *run.notes[:40]]
    if damaged:
        said.append(f"{damaged:,} damaged places of the file were passed over.")
    if run.dropped:
        said.append(f"{run.dropped:,} blocks were not written: the disk or the memory did not take them.")
    if said:
        yield ""
        yield from said


def as_object(run: RecordedRun, damaged: int = 0) -> dict[str, Any]:
    """Return the summary as what JSON can hold; a number that is not finite is null."""
    head = run.head
    newest = run.flow[-1] if run.flow else None
    layers = []
    for place, layer in enumerate(head.layers if head else ()):
        states = run.units.states[layer.place]
        row = {} if newest is None else {name: _finite(values[place]) for name, values in newest.layers.items()}
        dead = np.flatnonzero(run.units.dead[layer.place])
        layers.append({
            "name": layer.name, "kind": layer.kind, "units": layer.units, **row,
            "states": {ALL_STATES[code]: int(count) for code, count in enumerate(np.bincount(states)) if count},
            "dead": [
                {"unit": int(unit), "state": ALL_STATES[states[unit]], "last": int(run.units.newest[layer.place][unit])}
                for unit in dead
            ],
        })  # fmt: skip
    findings = sorted(all_findings(run), key=lambda finding: -finding.weight)
    return {
        "model": head.model if head else "", "updates": run.step + 1, "watched": len(run.flow),
        "looks": run.units.looks, "loss": _finite(run.losses.newest()), "ended": run.ended, "damaged": damaged,
        "dropped": run.dropped, "share": _finite(newest.share) if newest else None,
        "logged": {name: _finite(series.newest()) for name, series in run.logged.items()},
        "sentence": diagnose_recording(run).sentence,
        "findings": [
            {"name": one.name, "title": one.title, "sentence": one.sentence, "advice": one.advice, "weight": one.weight}
            for one in findings
        ],
        "layers": layers, "marks": [{"step": mark.step, "text": mark.text} for mark in run.marks], "notes": run.notes,
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
