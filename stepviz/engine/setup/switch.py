"""Changed copies of an Experiment: another activation, the weights kept."""

from __future__ import annotations

from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import ActivationChoice, Experiment


def with_activation(experiment: Experiment, choice: ActivationChoice | str, layer: int | None = None) -> Experiment:
    """Return the experiment with another activation in hidden layer ``layer`` (from 1; None: in all of them)."""
    if isinstance(choice, str):
        choice = ActivationChoice(choice)
    if layer is not None and not 1 <= layer <= len(experiment.layers):
        raise InputError("layer", layer, f"a hidden layer from 1 to {len(experiment.layers)}")
    layers = tuple(
        replace(old, activation=choice) if layer in (None, number) else old
        for number, old in enumerate(experiment.layers, start=1)
    )
    return replace(experiment, layers=layers)
