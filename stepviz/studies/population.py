"""Many random networks as one matrix of parameters, drawn from the tables of initialisers."""

from __future__ import annotations

import numpy as np

from stepviz.engine.catalogue.initializers import BIAS_INITIALIZERS, WEIGHT_INITIALIZERS
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.common.arrays import Array
from stepviz.engine.network.network import Network
from stepviz.engine.settings.experiment import Choice


def draw_population(
    network: Network, generator: np.random.Generator, runs: int, weights: Choice, biases: Choice
) -> Array:
    """Return theta (runs, parameters) in float64; each run's weights and biases drawn as the choices say."""
    draw_weights, draw_biases = WEIGHT_INITIALIZERS[weights.name], BIAS_INITIALIZERS[biases.name]
    weight_values = resolve(weights.parameters, draw_weights.parameters, "weights")
    bias_values = resolve(biases.parameters, draw_biases.parameters, "biases")
    theta = np.zeros((runs, network.layout.size))
    for layer, shape in enumerate(network.layout.layers):
        block = network.layout.block(theta, layer)
        for run in range(runs):
            block[run, :-1] = draw_weights.draw(generator, shape.inputs, shape.outputs, weight_values)
            block[run, -1] = draw_biases.draw(generator, shape.inputs, shape.outputs, bias_values)
    return theta
