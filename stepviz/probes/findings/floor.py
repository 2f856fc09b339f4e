"""Losses that cannot fall further, because the data do not allow it."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array, Ints
from stepviz.engine.common.number_format import number_text, share_text
from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.learning_rate import rate_too_small

NEIGHBOURS = 5
# Distances between all pairs of so many examples cost about a millisecond.
_MOST_EXAMPLES = 400
# An estimate of a variance from n examples errs by about sqrt(2 / n) of itself; so many of these are allowed.
_ERRORS = 3.0
# What is left of the half squared difference of neighbours where they have come together: noise, if at least so much.
_LEFT = 0.5
# Of noise most neighbours differ; of a jump without noise, a few do by much. The median over the mean.
_MOST_DIFFER = 0.1
# Neighbours say what can be had where they do so much better than the commonest class, and half of them hardly worse.
_BETTER, _NO_WORSE = 0.1, 0.04

_NOTHING_TO_DO = "There is nothing left to learn from these data; the test loss says whether too much was."


def nothing_left(evidence: Evidence) -> Finding | None:
    """Look whether no example asks for a change: the gradient is exactly 0 because the loss is at its minimum."""
    right = evidence.dataset.task == "regression" or evidence.train_accuracy == 1.0
    slopes = evidence.function(len(evidence.network.functions) - 1)
    if np.any(evidence.output_delta) or not right or not np.any(evidence.largest[-1]) or not slopes.has_true_derivative:
        return None
    if evidence.dataset.task == "regression" and evidence.train_loss > 1e-12:
        return None
    return Finding(
        "nothing left",
        "Nothing left to learn",
        f"The loss is {number_text(evidence.train_loss, 2)} and none of {evidence.examples:,} examples asks for a "
        "change",
        _NOTHING_TO_DO,
        None,
        95.0,
        whole=True,
        well=True,
    )


def noise_floor(evidence: Evidence) -> Finding | None:
    """Look for a loss that has settled where the noise in the data would leave the best of networks."""
    if evidence.trend != "flat" or not np.any(evidence.output_delta) or rate_too_small(evidence) is not None:
        return None
    chosen = (
        np.arange(min(_MOST_EXAMPLES, evidence.examples)) * evidence.examples // min(_MOST_EXAMPLES, evidence.examples)
    )
    rows = evidence.dataset.train[chosen]
    inputs = evidence.dataset.network_inputs[rows]
    title = "At the floor of the data"
    if evidence.dataset.task == "regression":
        sentence = _regression(evidence, inputs, np.asarray(evidence.dataset.targets[rows], dtype=np.float64))
    elif evidence.train_accuracy == 1.0:
        title = "All examples right"
        said = f"All {evidence.examples:,} training examples are right, and the loss has settled at "
        sentence = said + number_text(evidence.train_loss, 2) if evidence.sure else None
    else:
        sentence = _classification(evidence, inputs, np.asarray(evidence.dataset.targets[rows], dtype=np.int64))
    if sentence is None:
        return None
    return Finding("noise floor", title, sentence, _NOTHING_TO_DO, None, 78.0, well=True)


def noise_variance(inputs: Array, targets: Array) -> float:
    """Return an estimate of the noise variance of ``targets`` (n, k) as a function of ``inputs`` (n, d), mean over k.

    The Gamma test (Stefánsson, Končar and Jones 1997): over the p-th nearest neighbours, p = 1 … 5, delta is the mean
    squared distance of the inputs and gamma half of that of the targets; noise is what gamma tends to as delta tends
    to 0, by the least-squares line. 0 where that is no noise: a small part of what neighbours differ by, which the line
    may miss, or the work of a few jumps.
    """
    nearest, distances = _nearest(inputs)
    delta = distances.mean(axis=0)
    squares = [np.mean((targets[nearest[:, p]] - targets) ** 2, axis=1) / 2.0 for p in range(nearest.shape[1])]
    gamma = np.array([np.mean(values) for values in squares])
    slopes = delta - delta.mean()
    spread = float(slopes @ slopes)
    slope = float(slopes @ gamma) / spread if spread > 0.0 else 0.0
    noise = float(gamma.mean() - slope * delta.mean())
    jumps = float(np.median(squares[0])) <= _MOST_DIFFER * gamma[0]
    return 0.0 if jumps or noise < _LEFT * gamma[0] else noise


def neighbours_accuracy(inputs: Array, classes: Ints) -> float:
    """Return the share of examples whose class most of their 5 nearest neighbours have, themselves not counted."""
    nearest, _ = _nearest(inputs)
    votes = np.zeros((len(classes), int(classes.max()) + 1), dtype=np.int64)
    for p in range(nearest.shape[1]):
        votes[np.arange(len(classes)), classes[nearest[:, p]]] += 1
    return float(np.mean(np.argmax(votes, axis=1) == classes))


def _regression(evidence: Evidence, inputs: Array, targets: Array) -> str | None:
    if evidence.experiment.loss != "squared-error" or len(inputs) <= 4 * NEIGHBOURS:
        return None
    noise = noise_variance(inputs, targets)
    if not (noise > 0.0 and evidence.train_loss <= (1.0 + _ERRORS * np.sqrt(2.0 / len(inputs))) * noise):
        return None
    return (
        f"The loss is {number_text(evidence.train_loss, 2)}, what the noise in the targets alone would make it: about "
        f"{number_text(noise, 2)} (estimated from how much neighbours among {len(inputs):,} examples differ)"
    )


def _classification(evidence: Evidence, inputs: Array, classes: Ints) -> str | None:
    if len(inputs) <= 8 * NEIGHBOURS:
        return None
    accuracy, neighbours = evidence.train_accuracy, neighbours_accuracy(inputs, classes)
    commonest = float(np.bincount(classes).max()) / len(classes)
    if accuracy < neighbours or neighbours < commonest + _BETTER:
        return None
    # Where half as many neighbours do worse, more would do better: they are too far apart to tell.
    halves = [neighbours_accuracy(inputs[place::2], classes[place::2]) for place in (0, 1)]
    if neighbours - float(np.mean(halves)) > _NO_WORSE:
        return None
    return (
        f"{share_text(accuracy)} of the training examples are right and the loss has settled at "
        f"{number_text(evidence.train_loss, 2)}; the class of most of the {NEIGHBOURS} nearest neighbours is "
        f"right for {share_text(neighbours)}: the classes overlap"
    )


def _nearest(inputs: Array) -> tuple[Ints, Array]:
    """Return the NEIGHBOURS nearest other rows (n, 5), nearest first, and their squared distances (n, 5)."""
    squares = np.sum(inputs**2, axis=1)
    distances = squares[:, None] + squares - 2.0 * (inputs @ inputs.T)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argpartition(distances, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    found = np.take_along_axis(distances, nearest, axis=1)
    order = np.argsort(found, axis=1)
    return np.take_along_axis(nearest, order, axis=1), np.maximum(np.take_along_axis(found, order, axis=1), 0.0)
