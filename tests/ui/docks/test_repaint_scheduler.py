"""Each instrument has its turn, none waits for long, and one frame costs about what the next does."""

from __future__ import annotations

from itertools import pairwise

import pytest

from stepviz.instruments import HIDDEN_AT_FIRST, INSTRUMENTS
from stepviz.ui.docks.repaint_scheduler import ALONE, RepaintScheduler, groups

COSTS = {"response": 1.7, "loss": 1.6, "surface": 3.6, "flow": 1.0, "stuck": 0.3, "activation": 0.8, "slice": 2.1}
OURS = {name: instrument.cost for name, instrument in INSTRUMENTS.items()}
FIRST = {name: cost for name, cost in OURS.items() if name not in HIDDEN_AT_FIRST}


def steady(costs: dict[str, float], frames: int) -> list[list[str]]:
    turns = RepaintScheduler()
    turns.take(costs, 10.0, everyone=True)
    return [turns.take(costs, 10.0 + frame / 58) for frame in range(1, frames + 1)]


@pytest.mark.parametrize("costs", [dict(list(COSTS.items())[:count]) for count in (1, 2, 5, 6, 7)] + [OURS, FIRST])
def test_in_steady_flow_all_have_their_turn_at_equal_distances(costs: dict[str, float]) -> None:
    longest = len(groups(costs))
    shown = steady(costs, 3 * longest)
    for name in costs:
        frames = [number for number, each in enumerate(shown) if name in each]
        assert {after - before for before, after in pairwise(frames)} == {longest}
    assert longest <= (len(costs) + 1) // 2 + sum(cost >= ALONE for cost in costs.values())


@pytest.mark.parametrize("costs", [OURS, FIRST], ids=["all", "first"])
def test_a_frame_costs_little_more_than_the_one_before_it(costs: dict[str, float]) -> None:
    spent = [sum(costs[name] for name in each) for each in steady(costs, 40)]
    assert max(after - before for before, after in pairwise(spent)) < 2.5
    assert max(spent) == max(costs.values())


def test_the_dear_ones_have_their_frames_alone() -> None:
    assert ["surface"] in groups(COSTS)
    assert ["stuck", "slice"] in groups(COSTS)
    assert all(len(group) <= 2 for group in groups(OURS))


def test_where_frames_are_seldom_each_is_shown_by_all() -> None:
    turns = RepaintScheduler()
    turns.take(COSTS, 10.0)
    assert sorted(turns.take(COSTS, 10.1)) == sorted(COSTS)


def test_an_instrument_that_is_opened_is_first_in_line() -> None:
    turns = RepaintScheduler()
    turns.take(COSTS, 10.0, everyone=True)
    assert "network" in turns.take(COSTS | {"network": 2.2}, 10.01)


def test_the_last_frame_is_shown_by_all() -> None:
    turns = RepaintScheduler()
    turns.take(COSTS, 10.0)
    assert len(turns.take(COSTS, 10.001)) <= 2
    assert sorted(turns.take(COSTS, 10.002, everyone=True)) == sorted(COSTS)


def test_after_one_late_frame_the_next_is_not_made_dear() -> None:
    turns = RepaintScheduler()
    turns.take(COSTS, 10.0, everyone=True)
    assert len(turns.take(COSTS, 10.035)) <= 2


def test_low_power_has_more_in_each_of_its_few_frames() -> None:
    turns = RepaintScheduler()
    turns.spare_power(True)
    turns.take(COSTS, 10.0, everyone=True)
    shown = [turns.take(COSTS, 10.0 + frame / 15) for frame in range(1, 3)]
    assert {name for each in shown for name in each} == set(COSTS)
