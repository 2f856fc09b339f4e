"""Symptoms that are measured on the numbers of the run. What float64 would say decides: an underflow is not a 0."""

from __future__ import annotations

import math

import numpy as np

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import number_text, share_text
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.training.initial_parameters import draw_parameters
from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.reach import least_loss, reachable
from stepviz.probes.findings.start import all_equal
from stepviz.probes.findings.words import capital, counted, in_layers, inside, verb
from stepviz.probes.stuck_units import SMALL_DERIVATIVE, can_be_flat
from stepviz.probes.twins.scaled_data import farthest_scale
from stepviz.probes.twins.symptom import State, Symptom
from stepviz.probes.twins.symptoms_of_settings import rate_above_usual

# An update that changes a layer by more of itself than this, or by less, is exceptional.
_LONG, _SMALL, _SHORT = 0.1, 1e-3, 1e-4
_LOST = 0.3
# Of a derivative that is below this share of its largest on every example of a layer, nothing is left.
_NOTHING_LEFT = 1e-6
_SAME = 0.02


def exact_pass(evidence: Evidence) -> Pass:
    """Return a pass over the training examples with the run's parameters in float64."""
    return evidence.in_float64(evidence.theta.astype(np.float64))


def rounded_away(state: State) -> Symptom | None:
    """Return the share of updates that the precision rounds away."""
    e, motion = state.experiment, state.motion
    if motion is None or motion.lost < _LOST or motion.rate_factor < 1e-3 or e.precision == "float64":
        return None
    return Symptom(
        min(1.0, motion.lost + 0.1),
        f"Updates are rounded away in {e.precision}: {share_text(motion.lost)} of the entries of the gradient are "
        "not 0 and "
        "move nothing",
        exact=motion.lost > 0.5,
    )


def underflow(state: State) -> Symptom | None:
    """Return whether numbers that float64 keeps are 0 in the run's precision."""
    evidence, e = state.evidence, state.experiment
    if evidence is None or e.precision == "float64":
        return None
    exact = exact_pass(evidence).gradient
    assert exact is not None
    lost = int(np.count_nonzero((exact[0] != 0.0) & (evidence.gradient[0] == 0)))
    if lost < 0.3 * evidence.parameters:
        return None
    largest = float(np.abs(exact[0]).max())
    return Symptom(
        min(1.0, 0.4 + lost / evidence.parameters),
        f"The gradient underflows in {e.precision}: {lost:,} of {evidence.parameters:,} entries are 0 that float64 "
        f"keeps (the largest gradient is {number_text(largest, 2)})",
    )


def no_derivative(state: State) -> Symptom | None:
    """Return which hidden layers have derivative 0 everywhere, with no backward rule."""
    evidence = state.evidence
    if evidence is None or not state.by_gradient:
        return None
    layers = [
        layer
        for layer in evidence.hidden
        if evidence.function(layer).has_true_derivative and not np.any(evidence.largest[layer])
    ]
    if not layers:
        return None
    label = evidence.function(layers[0]).activation.label
    return Symptom(
        1.0,
        f"{label} units have derivative 0 everywhere: no gradient passes {in_layers(layers)}; {evidence.receives}",
        exact=True,
    )


def dead_units(state: State) -> Symptom | None:
    """Return the layer with the largest share of units whose derivative is 0 on every example, in float64 too."""
    evidence = state.evidence
    if evidence is None:
        return None
    exact, worst, found = exact_pass(evidence), 0.0, ""
    for layer in evidence.hidden:
        function = evidence.function(layer)
        if not (np.any(evidence.largest[layer]) and function.has_true_derivative and can_be_flat(function)):
            continue
        dead = ~np.any(exact.local[layer][0], axis=0)
        part, count = float(np.mean(dead)), int(np.count_nonzero(dead))
        if part > worst:
            label = inside(function.activation.label)
            worst = part
            found = (
                f"{counted(count, len(dead), 'units')} of layer {layer + 1} {verb(count)} dead: the derivative of "
                f"{label} is 0 on every one of {evidence.examples:,} examples"
            )
    if worst == 0.0:
        return None
    return Symptom(worst if worst >= 0.5 else 0.5 * worst, found[:1].upper() + found[1:], exact=worst == 1.0)


def wrong_switch_off(state: State) -> Symptom | None:
    """Return whether every example answered wrongly finds all units of a layer at derivative 0."""
    evidence = state.evidence
    if evidence is None or state.subject.dataset.task == "regression":
        return None
    exact = exact_pass(evidence)
    chosen = np.arange(exact.y.shape[1]) * evidence.examples // exact.y.shape[1]
    targets = evidence.targets[chosen]
    wrong = evidence.network.loss.predict(exact.y[0]) != evidence.network.loss.predict(
        np.where(evidence.network.loss.on_logits & (targets == 0), -1.0, targets)
    )
    if not 0 < np.count_nonzero(wrong) < len(wrong):
        return None
    for layer in evidence.hidden:
        local: Array = exact.local[layer][0]
        alive = np.any(evidence.largest[layer]) and np.any(local)
        if not (alive and evidence.function(layer).has_true_derivative):
            continue
        off = ~np.any(local[wrong], axis=1)
        if np.mean(off) > 0.9:
            count = int(np.count_nonzero(wrong))
            return Symptom(
                1.0,
                f"Every example that is answered wrongly ({count:,} of {len(wrong):,}) switches all units of layer "
                f"{layer + 1} off: nothing tells the units what to change (a local minimum)",
            )
    return None


def saturated(state: State) -> Symptom | None:
    """Return the share of hidden units whose derivative is below 1 % of its largest on 95 % of the examples."""
    evidence = state.evidence
    if evidence is None:
        return None
    found = [_saturated(evidence, exact_pass(evidence), "")]
    # What training has pushed on from where it began may have left the flat part of the curve since.
    found.append(_saturated(evidence, evidence.in_float64(_start(state)), "At the start "))
    return max((symptom for symptom in found if symptom), key=lambda symptom: symptom.strength, default=None)


def _start(state: State) -> Array:
    """Return the first parameters (1, parameters) in float64, as the settings draw them."""
    subject = state.subject
    return draw_parameters(subject.setup, (subject.experiment.seed,), {}).astype(np.float64)


def _saturated(evidence: Evidence, exact: Pass, when: str) -> Symptom | None:
    parts, total, hit, gone = [], 0, 0, False
    for layer in evidence.hidden:
        largest = np.asarray(evidence.largest[layer], dtype=np.float64)
        local = np.abs(exact.local[layer][0])
        if not (np.any(largest) and evidence.function(layer).has_true_derivative):
            continue
        small = np.mean(local < SMALL_DERIVATIVE * largest, axis=0) >= 0.95
        if can_be_flat(evidence.function(layer)):
            small &= np.any(local, axis=0)
        total, hit = total + len(small), hit + int(np.count_nonzero(small))
        gone |= bool(np.all(local < _NOTHING_LEFT * largest))
        if np.mean(small) >= 0.5:
            count = int(np.count_nonzero(small))
            parts.append(f"{counted(count, len(small), 'units')} of layer {layer + 1}")
    if not parts:
        return None
    said = " and ".join(parts) if len(parts) <= 2 else f"{hit} of {total} hidden units"
    are = "were" if when else "are"
    return Symptom(
        0.6 + 0.4 * hit / total,
        capital(f"{when}{said} {are} saturated: on nearly all examples the derivative is below 1 % of its largest"),
        exact=gone and not when,
    )


def vanishing(state: State) -> Symptom | None:
    """Return how the error signal shrinks from layer to layer, in float64."""
    found = _factors(state)
    if not found:
        return None
    factors = min(found, key=lambda each: float(np.prod(each)))
    total, mean = float(np.prod(factors)), float(np.exp(np.mean(np.log(factors))))
    if not (total < 0.05 and mean < 0.6):
        return None
    return Symptom(
        min(1.0, 0.4 + 0.25 * -math.log10(max(total, 1e-300))),
        f"The gradient vanishes: the error signal shrinks to {number_text(mean, 2)} of itself per layer, to "
        f"{number_text(total, 2)} from the output to layer 1",
    )


def exploding(state: State) -> Symptom | None:
    """Return how the error signal grows from layer to layer, in float64."""
    found = _factors(state)
    if not found:
        return None
    factors = found[0]
    total, mean = float(np.prod(factors)), float(np.exp(np.mean(np.log(factors))))
    if not total > 100.0:
        return None
    return Symptom(
        min(1.0, 0.3 * math.log10(total)),
        f"The gradient explodes: the error signal grows {number_text(mean, 2)} times per layer, "
        f"{number_text(total, 2)} times "
        "from the output to layer 1",
    )


def _factors(state: State) -> list[Array]:
    """Return by what each layer multiplies the error signal, with the weights of now and with those of the start."""
    evidence = state.evidence
    if evidence is None or not state.by_gradient or len(evidence.hidden) < 2:
        return []
    # After a while the last layers may have grown to make up for what the first ones lose: the start counts too.
    found = []
    for passed in (exact_pass(evidence), evidence.in_float64(_start(state))):
        norms = np.array([float(np.sqrt(np.mean(np.sum(delta[0] ** 2, axis=1)))) for delta in passed.delta])
        if np.isfinite(norms).all() and norms.all():
            found.append(norms[:-1] / norms[1:])
    return found


def zero_weights(state: State) -> Symptom | None:
    """Return whether consecutive layers of weights are all 0."""
    evidence = state.evidence
    if evidence is None:
        return None
    zero = [layer for layer in range(len(evidence.network.functions)) if not np.any(evidence.block(layer)[:-1])]
    if not any(layer + 1 in zero for layer in zero):
        return None
    return Symptom(
        1.0, f"All weights of {in_layers(zero)} are 0: no signal passes them; {evidence.receives}", exact=True
    )


def equal_units(state: State) -> Symptom | None:
    """Return whether the units of a layer are all alike."""
    evidence = state.evidence
    if evidence is None:
        return None
    layers = []
    for layer in evidence.hidden:
        into, out = evidence.block(layer).T, evidence.block(layer + 1)[:-1]
        some = np.any(into) or np.any(out)
        if len(into) > 1 and some and all(map(all_equal, (into, out, evidence.trained(layer)))):
            layers.append(layer)
    if not layers:
        return None
    return Symptom(
        1.0,
        f"The units of {in_layers(layers)} are all alike: with equal weights they receive equal gradients and stay "
        "one unit (symmetry)",
        exact=True,
    )


def output_stuck(state: State) -> Symptom | None:
    """Return whether the output units are flat or saturated on nearly all examples."""
    evidence = state.evidence
    if evidence is None or evidence.network.functions[-1].activation.key == "linear":
        return None
    function = evidence.network.functions[-1]
    if not np.any(evidence.largest[-1]):
        return Symptom(
            1.0, f"The output unit ({function.activation.label}) has derivative 0: nothing behind it gets a gradient",
            exact=True,
        )  # fmt: skip
    local = np.abs(exact_pass(evidence).local[-1][0])
    small = local < SMALL_DERIVATIVE * np.asarray(evidence.largest[-1], dtype=np.float64)
    flat, part = float(np.mean(local == 0.0)), float(np.mean(small))
    if part < 0.6:
        return None
    label = function.activation.label
    if flat >= 0.95:
        said = f"The output unit is dead: the derivative of {label} is 0 on {share_text(flat)} of the examples"
    else:
        largest_on = f"its largest on {share_text(part)} of the examples"
        said = f"The output unit is saturated: the derivative of {label} is below 1 % of {largest_on}"
    return Symptom(0.5 + 0.5 * part, f"{said}, so all layers behind it are starved", exact=flat == 1.0)


def out_of_reach(state: State) -> Symptom | None:
    """Return the part of the loss that the output activation cannot remove."""
    evidence = state.evidence
    if evidence is None:
        return None
    function = evidence.network.functions[-1]
    if function.activation.key == "linear":
        return None
    values = reachable(function, evidence.network.values(evidence.theta, len(evidence.network.functions) - 1))
    targets: Array = evidence.targets.astype(np.float64)
    least = least_loss(evidence.network.loss, values, targets)
    if not least > max(0.1 * evidence.train_loss, 1e-9):
        return None
    shown = evidence.dataset.to_target_units(targets)
    return Symptom(
        min(1.0, 0.5 + least / evidence.train_loss),
        f"The targets are out of the output's reach: {inside(function.activation.label)} gives values from "
        f"{_bound(values[0])} to {_bound(values[-1])}, the targets go from {number_text(float(shown.min()))} to "
        f"{number_text(float(shown.max()))}, so the loss stays above {number_text(least)}",
        exact=least > 0.4 * evidence.train_loss,
    )


def _bound(value: float) -> str:
    return number_text(float(value)) if abs(value) < 1e3 else "∞" if value > 0 else "−∞"


def input_scale(state: State) -> Symptom | None:
    """Return how far the inputs are from mean 0 and deviation 1."""
    dataset = state.subject.dataset
    worst = farthest_scale(dataset.network_inputs, dataset.train)
    if worst <= 1.0:
        return None
    rows = dataset.network_inputs[dataset.train]
    low, high = float(rows.min()), float(rows.max())
    return Symptom(
        min(1.0, 0.4 + 0.6 * math.log10(worst)) if worst > 1.0 else 0.0,
        f"The scale of the inputs is wrong for the network: they go from {number_text(low)} to {number_text(high)}, "
        "and should "
        "have mean 0 and deviation 1",
    )


def target_scale(state: State) -> Symptom | None:
    """Return how far the targets of a regression are from mean 0 and deviation 1."""
    dataset = state.subject.dataset
    if dataset.task != "regression":
        return None
    worst = farthest_scale(dataset.targets, dataset.train)
    if worst <= 1.0:
        return None
    rows = np.asarray(dataset.targets)[dataset.train]
    return Symptom(
        min(1.0, 0.4 + 0.6 * math.log10(worst)),
        f"The scale of the targets is wrong for the network: they go from {number_text(float(rows.min()))} to "
        f"{number_text(float(rows.max()))}, and should have mean 0 and deviation 1",
    )


def rate_too_large(state: State) -> Symptom | None:
    """Return whether the loss swings, rises or has left the numbers, and how large an update is."""
    above, motion = rate_above_usual(state), state.motion
    rate = f"{state.experiment.learning_rate:g}"
    tried = OPTIMIZERS[state.experiment.optimizer.name].search
    of = "" if tried is None else f" of {OPTIMIZERS[state.experiment.optimizer.name].label}"
    name = f"The learning rate{of}, {rate}, is too large"
    if state.subject.diverged:
        return Symptom(1.0, f"{name}: the numbers have left what {state.experiment.precision} holds")
    ratio = 0.0 if motion is None else motion.ratio
    if state.trend in ("swinging", "rising", "not finite"):
        going_on = state.going_on
        assert going_on is not None
        losses = going_on.train[0][np.isfinite(going_on.train[0])]
        between = (
            f" between {number_text(float(losses.min()))} and {number_text(float(losses.max()))}" if len(losses) else ""
        )
        verb_ = "rises" if state.trend == "rising" else "swings"
        return Symptom(min(1.0, 0.8 + 0.1 * max(0.0, above)), f"{name}: the loss {verb_}{between}")
    if ratio > _LONG:
        return Symptom(
            min(1.0, 0.5 + 0.25 * max(0.0, above)),
            f"{name}: an update changes a layer by {share_text(ratio)} of its size",
        )
    return Symptom(min(1.0, 0.2 + 0.3 * max(0.0, above)), f"{name}: the steps go past what is lower")


def rate_too_small(state: State) -> Symptom | None:
    """Return how little an update changes, beside the layer that changes most."""
    if state.subject.diverged or state.motion is None:
        return None
    below, ratio = -rate_above_usual(state), state.motion.ratio
    # Updates are short too where the gradient is next to nothing: then it is not for the rate.
    # Nor is it where the precision loses them.
    short = ratio < _SHORT and below >= 1.0 and state.motion.lost < _LOST
    strength = 0.2 + (0.2 if state.motion.lost >= _LOST else 0.3) * max(0.0, below) + (0.3 if short else 0.0)
    exact = 0.0 < ratio < _SMALL and below >= 2.0
    said = f": no update changes a layer by more than {number_text(ratio, 2)} of its size" if ratio > 0.0 else ""
    return Symptom(
        min(1.0, strength), f"The learning rate, {state.experiment.learning_rate:g}, is too small{said}", exact
    )


def constant_inputs(state: State) -> Symptom | None:
    """Return whether every input is the same for all training examples."""
    dataset = state.subject.dataset
    rows = dataset.network_inputs[dataset.train]
    if not np.all(rows == rows[0]):
        return None
    return Symptom(
        1.0, "The inputs are constant: each input has one value in all training rows, so nothing tells the examples "
        "apart", exact=True,
    )  # fmt: skip


def majority_answer(state: State) -> str:
    """Return, in words, that the run answers the same for every input; nothing where it does not."""
    evidence = state.evidence
    if evidence is None:
        return ""
    answers = np.asarray(evidence.answers, dtype=np.float64)
    if state.subject.dataset.task == "regression":
        spread, targets = np.ptp(answers, axis=0), np.ptp(np.asarray(evidence.targets, dtype=np.float64), axis=0)
        return "it answers nearly the same for every input" if np.all(spread <= _SAME * targets) else ""
    predicted = evidence.network.loss.predict(evidence.answers)
    if np.all(predicted == predicted[0]):
        name = state.subject.dataset.class_names[int(predicted[0])]
        classes = np.asarray(state.subject.dataset.targets)[state.subject.dataset.train]
        part = float(np.mean(classes == predicted[0]))
        larger = ", the larger class" if part > 0.5 else ""
        return f"it answers «{name}»{larger} ({share_text(part)} of the examples), for every input"
    return ""
