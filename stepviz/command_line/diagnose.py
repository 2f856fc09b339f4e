"""``stepviz diagnose``: train a run, then say what keeps it from learning, by trying cures on copies of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from stepviz.command_line.field_values import opened, with_values
from stepviz.engine.data.dataset import Dataset
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.twins.diagnosing import diagnose
from stepviz.probes.twins.report import Tried, TwinDiagnosis, TwinFinding
from stepviz.probes.twins.reporting import causes

SESSION = ".stepviz-session"
STEPS = 1000
_POINTS = 200


def diagnose_file(file: Path | None, changes: Sequence[str], steps: int | None, *, as_json: bool) -> int:
    """Print the diagnosis of an experiment, a table or a session; ``changes`` are ``field=value``.

    ``steps``: how long it is trained first (None: 1,000; a session not at all). Raises InputError for settings that
    cannot be used, OSError for a file that cannot be read.
    """
    if file is not None and file.suffix.lower() == SESSION:
        trainer, curve = _session(file, changes)
        steps = steps or 0
    else:
        trainer, curve = Trainer(opened(file, changes)), np.empty((0, 3))
        steps = STEPS if steps is None else steps
    curve = np.concatenate([curve, _train(trainer, steps)])
    found = diagnose(trainer, curve)
    if as_json:
        raw = as_builtins(found, trainer.dataset)
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(raw), indent=2).decode() + "\n")
    else:
        _print(found, trainer.dataset)
    return 0


def print_causes(*, as_json: bool) -> int:
    """Print the keys of all causes, each with what it means."""
    table = causes()
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(table), indent=2).decode() + "\n")
        return 0
    width = max(map(len, table))
    for key, meaning in table.items():
        sys.stdout.write(f"{key:{width}}  {meaning}\n")
    return 0


def as_builtins(found: TwinDiagnosis, dataset: Dataset) -> dict[str, Any]:
    """Return a diagnosis as JSON has it."""
    return {
        "verdict": found.verdict,
        "sentence": found.sentence,
        "trend": found.trend,
        "steps": found.step,
        "train_loss": found.loss,
        "findings": [_finding(finding, found.experiment) for finding in found.findings],
        "tried": [msgspec.to_builtins(tried) for tried in found.tried],
        "notes": list(dataset.notes),
        "experiment": msgspec.to_builtins(found.experiment),
    }


def _finding(finding: TwinFinding, experiment: Experiment) -> dict[str, Any]:
    cure = finding.cure
    before = msgspec.to_builtins(experiment)
    changes = None
    if cure is not None and cure.experiment is not None:
        after = msgspec.to_builtins(cure.experiment)
        changes = {name: after[name] for name in after if after[name] != before[name]}
    return {
        "cause": finding.cause,
        "title": finding.title,
        "sentence": finding.sentence,
        "evidence": finding.evidence,
        "cure": None
        if cure is None
        else {"key": cure.key, "words": cure.words, "changes": changes, "restart": cure.restart},
        "twins": [msgspec.to_builtins(tried) for tried in finding.twins],
    }


def _session(file: Path, changes: Sequence[str]) -> tuple[Trainer, np.ndarray]:
    from stepviz.runtime.run import Run
    from stepviz.runtime.session_file import load_session, resumed

    run = resumed(load_session(file), Run(Experiment()))
    if changes:
        run.change(with_values(run.trainer.experiment, changes), "")
    return run.trainer, run.recorder.curve


def _train(trainer: Trainer, steps: int) -> np.ndarray:
    """Train, and return step, training and test loss (points, 3) on the way."""
    curve = []
    first = trainer.step_count
    for stop in np.unique(np.linspace(0, steps, min(steps, _POINTS) + 1).round().astype(int)):
        trainer.step(first + int(stop) - trainer.step_count)
        if trainer.diverged is not None:
            break
        curve.append((trainer.step_count, trainer.loss("train"), trainer.loss("test")))
    return np.array(curve[:-1]).reshape(-1, 3)


def _print(found: TwinDiagnosis, dataset: Dataset) -> None:
    write = sys.stdout.write
    loss = "not finite" if found.loss is None else f"{found.loss:.6g}"
    write(f"{'steps':10} {found.step:,}\n{'loss':10} {loss} ({found.trend})\n")
    for note in dataset.notes:
        write(f"{'data':10} {note}\n")
    if not found.findings:
        write(f"{'diagnosis':10} {found.sentence}\n")
    for place, finding in enumerate(found.findings):
        write(f"{'cause' if place == 0 else 'or':10} {finding.cause}\n{'':10} {finding.sentence}\n")
        if finding.evidence:
            write(f"{'evidence':10} {finding.evidence}\n")
        if finding.cure is not None:
            write(f"{'cure':10} {finding.cure.words}{' (restart)' if finding.cure.restart else ''}\n")
    without = [tried for tried in found.tried if not tried.helps]
    if found.findings and without:
        write(f"{'tried':10} does not help: {'; '.join(map(_tried, without))}\n")


def _tried(tried: Tried) -> str:
    came = "diverges" if tried.median is None else f"{tried.median:.3g}"
    return f"{tried.words} ({came})"
