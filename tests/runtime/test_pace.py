from __future__ import annotations

import pytest

from stepviz.runtime.pace import SLICE, Pace


def run(pace: Pace, seconds: float, cost: float) -> int:
    """Play the worker's loop on a clock of our own; return the updates done."""
    now, done = 0.0, 0
    pace.resume(now)
    while now < seconds:
        count = pace.due(now)
        began = now
        now += count * cost if count else max(1e-4, min(0.05, pace.wait()))
        pace.did(count, began, now)
        done += count
    return done


@pytest.mark.parametrize("limit", [1.0, 7.5, 60.0, 1000.0])
def test_a_limit_is_kept_over_time(limit: float) -> None:
    pace = Pace()
    pace.limit = limit
    assert run(pace, 20.0, 20e-6) == pytest.approx(20 * limit, rel=0.02, abs=1)


def test_without_a_limit_slices_fill_their_time_whatever_an_update_costs() -> None:
    for cost in (2e-6, 20e-6, 500e-6):
        pace = Pace()
        run(pace, 1.0, cost)
        assert pace.fitting * cost == pytest.approx(SLICE, rel=0.35)


def test_a_machine_too_slow_for_the_limit_does_not_fall_behind() -> None:
    pace = Pace()
    pace.limit = 1000.0
    assert run(pace, 5.0, 0.01) == pytest.approx(500, rel=0.02)
    pace.limit = 10.0
    assert pace.due(5.0) <= 2


def test_the_rate_is_that_of_the_last_second() -> None:
    pace = Pace()
    pace.limit = 100.0
    run(pace, 5.0, 1e-5)
    assert pace.rate(5.0) == pytest.approx(100, rel=0.1)
    assert pace.rate(60.0) == 0.0


def test_a_slice_is_held_to_the_time_that_is_left_but_does_at_least_one_update() -> None:
    pace = Pace()
    run(pace, 1.0, 20e-6)
    whole = pace.fitting
    pace.hold(SLICE / 3)
    assert pace.fitting == pytest.approx(whole / 3, abs=1)
    pace.hold(-1.0)
    assert pace.due(2.0) == 1
    pace.hold(1.0)
    assert pace.fitting == whole
