"""The catalogue of instruments: one entry each, read by docks, export, film, render and lessons. No Qt.

The panel of an instrument is ``stepviz.ui.instruments.<key>.panel``; what it measures are probes (``stepviz.probes``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stepviz.export import readings
from stepviz.export.columns import Table
from stepviz.runtime.frame import Frame


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument.

    ``key`` names its folder and stands in lessons, layouts and commands; ``title`` stands in the title bar and
    ``summary`` below it: what a person should conclude. ``probes`` are the names of the probes that it reads, ``cost``
    is about how many milliseconds it takes to paint on a slow machine, ``table`` returns what it shows as a table (None
    where nothing has been measured). ``behind`` is the instrument behind which it stands at first, hidden; None: it is
    shown at first. ``always``: its probes are measured while it is hidden too, because the bars show them, but for
    ``while_shown``.
    """

    key: str
    title: str
    summary: str
    probes: frozenset[str]
    cost: float
    table: Callable[[Frame], Table | None]
    behind: str | None = None
    always: bool = False
    while_shown: frozenset[str] = frozenset()


def _catalogue(*instruments: Instrument) -> dict[str, Instrument]:
    return {instrument.key: instrument for instrument in instruments}


# In the order of the default layout, row by row.
INSTRUMENTS = _catalogue(
    Instrument(
        "response", "What the network computes",
        "The function learned so far, and the examples: where colours disagree it is wrong",
        frozenset({"response"}), 1.7, readings.response,
    ),
    Instrument(
        "loss_surface", "Loss surface",
        "The loss around the present weights: where it is exactly flat, no gradient points downhill",
        frozenset({"loss_surface", "curvature"}), 3.6, readings.loss_surface,
    ),
    Instrument(
        "loss", "Loss",
        "A flat line means that nothing is learned; test above train, that it is learned by heart",
        frozenset(), 1.6, readings.losses,
    ),
    Instrument(
        "activation", "Activation",
        "Gradient flows only where the pre-activations stand under a derivative that is not 0",
        frozenset({"activation"}), 0.8, readings.activation,
    ),
    Instrument(
        "gradient_flow", "Gradient flow",
        "How much gradient reaches each layer: one at exactly 0 cannot learn by it",
        frozenset({"gradient_flow"}), 1.0, readings.gradient_flow, always=True,
    ),
    Instrument(
        "network_diagram", "Network",
        "What each unit computes; dashed edges get a gradient of exactly 0 and do not move",
        frozenset({"parameter_gradient", "stuck_units", "trace", "unit_maps"}), 2.2, readings.parameters,
    ),
    Instrument(
        "loss_surface_3d", "Loss landscape",
        "The loss surface in three dimensions, with the path on it; drag to turn it",
        frozenset({"loss_surface"}), 4.8, readings.loss_surface, behind="loss_surface",
    ),
    # An instrument does not stand behind one whose click brings it up.
    Instrument(
        "slice", "Slice",
        "The loss along one line, and its slope: a step network's loss jumps where its slope is 0",
        frozenset({"slice", "curvature"}), 2.1, readings.along_line, behind="loss",
    ),
    Instrument(
        "diagnosis", "Diagnosis",
        "Why the loss does or does not move, and what would change it",
        frozenset({"diagnosis"}), 0.1, readings.findings, behind="gradient_flow", always=True,
        while_shown=frozenset({"twins"}),
    ),
    Instrument(
        "stuck_units", "Stuck units",
        "A flat or starved unit gets a gradient of exactly 0 on all data: it cannot learn by it",
        frozenset({"stuck_units"}), 0.3, readings.stuck_units, behind="network_diagram", always=True,
    ),
    Instrument(
        "unit_ledger", "Unit ledger",
        "Of every hidden unit: its state and cause, since when, born dead or died, times revived",
        frozenset({"stuck_units"}), 0.4, readings.ledger, behind="response",
    ),
    Instrument(
        "unit_inspector", "Unit",
        "One unit closely: its pre-activations under f and f′, its response, its weights",
        frozenset({"unit", "stuck_units"}), 2.7, readings.unit, behind="activation",
    ),
)  # fmt: skip

SHOWN_AT_FIRST = tuple(key for key, instrument in INSTRUMENTS.items() if instrument.behind is None)
HIDDEN_AT_FIRST = tuple(key for key in INSTRUMENTS if key not in SHOWN_AT_FIRST)
ALWAYS_MEASURED = frozenset().union(*(instrument.probes for instrument in INSTRUMENTS.values() if instrument.always))
