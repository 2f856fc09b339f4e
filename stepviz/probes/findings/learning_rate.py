"""Steps that are too long, too short, or have left the finite numbers."""

from __future__ import annotations

import math

import numpy as np

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.common.number_format import number_text, share_text
from stepviz.engine.settings.experiment import scheduled_rate
from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.remedies import with_learning_rate
from stepviz.probes.findings.trend import LATEST, STANDS
from stepviz.probes.gradient_flow import norm

# ||step|| / ||W||: an update that changes a layer by a tenth forgets it in ten, one of a hundred-thousandth needs days.
TOO_LARGE, TOO_SMALL = 0.1, 1e-5
USUAL = 1e-3
# A rise of the loss by this factor over the last of the run is no scatter.
RISE = 1.5
# Nor is one that the plot hardly shows: this share of what it spans.
SHOWN = 0.1
# ||g|| ||theta|| / L: by how much of itself the loss would change if all parameters changed by their own size.
WORTHWHILE = 0.05


def diverging(evidence: Evidence) -> Finding | None:
    """Look whether the loss is not finite, or has risen by half, to be seen, and above what it was before."""
    lowest = float(min(evidence.recent_losses[-LATEST:], default=math.inf))
    # Near its floor a loss goes up and down by more than half; it diverges where it leaves what it has been of late.
    before = evidence.recent_losses[:-LATEST]
    usual = float(np.median(before)) if len(before) else 0.0
    if not math.isfinite(evidence.train_loss):
        what = "not a number" if math.isnan(evidence.train_loss) else "infinite"
        sentence = f"The loss is {what}: the numbers have left what {evidence.experiment.precision} holds"
    elif (
        _by_rate(evidence)
        and evidence.trend == "rising"
        and evidence.train_loss > max(RISE * lowest, usual, lowest + SHOWN * evidence.span)
    ):
        risen = f"{number_text(lowest)} to {number_text(evidence.train_loss)}"
        sentence = f"The loss has risen from {risen}: the steps are too long"
    else:
        return None
    return Finding(
        "diverging",
        "Diverging",
        sentence,
        "Go one step back or restart, with a learning rate of a tenth.",
        with_learning_rate(evidence.experiment, 0.1),
        100.0,
        whole=True,
    )


def _by_rate(evidence: Evidence) -> bool:
    # Only of a gradient, or of an estimate of one, can a step be too long: a copy that is kept is better somewhere, and
    # a perceptron goes up and down.
    optimizer = OPTIMIZERS[evidence.experiment.optimizer.name]
    return optimizer.by_gradient or (optimizer.search is not None and optimizer.search.estimates)


def rate_too_large(evidence: Evidence) -> Finding | None:
    """Look whether an update changes a layer by more than a tenth of its size, and the loss does not fall."""
    ratios = np.where(np.isfinite(evidence.flow.update_ratio), evidence.flow.update_ratio, 0.0)
    layer = int(np.argmax(ratios))
    if evidence.trend not in STANDS or not ratios[layer] > TOO_LARGE:
        return None
    return Finding(
        "learning rate too large",
        "Steps too long",
        f"One update changes layer {layer + 1} by {share_text(float(ratios[layer]))} of its size",
        "A smaller learning rate: steps so long pass by what is lower.",
        with_learning_rate(evidence.experiment, 0.1),
        58.0,
    )


def rate_beyond_curvature(evidence: Evidence) -> Finding | None:
    """Look whether plain gradient descent steps over the valley: eta > 2 / kappa, and the loss does not fall.

    kappa is the curvature along the gradient. On a parabola of that curvature such a step ends higher than it began;
    that is so of one step, so it is looked for only where the loss has stopped falling.
    """
    experiment = evidence.experiment
    plain = experiment.optimizer.name == "sgd" and experiment.clipping.name == "none"
    if not plain or evidence.trend not in STANDS:
        return None
    bend, rate = evidence.bend, scheduled_rate(experiment, evidence.step)
    if not (math.isfinite(bend) and rate * bend > 2.0):
        return None
    return Finding(
        "learning rate beyond curvature",
        "Steps over the valley",
        f"Along the gradient the loss bends by {number_text(bend)}: steps of a rate above {number_text(2.0 / bend, 2)} "
        f"go over the valley, and the rate is {rate:g}",
        "A learning rate of one over the curvature.",
        with_learning_rate(experiment, 1.0 / (rate * bend)),
        59.0,
    )


def rate_too_small(evidence: Evidence) -> Finding | None:
    """Look for updates below a hundred-thousandth of every layer's size, though there is a slope to go down."""
    ratio = float(np.max(evidence.flow.update_ratio))
    if evidence.step == 0 or evidence.trend == "falling" or evidence.sure or not 0.0 < ratio < TOO_SMALL:
        return None
    slope = norm(evidence.gradient) * norm(evidence.theta)
    if not slope > WORTHWHILE * evidence.train_loss:
        return None
    remedy = with_learning_rate(evidence.experiment, min(1e6, 10.0 ** round(math.log10(USUAL / ratio))))
    factor = remedy.learning_rate / evidence.experiment.learning_rate
    return Finding(
        "learning rate too small",
        "Steps too short",
        f"No update changes a layer by more than {number_text(ratio, 2)} of its size, though the gradient is not small",
        f"A learning rate {factor:,.0f} times as large.",
        remedy,
        40.0,
    )
