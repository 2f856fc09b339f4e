from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stepviz.engine.common.arrays import Array
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
    assert len(view.column("step")) <= CAPACITY
    assert view.column("train_loss")[-1] == CAPACITY * 3 / 2


def noisy(rows: int, seed: int) -> Array:
    """Return rows of step, training and test loss that fall and jump."""
    random = np.random.default_rng(seed)
    steps = np.cumsum(random.integers(1, 200, rows)).astype(float)
    losses = np.exp(-np.linspace(0, 3, rows))[:, None] + 0.05 * random.standard_normal((rows, 2))
    losses[random.integers(0, rows, 3)] += 3.0
    return np.column_stack([steps, losses])


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 5 * CAPACITY), st.integers(0, 10**6), st.integers(2, 20))
def test_the_extremes_of_the_losses_are_kept_exactly_of_the_whole_and_of_its_parts(
    rows: int, seed: int, parts: int
) -> None:
    history, given_rows = History(["step", "train_loss", "test_loss"]), noisy(rows, seed)
    for row in given_rows:
        history.record(row)
    view = history.view()
    kept = np.column_stack([view.column(name) for name in history.names])
    assert len(kept) <= CAPACITY
    assert (np.diff(kept[:, 0]) > 0).all()
    # Every kept row is one that came.
    places = np.searchsorted(given_rows[:, 0], kept[:, 0])
    np.testing.assert_array_equal(given_rows[places], kept)
    for column in (1, 2):
        for extreme in (np.argmin, np.argmax):
            np.testing.assert_array_equal(kept[extreme(kept[:, column])], given_rows[extreme(given_rows[:, column])])
    # Of a part of the run the curve reaches as far as it did, but for the ends of buckets.
    edges = np.linspace(0, rows, parts + 1).astype(int)
    room = 8 * view.thinned
    for start, end in pairwise(edges):
        inside = given_rows[start + room : max(0, end - room)]
        if len(inside) < 2:
            continue
        near = kept[(kept[:, 0] >= given_rows[start, 0]) & (kept[:, 0] <= given_rows[end - 1, 0])]
        assert (near[:, 1:].max(axis=0) >= inside[:, 1:].max(axis=0)).all()
        assert (near[:, 1:].min(axis=0) <= inside[:, 1:].min(axis=0)).all()


def test_rows_of_a_long_run_are_spread_evenly() -> None:
    history = History(["step", "train_loss", "test_loss"])
    for row in noisy(20 * CAPACITY, 1):
        history.record(row)
    steps = history.view().column("step")
    counts, _ = np.histogram(steps, bins=10)
    assert counts.max() < 2.5 * counts.min()


def test_a_history_goes_on_from_what_was_kept() -> None:
    before, after = (History(["step", "train_loss", "test_loss"]) for _ in range(2))
    rows = noisy(3 * CAPACITY, 2)
    for row in rows[: 2 * CAPACITY]:
        before.record(row)
    kept, marks = before.kept()
    after.resume(kept, before.last, marks)
    for row in rows[2 * CAPACITY :]:
        after.record(row)
    losses = after.view().column("train_loss")
    assert (losses.min(), losses.max()) == (rows[:, 1].min(), rows[:, 1].max())


def test_at_most_two_rows_share_a_step() -> None:
    history = History(["step", "train_loss", "test_loss"])
    for loss in (1.0, 2.0, 2.0, 3.0):
        history.record([7, loss, loss])
    assert history.view().column("step").tolist() == [7, 7]
    assert history.view().column("train_loss").tolist() == [1.0, 3.0]


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
