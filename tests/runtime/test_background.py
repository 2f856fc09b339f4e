from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from stepviz.runtime.background import Background


@pytest.fixture
def background() -> Iterator[Background]:
    background = Background()
    yield background
    background.stop()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_readings_arrive_in_order_and_checkpoints_do_not(background: Background) -> None:
    background.begin(iter([None, "coarse", None, "fine"]))
    until(lambda: not background.busy)
    assert background.collect() == ["coarse", "fine"]
    assert background.collect() == []


def test_a_newer_measurement_drops_the_older_one_and_what_it_found(background: Background) -> None:
    go_on = threading.Event()

    def slow() -> Iterator[object]:
        yield "of the old"
        go_on.wait(20)
        yield "too late"

    background.begin(slow())
    until(lambda: background.found)
    background.begin(iter(["new"]))
    go_on.set()
    until(lambda: not background.busy)
    assert background.collect() == ["new"]


def test_a_cancelled_measurement_leaves_nothing(background: Background) -> None:
    endless = iter(lambda: "again", None)
    background.begin(endless)
    until(lambda: background.found)
    background.cancel()
    assert not background.busy
    assert background.collect() == []


def test_an_error_is_raised_where_it_is_collected_and_the_next_measurement_runs(background: Background) -> None:
    def broken() -> Iterator[object]:
        yield None
        raise ZeroDivisionError("in the probe")

    background.begin(broken())
    until(lambda: background.found)
    with pytest.raises(ZeroDivisionError, match="in the probe"):
        background.collect()
    background.begin(iter(["fine"]))
    until(lambda: background.found)
    assert background.collect() == ["fine"]
