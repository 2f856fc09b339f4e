"""Symptoms that are settings: what is switched on, and how far from the usual it is."""

from __future__ import annotations

import math

import numpy as np

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.initializers import WEIGHT_INITIALIZERS
from stepviz.engine.catalogue.optimizers import OPTIMIZERS, WEIGHT_DECAY
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.common.number_format import number_text, share_text
from stepviz.engine.training.initial_parameters import draw_parameters
from stepviz.probes.findings.words import in_layers
from stepviz.probes.twins.cures import usual_rate
from stepviz.probes.twins.symptom import State, Symptom

# A rule that passes a gradient for less than this share of the pre-activations hardly passes any.
_FEW = 0.02
# Up to a tenth and ten times the usual size of first weights are no reason.
_SMALL_WEIGHTS, _LARGE_WEIGHTS = 0.1, 8.0


def scheduled_to_zero(state: State) -> Symptom | None:
    """Return what the schedule has left of the learning rate."""
    motion, e = state.motion, state.experiment
    if motion is None or e.schedule.name == "constant" or motion.rate_factor > 0.1:
        return None
    left = motion.rate_factor * e.learning_rate
    said = "0" if left == 0.0 else number_text(left, 2)
    return Symptom(
        1.0 if motion.rate_factor < 0.01 else 0.7,
        f"The {e.schedule.name} schedule leaves {said} of the learning rate of {e.learning_rate:g}: the weights hardly "
        "move",
        exact=motion.rate_factor < 0.01,
    )


def penalty(state: State) -> Symptom | None:
    """Return the penalties in force."""
    e = state.experiment
    optimizer = OPTIMIZERS[e.optimizer.name]
    decay = 0.0
    if any(parameter is WEIGHT_DECAY for parameter in optimizer.parameters):
        decay = e.optimizer.parameters.get(WEIGHT_DECAY.name, WEIGHT_DECAY.default)
    names = [f"L1 = {e.l1:g}"] if e.l1 else []
    names += [f"L2 = {e.l2:g}"] if e.l2 else []
    names += [f"weight decay = {decay:g}"] if decay > WEIGHT_DECAY.default else []
    if not names:
        return None
    product = e.learning_rate * e.l2
    if product > 2.0 and not optimizer.slots:
        how = f": learning rate times L2 is {number_text(product, 2)}, above 2, so each update overshoots 0 by more"
    else:
        rms = "" if state.evidence is None else f" at a size of {number_text(_weights_rms(state), 2)} (RMS)"
        how = f" and holds them{rms}"
    return Symptom(1.0, f"The penalty on the weights ({' and '.join(names)}) outweighs the loss{how}", exact=True)


def _weights_rms(state: State) -> float:
    evidence = state.evidence
    assert evidence is not None
    blocks = [evidence.block(layer)[:-1].ravel() for layer in range(len(evidence.network.functions))]
    return float(np.sqrt(np.mean(np.concatenate(blocks).astype(np.float64) ** 2)))


def dropout(state: State) -> Symptom | None:
    """Return the largest share of units that dropout leaves out."""
    most = max((layer.dropout for layer in state.experiment.layers), default=0.0)
    if not most:
        return None
    return Symptom(
        1.0 if most >= 0.5 else 0.5 + most,
        f"Dropout leaves out {share_text(most)} of the units in each update: what is left learns too little",
        exact=most >= 0.5,
    )


def clipping(state: State) -> Symptom | None:
    """Return by what clipping scales the gradient."""
    e, motion = state.experiment, state.motion
    if e.clipping.name == "none" or motion is None:
        return None
    limit = e.clipping.parameters.get("limit", 1.0 if e.clipping.name == "norm" else 0.1)
    if e.clipping.name == "norm" and motion.clip_factor >= 1.0:
        return None
    said = (
        f"scales every gradient by {number_text(motion.clip_factor, 2)}"
        if e.clipping.name == "norm"
        else "cuts gradients"
    )
    return Symptom(
        1.0 if motion.clip_factor < 0.1 or limit < 0.01 else 0.6,
        f"Gradient clipping at {limit:g} {said}: the updates are far shorter than the learning rate alone would make "
        "them",
        exact=motion.clip_factor < 0.05,
    )


def no_straight_line(state: State) -> Symptom | None:
    """Return whether the network can only draw straight lines."""
    e = state.experiment
    if any(layer.activation.name != "linear" for layer in e.layers):
        return None
    reason = "Without a hidden layer" if not e.layers else "With linear hidden units only"
    dataset = state.subject.dataset
    if dataset.task == "regression":
        what = (
            "the network can only answer with a plane, a linear function of its inputs, and the targets are not on one"
        )
    else:
        what = "the network can only separate classes by a straight line, and no straight line separates these"
    return Symptom(1.0, f"{reason} {what}")


def few_units(state: State) -> Symptom | None:
    """Return how narrow the narrowest hidden layer is."""
    e = state.experiment
    if not e.layers:
        return None
    width = min(layer.width for layer in e.layers)
    layer = [place for place, each in enumerate(e.layers) if each.width == width]
    units = "unit" if width == 1 else "units"
    each = " each" if len(layer) > 1 else ""
    return Symptom(
        1.0 if width <= 2 else 0.75 if width <= 4 else 0.35 if width <= 8 else 0.15,
        f"The network is too narrow for these data: {in_layers(layer)} {'has' if len(layer) == 1 else 'have'} "
        f"{width} {units}{each}",
    )


def slope(state: State) -> Symptom | None:
    """Return whether activations have parameters other than by default."""
    choices = [layer.activation for layer in state.experiment.layers if layer.activation.parameters]
    ruled = [layer.activation for layer in state.experiment.layers if layer.activation.rule.parameters]
    if not choices and not ruled:
        return None
    if ruled and not choices:
        rule = ruled[0].rule
        given = ", ".join(f"{name} = {value:g}" for name, value in rule.parameters.items())
        through = _let_through(state)
        return Symptom(
            1.0 if through < _FEW else 0.7,
            f"The {rule.name} rule with {given} passes a gradient for {share_text(through)} of the pre-activations",
            exact=through < _FEW,
        )
    choice = choices[0]
    table = ACTIVATIONS[choice.name]
    given = ", ".join(f"{name} = {value:g}" for name, value in choice.parameters.items())
    return Symptom(0.8, f"{table.label} with {given} is far from its usual shape")


def _let_through(state: State) -> float:
    """Return the least share of the pre-activations of a ruled layer for which the rule gives a signal to speak of."""
    evidence = state.evidence
    if evidence is None:
        return 1.0
    shares = [
        float(np.mean(np.abs(local[0]) > 0.01 * np.asarray(evidence.largest[layer])))
        for layer, local in enumerate(evidence.in_float64(evidence.theta.astype(np.float64)).local[:-1])
        if not evidence.function(layer).has_true_derivative
    ]
    return min(shares, default=1.0)


def optimizer_settings(state: State) -> Symptom | None:
    """Return whether the optimizer has parameters other than by default."""
    choice = state.experiment.optimizer
    optimizer = OPTIMIZERS[choice.name]
    defaults = {parameter.name: parameter.default for parameter in optimizer.parameters}
    other = {name: value for name, value in choice.parameters.items() if value != defaults.get(name)}
    if not other:
        return None
    given = ", ".join(f"{name} = {value:g}" for name, value in other.items())
    return Symptom(0.8, f"The settings of {optimizer.label} ({given}) keep it from moving as it should")


def first_weights(state: State) -> Symptom | None:
    """Return how the first weights compare with Glorot's in size."""
    subject, e = state.subject, state.experiment
    theta = draw_parameters(subject.setup, (e.seed,), {})
    layout = subject.setup.network.layout
    ratios = []
    for layer, shape in enumerate(layout.layers):
        weights = layout.block(theta, layer)[0][:-1].astype(np.float64)
        ratios.append(float(np.sqrt(np.mean(weights**2))) / math.sqrt(2.0 / (shape.inputs + shape.outputs)))
    label = WEIGHT_INITIALIZERS[e.weights.name].label
    low, high = min(ratios), max(ratios)
    biases = e.biases.name != "zeros" and max(map(abs, _bias_values(e.biases.name, e.biases.parameters)), default=0.0)
    if high > _LARGE_WEIGHTS:
        layer = ratios.index(high)
        return Symptom(
            min(1.0, 0.4 + 0.3 * math.log10(high)),
            f"The first weights ({label}) are too large: {number_text(high, 2)} times Glorot's in {in_layers([layer])}",
        )
    if low < _SMALL_WEIGHTS:
        layer = ratios.index(low)
        size = "0" if low == 0.0 else f"{number_text(low, 2)} times Glorot's"
        return Symptom(
            1.0 if low < 0.01 else 0.8,
            f"The first weights ({label}) are too small: {size} in {in_layers([layer])}",
        )
    if biases and biases > 2.0:
        return Symptom(0.8, f"The first biases are too large: up to {number_text(biases, 2)}")
    return None


def _bias_values(name: str, parameters: dict[str, float]) -> tuple[float, ...]:
    from stepviz.engine.catalogue.initializers import BIAS_INITIALIZERS

    return resolve(parameters, BIAS_INITIALIZERS[name].parameters, "biases") if name != "zeros" else ()


def rate_above_usual(state: State) -> float:
    """Return by how many powers of ten the learning rate lies above (or, negative, below) the usual of its kind."""
    return math.log10(state.experiment.learning_rate / usual_rate(state.experiment))


def small_batch(state: State) -> Symptom | None:
    """Return how small the batches are."""
    size = state.experiment.batch_size
    if not 0 < size < 16:
        return None
    what = "a batch of one example" if size == 1 else f"a batch of {size} examples"
    return Symptom(
        1.0 if size <= 2 else 0.6,
        f"The gradient of {what} is mostly noise: the updates follow single examples and undo each other",
    )


def normalization(state: State) -> Symptom | None:
    """Return the normalisation in force."""
    names = {layer.normalization for layer in state.experiment.layers} - {"none"}
    if not names:
        return None
    size = state.experiment.batch_size
    small = "batch" in names and 0 < size < 8
    batches = f" over batches of {size}" if "batch" in names and size else ""
    return Symptom(
        0.8 if small else 0.3, f"Normalisation ({' and '.join(sorted(names))} norm){batches} hinders the run"
    )


def features(state: State) -> Symptom | None:
    """Return whether the network sees less than both inputs."""
    e, dataset = state.experiment, state.subject.dataset
    if e.data.name == "csv" or not dataset.features or len(dataset.features) > 1:
        return None
    return Symptom(1.0, f"The network sees only {dataset.feature_names[0]}, which does not determine the target")
