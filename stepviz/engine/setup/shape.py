"""An experiment with another shape of network: a layer more or less, a unit more or less."""

from __future__ import annotations

from msgspec.structs import replace

from stepviz.engine.settings.experiment import Experiment, HiddenLayer

MOST_LAYERS = 16
MOST_UNITS = 4096


def with_layer(experiment: Experiment) -> Experiment:
    """Return the experiment with one hidden layer more, like the last one."""
    layers = experiment.layers
    return replace(experiment, layers=(*layers, layers[-1] if layers else HiddenLayer()))


def without_layer(experiment: Experiment, place: int = -1) -> Experiment:
    """Return the experiment without the hidden layer at ``place`` (from 0; -1: the last)."""
    layers = list(experiment.layers)
    del layers[place]
    return replace(experiment, layers=tuple(layers))


def with_width(experiment: Experiment, place: int, width: int) -> Experiment:
    """Return the experiment with ``width`` units in the hidden layer at ``place`` (from 0)."""
    layers = list(experiment.layers)
    layers[place] = replace(layers[place], width=width)
    return replace(experiment, layers=tuple(layers))
