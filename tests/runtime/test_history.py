from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stepviz.runtime.history import CAPACITY, LARGEST_PATH_BYTES, MARKS, History, Mark, PathRecord, Thinned


@given(st.integers(0, 300))
def test_rows_stay_within_capacity_in_order_and_evenly_spread(offered: int) -> None:
    thinned = Thinned(1, 16)
    for value in range(offered):
        thinned.add([value])
    kept = thinned.rows[:, 0]
    assert len(kept) <= 16
    np.testing.assert_array_equal(kept, np.arange(0, offered, thinned.stride)[: len(kept)])
    assert offered == 0 or offered - kept[-1] <= thinned.stride


def test_the_newest_point_is_always_in_the_view() -> None:
    history = History(["step", "train_loss"])
    for step in range(CAPACITY * 3 + 1):
        history.record([step, step / 2])
        if step % 777 == 0:
            assert history.view().column("step")[-1] == step
    view = history.view()
    assert view.thinned == 4
    assert len(view.column("step")) <= CAPACITY + 1
    assert view.column("train_loss")[-1] == CAPACITY * 3 / 2


def test_going_back_forgets_what_came_after() -> None:
    history = History(["step", "train_loss"])
    for step in range(10):
        history.record([step, 0.0])
    history.mark(Mark(3, "early"))
    history.mark(Mark(8, "late"))
    history.cut(5)
    view = history.view()
    assert view.column("step").max() == 5
    assert [mark.text for mark in view.marks] == ["early"]


def test_marks_are_bounded() -> None:
    history = History(["step"])
    for step in range(3 * MARKS):
        history.mark(Mark(step, "switch"))
    assert [mark.step for mark in history.view().marks] == list(range(2 * MARKS, 3 * MARKS))


def test_the_path_of_a_large_network_is_bounded_in_bytes() -> None:
    record = PathRecord(200_000)
    row = np.ones(200_000, dtype=np.float32)
    for step in range(200):
        record.add(step, row)
    assert record.parameters.nbytes <= LARGEST_PATH_BYTES * 1.1
    assert record.steps[0] == 0
