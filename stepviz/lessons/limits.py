"""What a lesson from a stranger may cost and may open: about ten seconds of work for a scene, and its own folder."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.datasets import DATASETS
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.settings.limits import MOST_CLASSES
from stepviz.lessons.lesson import Scene
from stepviz.lessons.record import SamplingPlan

LARGEST_NETWORK = 200_000
MOST_EXAMPLES = 20_000
LARGEST_TABLE = 2**20
LARGEST_PICTURE = 8 * 2**20
# Multiplications of a whole scene, about ten seconds, and of a lesson.
MOST_WORK = 2e10
MOST_WORK_IN_ALL = 2e11
# A layer of one update takes as long as so many, however narrow it is.
_LAYER = 4e4
# What a table of the largest size may hold: the fewest characters a number takes are two, with its delimiter.
_COLUMNS = 25
# Points of a loss surface times the examples that it is computed over.
_SURFACE = 64**2 * 250


def check_settings(experiment: Experiment) -> None:
    """Raise InputError for more examples or parameters than a lesson may have."""
    for found, most, what in (
        (experiment.data.samples, MOST_EXAMPLES, "examples"),
        (len(experiment.data.content), LARGEST_TABLE, "characters of data"),
        (_parameters(experiment), LARGEST_NETWORK, "parameters"),
    ):
        if found > most:
            raise InputError("experiment", f"{found:,} {what}", f"at most {most:,} in a lesson")


def check_work(scene: Scene) -> None:
    """Raise InputError where the run and the measurements of a scene would take too long."""
    work = work_of(scene)
    if work > MOST_WORK:
        raise InputError("experiment", f"{work:.1e} multiplications", f"at most {MOST_WORK:.0e} in a scene")


def work_of(scene: Scene) -> float:
    """Return about how many multiplications a scene takes."""
    experiment, size = scene.experiment, float(_parameters(scene.experiment))
    batch = min(experiment.batch_size or MOST_EXAMPLES, _examples(experiment))
    watch = SamplingPlan(scene)
    measuring = _SURFACE * watch.expensive_looks + _examples(experiment) * len(watch.stops)
    return size * (batch * scene.steps + measuring) + _LAYER * (len(experiment.layers) + 1) * scene.steps


def file_inside(folder: Path, name: str, suffixes: tuple[str, ...], largest: int) -> Path | None:
    """Return the path of a file in the folder itself, of one of the kinds, not too large; None where there is none.

    A link that leads out of the folder is none.
    """
    if not name or "/" in name or "\\" in name or name.startswith(".") or not name.isprintable():
        return None
    if not name.lower().endswith(suffixes):
        return None
    try:
        path = (folder / name).resolve()
        inside = path.parent == folder.resolve() and path.is_file() and path.stat().st_size <= largest
    except (OSError, ValueError, RuntimeError):
        # RuntimeError: links that lead round and round, for Python before 3.13.
        return None
    return path if inside else None


def _examples(experiment: Experiment) -> int:
    data = experiment.data
    if data.drawing is not None:
        return len(data.drawing.points)
    return LARGEST_TABLE // (2 * _COLUMNS) if data.name == "csv" else data.samples


def _parameters(experiment: Experiment) -> int:
    inputs = max(DATASETS[experiment.data.name].dimensions or _COLUMNS, len(experiment.data.features))
    outputs = MOST_CLASSES if experiment.data.name == "csv" else 10
    widths = [inputs, *(layer.width for layer in experiment.layers), outputs]
    return sum((before + 1) * after for before, after in pairwise(widths))
