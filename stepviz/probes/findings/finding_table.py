"""The table of findings."""

from __future__ import annotations

from collections.abc import Callable

from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.flat import flat_activation, flat_units, starved_units
from stepviz.probes.findings.floor import noise_floor, nothing_left
from stepviz.probes.findings.learning_rate import (
    diverging,
    rate_beyond_curvature,
    rate_too_large,
    rate_too_small,
)
from stepviz.probes.findings.overfitting import overfitting
from stepviz.probes.findings.penalty import held_by_penalty, shrunk_away
from stepviz.probes.findings.reach import out_of_reach
from stepviz.probes.findings.rules import backward_rule
from stepviz.probes.findings.search import moved_by_mistakes, moved_by_trying
from stepviz.probes.findings.signal import exploding, saturated_units, vanishing
from stepviz.probes.findings.start import equal_units, zero_weights
from stepviz.probes.findings.straight import straight

FINDINGS: tuple[Callable[[Evidence], Finding | None], ...] = (
    diverging,
    nothing_left,
    zero_weights,
    equal_units,
    flat_activation,
    out_of_reach,
    flat_units,
    starved_units,
    rate_beyond_curvature,
    rate_too_large,
    shrunk_away,
    held_by_penalty,
    exploding,
    vanishing,
    saturated_units,
    rate_too_small,
    noise_floor,
    overfitting,
    straight,
    backward_rule,
)

# Of a run that is not moved by its gradient: nothing that a gradient lacks can be the reason.
WITHOUT_GRADIENT: tuple[Callable[[Evidence], Finding | None], ...] = (
    diverging,
    nothing_left,
    out_of_reach,
    noise_floor,
    overfitting,
    moved_by_trying,
    moved_by_mistakes,
    straight,
    backward_rule,
)
