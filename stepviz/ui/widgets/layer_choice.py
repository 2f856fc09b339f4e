"""Which layers a control speaks of: all hidden layers that have the same activation, one of them, or the output."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.settings.experiment import ActivationChoice, Experiment


@dataclass(frozen=True, slots=True)
class LayerChoice:
    """One or more weight layers (numbers from 0, the output last) that have one activation between them."""

    label: str
    layers: tuple[int, ...]

    def activation(self, experiment: Experiment) -> ActivationChoice:
        """Return what the layers compute."""
        return experiment.activations()[self.layers[0]]

    def with_activation(self, experiment: Experiment, choice: ActivationChoice) -> Experiment:
        """Return the experiment with another activation in these layers."""
        hidden = tuple(
            replace(layer, activation=choice) if number in self.layers else layer
            for number, layer in enumerate(experiment.layers)
        )
        output = choice if len(experiment.layers) in self.layers else experiment.output
        return replace(experiment, layers=hidden, output=output)


def layer_choices(experiment: Experiment) -> list[LayerChoice]:
    """Return what there is to choose: first the hidden layers like the first one, then each layer, then the output."""
    hidden = [layer.activation for layer in experiment.layers]
    each = [LayerChoice(f"Layer {number + 1}", (number,)) for number in range(len(hidden))]
    output = LayerChoice("Output", (len(hidden),))
    if not hidden:
        return [output]
    alike = tuple(number for number, choice in enumerate(hidden) if choice == hidden[0])
    label = "All hidden layers" if len(alike) == len(hidden) else f"All {ACTIVATIONS[hidden[0].name].label} layers"
    return [LayerChoice(label, alike), *each, output]
