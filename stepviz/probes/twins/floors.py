"""What is said where no change helps: the data themselves set the floor, or nothing is known."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.number_format import number_text, share_text
from stepviz.probes.findings.floor import neighbours_accuracy, noise_variance
from stepviz.probes.twins.examination import Examination
from stepviz.probes.twins.symptoms_of_numbers import constant_inputs, majority_answer, out_of_reach

_MOST_EXAMPLES = 400
# Neighbours that do hardly better than the commonest class say that the inputs do not tell the classes apart.
_NO_BETTER = 0.04
_FEWEST = 60
# Targets of which noise is so large a share have nothing to do with the inputs.
_MOSTLY_NOISE = 0.7


def floor_of(found: Examination) -> tuple[str, str] | None:
    """Return the key and the sentence of what keeps a run that no change has helped; None where one has."""
    state = found.state
    constant = constant_inputs(state)
    if constant is not None:
        return "constant-inputs", constant.sentence
    undetermined = _undetermined(found)
    if undetermined and not (found.proved and _tested(found)):
        answer = majority_answer(state)
        said = f"; {answer}" if answer else ""
        what = "labels" if state.subject.dataset.task == "classification" else "targets"
        return "labels-not-determined", f"The inputs do not determine the {what}: {undetermined}{said}"
    if found.proved:
        return None
    bound = out_of_reach(state)
    if bound is not None and bound.exact:
        # No twin has to prove what no weights can do; that another output alone is not enough is said beside it.
        return "targets-out-of-reach", bound.sentence
    if state.subject.diverged:
        return "diverged", f"The numbers have left what {state.experiment.precision} holds, and no change tried helps"
    if state.level < 0.9:
        return "noise-floor", (
            f"The loss stands at {share_text(state.level)} of a constant answer's, a floor that no twin passes: "
            "what is "
            "left is noise in the data, or asks for more than was tried"
        )
    answer = majority_answer(state)
    return "no-cure-found", "Nothing that was tried lowers the loss" + (f": {answer}" if answer else "")


def _tested(found: Examination) -> bool:
    return len(found.state.subject.setup.test) > 0


def _undetermined(found: Examination) -> str:
    """Return in words that neighbours in the inputs do not agree in the targets; nothing where they do."""
    dataset = found.state.subject.dataset
    count = min(_MOST_EXAMPLES, len(dataset.train))
    if count < _FEWEST:
        return ""
    rows = dataset.train[np.arange(count) * len(dataset.train) // count]
    inputs = np.asarray(dataset.network_inputs[rows], dtype=np.float64)
    with np.errstate(all="ignore"):
        spread = inputs.std(axis=0)
        inputs = (inputs - inputs.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    if dataset.task == "regression":
        targets = np.asarray(dataset.targets[rows], dtype=np.float64)
        variance = float(np.mean(np.var(targets, axis=0)))
        noise = noise_variance(inputs, targets)
        if variance > 0.0 and noise > _MOSTLY_NOISE * variance:
            return f"about {share_text(min(1.0, noise / variance))} of their variance is noise (Gamma test)"
        return ""
    classes = np.asarray(dataset.targets[rows], dtype=np.int64)
    commonest = float(np.bincount(classes).max()) / len(classes)
    neighbours = neighbours_accuracy(inputs, classes)
    if neighbours > commonest + _NO_BETTER:
        return ""
    return (
        f"the 5 nearest neighbours of an example get {share_text(neighbours)} right, the commonest class alone "
        f"{share_text(commonest)}; no twin passes that floor, {number_text(found.state.level, 2)} of a constant "
        "answer's loss"
    )
