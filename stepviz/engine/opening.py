"""Opening a file that a person names: an experiment, or a CSV of their own."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from stepviz.engine.datasets import load_data
from stepviz.engine.experiment import Experiment, validate
from stepviz.engine.experiment_file import load
from stepviz.engine.losses import LOSSES

SUFFIX = ".stepviz"
EXPERIMENT_SUFFIXES = (SUFFIX, ".json")

# The usual loss of each kind of data, for data that the loss in force cannot serve.
USUAL_LOSS = {
    "binary": "binary-cross-entropy",
    "multiclass": "softmax-cross-entropy",
    "regression": "squared-error",
}


def open_file(path: str | Path, base: Experiment | None = None) -> Experiment:
    """Return the experiment in ``path``; for a CSV, ``base`` (default: the default one) with that data.

    A file whose name does not say so is an experiment if it begins with a brace. Raises InputError for content that
    is neither, OSError for an experiment file that cannot be read.
    """
    path = Path(path)
    return load(path) if _is_experiment(path) else with_csv(base or Experiment(), path)


def with_csv(experiment: Experiment, path: Path) -> Experiment:
    """Return the experiment with the CSV in ``path`` as its data, and a loss that serves them.

    Raises InputError for a file that cannot be used.
    """
    data = replace(experiment.data, name="csv", path=str(path.absolute()), target="")
    dataset = load_data(data)
    task: str = dataset.task
    if task == "classification":
        task = "binary" if len(dataset.class_names) == 2 else "multiclass"
    loss = experiment.loss if task in LOSSES[experiment.loss].tasks else USUAL_LOSS[task]
    output = experiment.output
    if LOSSES[loss].on_logits and output.name != "linear":
        output = Experiment().output
    return validate(replace(experiment, data=data, loss=loss, output=output))


def _is_experiment(path: Path) -> bool:
    if path.suffix.lower() in EXPERIMENT_SUFFIXES:
        return True
    if path.suffix.lower() in (".csv", ".tsv") or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(256).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
