"""What a remedy does, in the few words of a button."""

from __future__ import annotations

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.initializers import WEIGHT_INITIALIZERS
from stepviz.engine.settings.experiment import ActivationChoice, Experiment
from stepviz.probes.findings.words import capital, in_layers, inside


def remedy_words(before: Experiment, after: Experiment) -> str:
    """Return what changes from ``before`` to ``after``: «Use leaky ReLU in layer 2», «Set learning rate to 0.001»."""
    parts = []
    layers = _changed_layers(before, after)
    words = {layer: _activation(before.activations()[layer], after.activations()[layer]) for layer in layers}
    for text in dict.fromkeys(words.values()):
        parts.append(f"use {text}{_where([layer for layer in layers if words[layer] == text], len(after.layers))}")
    if before.learning_rate != after.learning_rate:
        parts.append(f"set learning rate to {after.learning_rate:g}")
    for label, old, new in (("L1", before.l1, after.l1), ("L2", before.l2, after.l2)):
        if old != new:
            parts.append(f"set {label} to {new:g}")
    if before.precision != after.precision:
        parts.append(f"compute in {after.precision}")
    if before.weights != after.weights:
        parts.append(f"draw weights by {WEIGHT_INITIALIZERS[after.weights.name].label} (restarts)")
    return capital(", ".join(parts)) or "Do so"


def _changed_layers(before: Experiment, after: Experiment) -> list[int]:
    if len(before.layers) != len(after.layers):
        return []
    pairs = zip(before.activations(), after.activations(), strict=True)
    return [number for number, (old, new) in enumerate(pairs) if old != new]


def _where(layers: list[int], output: int) -> str:
    """Return the place of weight layers (from 0, the output last); nothing where they are all the hidden ones."""
    if layers == [output]:
        return " at the output"
    return "" if layers == list(range(output)) else f" in {in_layers(layers)}"


def _activation(before: ActivationChoice, after: ActivationChoice) -> str:
    if before.name == after.name and before.rule != after.rule:
        return f"the {inside(BACKWARD_RULES[after.rule.name].label)} rule"
    return inside(ACTIVATIONS[after.name].label)
