"""What is done to the sums of a layer before its activation: one table."""

from __future__ import annotations

from dataclasses import dataclass

# The trained parameters of a normalised unit, as they are called in a layout.
SCALE, SHIFT = "gamma", "beta"
# As PyTorch has it.
EPSILON = 1e-5
EXAMPLES, UNITS = 1, 2


@dataclass(frozen=True, slots=True)
class Normalization:
    """One way to normalise the sums u = W h + b of a layer: z = gamma (u - mu) / sqrt(sigma² + epsilon) + beta.

    ``axis`` of (runs, examples, units) is what mu and sigma² are taken over; None: nothing is normalised, z = u.
    ``starts``: the parameters trained per unit, and what they start from. ``meaning`` says it in a sentence.
    """

    key: str
    label: str
    formula: str
    axis: int | None
    starts: tuple[tuple[str, float], ...]
    meaning: str
    source: str = ""

    @property
    def over_examples(self) -> bool:
        """Return whether what is done to one example depends on others, and whether biases cancel out."""
        return self.axis == EXAMPLES


_STARTS = ((SCALE, 1.0), (SHIFT, 0.0))
_FORMULA = "z = γ (u − μ) / √(σ² + ε) + β"

NORMALIZATIONS: dict[str, Normalization] = {
    entry.key: entry
    for entry in (
        Normalization("none", "No norm", "z = u", None, (), "z is the sum of the weighted inputs and the bias"),
        Normalization(
            "batch",
            "Batch norm",
            f"{_FORMULA} with ε = 10⁻⁵, over the examples of the batch",
            EXAMPLES,
            _STARTS,
            "Each unit's sums get mean β and spread γ over the examples of the batch. What is measured and shown goes "
            "by the statistics of the whole training set at the present weights. Biases cancel out: their gradient "
            "is exactly 0",
            "Ioffe and Szegedy 2015",
        ),
        Normalization(
            "layer",
            "Layer norm",
            f"{_FORMULA} with ε = 10⁻⁵, over the units of the layer",
            UNITS,
            _STARTS,
            "Each example's sums are brought to mean 0 and spread 1 over the units of the layer, then each unit's are "
            "scaled by γ and shifted by β",
            "Ba, Kiros and Hinton 2016",
        ),
    )
}
