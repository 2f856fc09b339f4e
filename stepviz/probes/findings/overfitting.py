"""Networks that learn their training examples by heart."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import number_text
from stepviz.engine.settings.experiment import Experiment
from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.finding import Finding

# The mean loss of fewer examples hangs on one or two of them.
FEWEST_TESTED = 20
# Fewer losses than this do not say where the curve was lowest.
FEWEST = 30
# The test loss has to stand so far above its lowest, and the training loss has to have fallen by so much since.
_RISE = 1.1
_FALL = 0.9
# A curve that begins later than so many of its own steps begins with a change of the run.
_BEGUN = 2.0
# A rise that the plot of the whole run does not show is none: as a share of the highest test loss.
_SEEN = 0.02
# With these strengths the test loss came down in nearly all runs tried. A penalty keeps the training loss at about ten
# times its strength: one that has been lower than ``_LOW`` takes the weaker. Beyond the largest none helped.
_WEAK, _USUAL, _LARGEST = 0.001, 0.003, 0.03
_LOW = 0.02


def overfitting(evidence: Evidence) -> Finding | None:
    """Look whether the test loss has risen from its lowest while the training loss went on falling.

    What scatters is no rise: nine of ten of the newest quarter of the losses have to stand above what the test loss was
    at its lowest, in medians of neighbouring points.
    """
    if evidence.tested < FEWEST_TESTED or len(evidence.curve) < FEWEST or not np.isfinite(evidence.test_loss):
        return None
    curve = np.vstack([evidence.curve, [evidence.step, evidence.train_loss, evidence.test_loss]])
    if not _parted(curve):
        return None
    step, train, test = curve[np.argmin(curve[:, 2])]
    began = float(evidence.curve[0, 0])
    since = f"since the change at step {began:,.0f} " if began > _BEGUN * float(np.median(np.diff(curve[:, 0]))) else ""
    if not (evidence.train_loss < train and evidence.test_loss > test):
        return None
    return Finding(
        "overfitting",
        "Overfitting",
        f"The test loss was lowest {since}at step {step:,.0f} with {number_text(test)} and is "
        f"{number_text(evidence.test_loss)} now, while the training loss fell from {number_text(train)} "
        f"to {number_text(evidence.train_loss)}",
        f"A penalty on large weights (L2) keeps the answer smooth; more examples help too, or to end at step "
        f"{step:,.0f}.",
        _with_penalty(evidence.experiment, float(test)),
        30.0,
        whole=True,
    )


def _parted(curve: Array) -> bool:
    """Return whether the losses (points, 3) have parted: the test loss gone up, the training loss down."""
    width = max(3, len(curve) // 32)
    train, test = np.median(curve[len(curve) % width :, 1:].reshape(-1, width, 2), axis=1).T
    lowest = int(np.argmin(test))
    newest = curve[-(len(curve) // 4) :]
    low, now = float(test[lowest]), float(np.quantile(newest[:, 2], 0.1))
    risen = now > _RISE * low and now - low > _SEEN * float(np.max(curve[:, 2]))
    return risen and float(np.median(newest[:, 1])) < _FALL * float(train[lowest])


def _with_penalty(experiment: Experiment, lowest: float) -> Experiment | None:
    """Return the experiment with an L2 penalty, or a larger one; None where it is large already."""
    strength = max(_WEAK if lowest < _LOW else _USUAL, float(f"{3.0 * experiment.l2:.2g}"))
    return replace(experiment, l2=strength) if strength <= _LARGEST else None
