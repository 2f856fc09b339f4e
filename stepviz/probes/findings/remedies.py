"""Changed experiments that cure."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment


def with_activations(experiment: Experiment, layers: Collection[int], choice: ActivationChoice) -> Experiment:
    """Return the experiment with another activation in these hidden layers (from 0)."""
    changed = tuple(
        replace(old, activation=choice) if layer in layers else old for layer, old in enumerate(experiment.layers)
    )
    return replace(experiment, layers=changed)


def with_rule(experiment: Experiment, layers: Collection[int], rule: str) -> Experiment:
    """Return the experiment with another backward rule in these weight layers (from 0, the output last)."""
    choices = [
        replace(old, rule=Choice(rule)) if layer in layers else old
        for layer, old in enumerate(experiment.activations())
    ]
    hidden = tuple(replace(old, activation=choice) for old, choice in zip(experiment.layers, choices[:-1], strict=True))
    return replace(experiment, layers=hidden, output=choices[-1])


def with_weights(experiment: Experiment, name: str) -> Experiment | None:
    """Return the experiment with first weights drawn by ``name`` with its defaults; None where they are so already."""
    return None if experiment.weights == Choice(name) else replace(experiment, weights=Choice(name))


def with_learning_rate(experiment: Experiment, factor: float) -> Experiment:
    """Return the experiment with the learning rate times ``factor``, rounded to two digits."""
    return replace(experiment, learning_rate=float(f"{min(experiment.learning_rate * factor, 1e6):.2g}"))
