"""What the start page says of a run and of a file."""

from __future__ import annotations

from pathlib import Path

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.common.number_format import measured_text, step_text
from stepviz.engine.data.datasets import DATASETS
from stepviz.engine.settings.experiment import Experiment
from stepviz.lessons.player import Player
from stepviz.runtime.frame import Frame

# Beyond that many hidden layers their widths are not listed.
MOST_LISTED = 4


def run_words(experiment: Experiment, frame: Frame | None, player: Player | None) -> tuple[str, ...]:
    """Return in a few lines what is in the lab: the lesson, the data and the network, and where its run is."""
    lines = []
    if player is not None:
        lines.append(f"Lesson «{player.lesson.title}», scene {player.index + 1} of {len(player.lesson.scenes)}")
    lines.append(f"{data_words(experiment)}; {network_words(experiment)}")
    if frame is not None:
        lines.append(f"Step {step_text(frame.step)}, training loss {measured_text(frame.train_loss)}")
    return tuple(lines)


def data_words(experiment: Experiment) -> str:
    """Return the name of the data."""
    data = experiment.data
    return Path(data.path).name if data.name == "csv" and data.path else DATASETS[data.name].label


def network_words(experiment: Experiment) -> str:
    """Return the hidden layers with their widths and activations."""
    layers = experiment.layers
    if not layers:
        return "no hidden layer"
    widths = [str(layer.width) for layer in layers]
    noun = "hidden layer" if len(layers) == 1 else "hidden layers"
    shape = f"{len(layers)} {noun}"
    if len(layers) <= MOST_LISTED:
        shape += f" ({'-'.join(widths)})"
    names = dict.fromkeys(ACTIVATIONS[layer.activation.name].label for layer in layers)
    return f"{shape}, {', '.join(names)}"


def folder_words(path: Path) -> str:
    """Return the folder of a file as a person writes it."""
    folder, home = path.parent, Path.home()
    if folder.is_relative_to(home):
        return f"~/{folder.relative_to(home).as_posix()}".removesuffix("/.")
    return str(folder)


def missing_words(path: Path) -> str:
    """Return why a file cannot be opened, nothing where it can. May wait long for a network."""
    try:
        there = path.is_file()
    except OSError as error:
        return error.strerror or str(error)
    return "" if there else "the file is not there any more"
