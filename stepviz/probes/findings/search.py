"""Parameters that move without a gradient: by trying, or by mistakes. What no gradient can move may still learn."""

from __future__ import annotations

import numpy as np

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.common.number_format import number_text
from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.words import counted, inside

_FINDS_LITTLE = "Another σ, or more copies in each step, if the loss stays."
_BY_BATCH = "A copy is kept for its loss on one batch: with all examples in the batch the loss never rises."


def moved_by_trying(evidence: Evidence) -> Finding | None:
    """Say what a search does in each step, and that it does not need what the instruments show of gradients."""
    optimizer = OPTIMIZERS[evidence.experiment.optimizer.name]
    if optimizer.search is None:
        return None
    values = resolve(evidence.experiment.optimizer.parameters, optimizer.parameters, "optimizer")
    copies = optimizer.search.draws(values) * (2 if optimizer.search.pairs(values) else 1)
    tries = f"tries {copies:,} changed {'copy' if copies == 1 else 'copies'} of all {evidence.parameters:,} parameters"
    size = f" at σ = {number_text(evidence.sigma, 2)}" if evidence.sigma is not None else ""
    batch = evidence.experiment.batch_size
    by_batch = not optimizer.search.estimates and 0 < batch < evidence.examples
    return Finding(
        "moved by trying",
        "No gradient needed",
        f"{optimizer.label} {tries}{size} in each step; {_received(evidence)}",
        f"{_FINDS_LITTLE} {_BY_BATCH}" if by_batch else _FINDS_LITTLE,
        None,
        20.0,
        well=True,
    )


def moved_by_mistakes(evidence: Evidence) -> Finding | None:
    """Say how many examples the perceptron rule has still to move for."""
    optimizer = OPTIMIZERS[evidence.experiment.optimizer.name]
    if not optimizer.mistakes:
        return None
    wrong = int(np.count_nonzero(np.any(evidence.answers != evidence.targets, axis=1)))
    if wrong:
        sentence = (
            f"The perceptron rule moves the weights for each mistake, {counted(wrong, evidence.examples, 'examples')} "
            f"now; {_received(evidence)}"
        )
        advice = "Classes that no straight line parts keep it moving for ever: it then needs hidden layers."
    else:
        sentence = f"The perceptron rule stands still: none of {evidence.examples:,} examples is answered wrongly"
        advice = "There is nothing left that it learns from."
    return Finding("moved by mistakes", "No gradient needed", sentence, advice, None, 20.0, whole=not wrong, well=True)


def _received(evidence: Evidence) -> str:
    return f"{inside(evidence.receives)}, and none is needed"
