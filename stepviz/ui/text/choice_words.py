"""A choice from a table in words, for marks and for the undo menu."""

from __future__ import annotations

from collections.abc import Sequence

from stepviz.engine.catalogue.parameters import Parameter
from stepviz.engine.common.number_format import number_text
from stepviz.engine.settings.experiment import Choice


def named_choice(label: str, choice: Choice, parameters: Sequence[Parameter]) -> str:
    """Return the label with the parameters that were set, as in «Adam (β₁ = 0.8)»."""
    given = [
        f"{entry.symbol} = {number_text(choice.parameters[entry.name])}"
        for entry in parameters
        if entry.name in choice.parameters
    ]
    return f"{label} ({', '.join(given)})" if given else label
