"""How long twins are trained, and how many: what a run of its size can afford."""

from __future__ import annotations

from dataclasses import dataclass

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.twins.training import POINTS

# Of small networks so many steps and seeds.
_STEPS, _SEEDS = 600, 5
_FEWEST_STEPS = 120
# How many times as long the twins are trained that are given more time.
LONGER, _MOST_LONGER = 10, 40
# What one step costs whatever its size, and multiplications in the same unit: 25 us, and two to a nanosecond.
_CALLS, _PRODUCTS = 25e-6, 1.0 / 4e9
# An activation costs so many multiplications for each unit and example; float16 is worked out in software.
_FUNCTIONS, _HALVES = 30.0, 25.0
# Where even the fewest steps take so many times what they should, less is tried, and looked at.
_DEAR, _FEW_POINTS, _FEW_CHANGES = 4.0, 8, 10
# All steps of a population of twins together may take about so many seconds.
_SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class Plan:
    """``steps`` of a twin, ``longer`` of one that is given more time, ``seeds`` new starts.

    ``points``: how often on the way its loss is measured; ``most``: how many changes are tried at all.
    """

    steps: int
    longer: int
    seeds: int
    points: int = POINTS
    most: int = 100


def plan_of(setup: BoundExperiment, done: int) -> Plan:
    """Return what is affordable for the twins of a run that has done ``done`` steps.

    It depends on the settings alone, not on the speed of the machine: the same run is examined in the same way.
    """
    e, layout = setup.experiment, setup.network.layout
    batch = len(setup.train) if e.batch_size == 0 else min(e.batch_size, len(setup.train))
    optimizer = OPTIMIZERS[e.optimizer.name]
    copies = 1
    if optimizer.search is not None:
        values = resolve(e.optimizer.parameters, optimizer.parameters, "optimizer")
        copies = optimizer.search.draws(values) * (2 if optimizer.search.pairs(values) else 1)
    slow = _HALVES if e.precision == "float16" else 1.0
    calls = _CALLS * (4.0 if e.precision == "float16" else 1.0)
    units = sum(shape.outputs for shape in layout.layers)
    row = (6.0 * layout.size + _FUNCTIONS * units) * slow * batch * copies * _PRODUCTS
    seeds = next((seeds for seeds in (_SEEDS, 3, 2) if _STEPS * (calls + seeds * row) <= 2.0 * _SECONDS), 1)
    cost = calls * max(1, len(layout.layers)) / 3.0 + seeds * row
    steps = max(_FEWEST_STEPS, min(_STEPS, round(2.0 * _SECONDS / cost)))
    single = calls + row
    longer = max(
        LONGER * steps // 4, min(max(LONGER * steps, done), _MOST_LONGER * steps, round(6.0 * _SECONDS / single))
    )
    if steps * cost > _DEAR * _SECONDS:
        return Plan(steps, 2 * steps, seeds, _FEW_POINTS, _FEW_CHANGES)
    return Plan(steps, max(longer, 2 * steps), seeds)
