"""The first parameters of a run, drawn from the settings and a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stepviz.engine.catalogue.initializers import BIAS_INITIALIZERS, WEIGHT_INITIALIZERS
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.common.arrays import Array
from stepviz.engine.setup.setup import BoundExperiment

# Weights have a random stream of their own: other data or other batches leave the start as it is.
_STREAM = 2


def draw_parameters(setup: BoundExperiment, seeds: Sequence[int], given: Mapping[str, Array]) -> Array:
    """Return theta (len(seeds), parameters), drawn in float64 and rounded to the run's precision.

    ``given`` named arrays (see ``Layout.named``) replace what was drawn, in every run.
    """
    experiment, layout = setup.experiment, setup.network.layout
    weights, biases = WEIGHT_INITIALIZERS[experiment.weights.name], BIAS_INITIALIZERS[experiment.biases.name]
    weight_values = resolve(experiment.weights.parameters, weights.parameters, "weights")
    bias_values = resolve(experiment.biases.parameters, biases.parameters, "biases")
    theta = np.zeros((len(seeds), layout.size))
    for run, seed in enumerate(seeds):
        generator = np.random.default_rng((seed, _STREAM))
        for number, shape in enumerate(layout.layers):
            block = layout.block(theta[run : run + 1], number)[0]
            block[:-1] = weights.draw(generator, shape.inputs, shape.outputs, weight_values)
            block[-1] = biases.draw(generator, shape.inputs, shape.outputs, bias_values)
        layout.write(theta, given, run)
    start_trained(setup, theta, skip=given)
    return theta.astype(experiment.precision)


def start_trained(setup: BoundExperiment, theta: Array, skip: Mapping[str, Array]) -> None:
    """Write what the settings start it from into all that is trained besides, where ``skip`` does not name it."""
    for number, function in enumerate(setup.network.functions):
        rows = setup.network.layout.trained(theta, number)
        for place, (name, value) in enumerate(function.starts.items()):
            if f"layer{number + 1}.{name}" not in skip:
                rows[:, place] = value
