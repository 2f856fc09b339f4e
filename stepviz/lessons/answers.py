"""Which instruments tell the answer to a scene's question before the class has chosen."""

from __future__ import annotations

from collections.abc import Iterator

from stepviz.lessons.expression import Node, QuantityRef, Timed, children
from stepviz.lessons.lesson import Question

# They show whether the units can learn, and with it how a run will end.
LEARNING = frozenset({
    "gradient_flow", "stuck_units", "unit_ledger", "unit_inspector", "network_diagram", "diagnosis", "activation",
    "slice", "loss_surface", "loss_surface_3d",
})  # fmt: skip
# They show how good the network is now.
RESULT = frozenset({"response", "loss", "loss_surface", "loss_surface_3d", "slice", "network_diagram"})
WEIGHTS = frozenset({"network_diagram", "unit_inspector", "diagnosis", "gradient_flow", "stuck_units", "unit_ledger"})

# What tells how a quantity will be at the end of a run. A quantity that is not listed is told by LEARNING.
_TELLS_THE_END = {
    "step": frozenset[str](),
    "learning_rate": frozenset[str](),
    "weight": WEIGHTS,
    "bias": WEIGHTS,
    "parameter": WEIGHTS | {"activation"},
    "output_values": frozenset({"response", "network_diagram", "unit_inspector", "diagnosis"}),
    "largest_jump": frozenset({"response", "network_diagram", "unit_inspector"}),
    "exact_zero_count": LEARNING | {"response"},
}
# What tells, besides, how it is at the start: the instruments show the start while the class may still guess.
_TELLS_THE_START = {
    "loss": RESULT,
    "accuracy": RESULT,
    "weight": WEIGHTS | {"loss_surface", "response"},
    "bias": WEIGHTS | {"loss_surface", "response"},
}


def telling_instruments(question: Question, steps: int) -> dict[str, str]:
    """Return by key the instruments that would tell the answer, and the quantity that each of them tells.

    ``steps``: how long the run of the scene is. All of it is judged by the conditions of the answers.
    """
    told: dict[str, str] = {}
    for choice in question.choices:
        asked = list(_asked(choice.condition, steps == 0))
        # A start that the end is compared with answers nothing by itself.
        later = {item.name for item, at_start in asked if not at_start}
        for item, at_start in asked:
            names = _TELLS_THE_END.get(item.name, LEARNING)
            if at_start and item.name not in later:
                names = names | _TELLS_THE_START.get(item.name, frozenset())
            told.update(dict.fromkeys(names, item.name))
    return told


def _asked(node: Node, at_start: bool) -> Iterator[tuple[QuantityRef, bool]]:
    """Yield the quantities that are asked for, and whether the start of the run answers."""
    if isinstance(node, QuantityRef):
        if not node.before:
            yield node, at_start or node.at == 0
        return
    at_start = at_start or (isinstance(node, Timed) and (node.time == "always" or node.steps == 0))
    for child in children(node):
        yield from _asked(child, at_start)
