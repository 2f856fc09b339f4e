"""Networks that can only answer along a straight line: no hidden layer, or none that bends."""

from __future__ import annotations

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.settings.experiment import ActivationChoice
from stepviz.engine.setup.shape import with_layer
from stepviz.engine.setup.switch import with_activation
from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.words import inside

# A remark: what the network can answer is so whether the run is well or not.
_WEIGHT = 6.0
_FLAT = {1: "straight line", 2: "flat plane"}
_BOUNDARY = {1: "one threshold", 2: "a straight line"}


def straight(evidence: Evidence) -> Finding | None:
    """Look whether the network without its output activation is linear, unless all examples are right even so."""
    experiment, hidden = evidence.experiment, evidence.network.functions[:-1]
    if evidence.train_accuracy == 1.0:
        return None
    if any(function.activation.key != "linear" or function.normalization.axis is not None for function in hidden):
        return None
    why = "Linear layers in a row are one linear layer" if hidden else "There is no hidden layer"
    if OPTIMIZERS[experiment.optimizer.name].mistakes:
        advice, remedy = "The perceptron rule trains no hidden layer; another optimizer does.", None
    elif hidden:
        advice, remedy = "Tanh bends it; the weights stay.", with_activation(experiment, "tanh")
    else:
        bent = with_layer(experiment)
        advice, remedy = "A hidden layer bends it (this restarts).", with_activation(bent, ActivationChoice("tanh"))
    return Finding("only straight", "Only a straight line", f"{why}: {_what(evidence)}", advice, remedy, _WEIGHT)


def _what(evidence: Evidence) -> str:
    dataset, inputs = evidence.dataset, len(evidence.dataset.feature_names)
    bent = any(name not in ("x1", "x2") for name in evidence.experiment.data.features)
    among = " of the chosen features" if bent else ""
    if dataset.task == "classification":
        one = len(dataset.class_names) == 2
        many = "straight lines" if inputs == 2 else "flat planes"
        boundary = _BOUNDARY.get(inputs, "a flat plane") if one else many
        return f"{'the boundary between the classes is' if one else 'the boundaries are'} only {boundary}{among}"
    label = inside(evidence.network.functions[-1].activation.label)
    curve = "" if label == "linear" else f" under {label}"
    return f"the answer is only a {_FLAT.get(inputs, 'flat plane')}{among}{curve}"
