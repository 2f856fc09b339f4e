"""What is said about a hidden unit in words, wherever it is said."""

from __future__ import annotations

from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.stuck_units import FLAT, SATURATED, STARVED
from stepviz.runtime.unit_ledger import BEFORE_THE_RUN, LedgerView


def derivative_words(setup: BoundExperiment, layer: int) -> str:
    """Return what the backward pass multiplies by in a layer: «f'(z)», or its stand-in by name."""
    function = setup.network.functions[layer]
    return "f'(z)" if function.has_true_derivative else f"the stand-in for f'(z) ({function.rule.label})"


def cause_words(setup: BoundExperiment, ledger: LedgerView, layer: int, state: int) -> str:
    """Return why the units of a layer that are in this state are so; nothing for active ones."""
    stands = derivative_words(setup, layer)
    if state == FLAT:
        return f"{stands} of {setup.network.functions[layer].activation.label} is exactly 0 for every example"
    if state == SATURATED:
        return f"{stands} is below 1 % of its largest for at least 95 % of the examples"
    if state != STARVED:
        return ""
    start = sum(ledger.widths[: layer + 1])
    behind = ledger.stuck[start : start + ledger.widths[layer + 1]] if layer + 1 < len(ledger.widths) else None
    if behind is not None and behind.all():
        return f"every unit of layer {layer + 2} is stuck: none passes a signal back"
    return "the error signal that arrives is exactly 0 for every example"


def moment_range(after: int, by: int) -> str:
    """Return a moment of the ledger in the least room: «180», «121–180»."""
    return str(by) if by - after <= 1 else f"{after + 1}–{by}"


def fate_words(died: tuple[int, int], *, born_dead: bool) -> str:
    """Return how a unit became stuck in the least room: «died 121–180», «born dead»; nothing where it never was."""
    if died == BEFORE_THE_RUN:
        return "died before step 0"
    if died[1] >= 0:
        return f"died {moment_range(*died)}"
    return "born dead" if born_dead else ""
