"""Each instrument has its turn, and none waits for long."""

from itertools import pairwise

import pytest

from stepviz.ui.turns import Turns

NAMES = ["response", "loss", "surface", "flow", "stuck", "activation", "network", "slice", "ledger"]


@pytest.mark.parametrize("count", [1, 2, 5, 6, 9])
def test_in_steady_flow_two_show_each_frame_and_all_have_their_turn(count: int) -> None:
    turns, names = Turns(), NAMES[:count]
    turns.take(names, 10.0, everyone=True)
    shown = [turns.take(names, 10.0 + frame / 58) for frame in range(1, 21)]
    assert {len(each) for each in shown} == {min(count, 2)}
    longest = -(-count // 2)
    for name in names:
        frames = [-1, *(number for number, each in enumerate(shown) if name in each), len(shown)]
        assert max(after - before for before, after in pairwise(frames)) <= longest


def test_where_frames_are_seldom_each_is_shown_by_all() -> None:
    turns = Turns()
    turns.take(NAMES, 10.0)
    assert sorted(turns.take(NAMES, 10.1)) == sorted(NAMES)


def test_an_instrument_that_is_opened_is_first_in_line() -> None:
    turns = Turns()
    turns.take(NAMES[:3], 10.0, everyone=True)
    assert turns.take([*NAMES[:3], "network"], 10.01)[0] == "network"


def test_the_last_frame_is_shown_by_all() -> None:
    turns = Turns()
    turns.take(NAMES, 10.0)
    assert len(turns.take(NAMES, 10.001)) == 2
    assert sorted(turns.take(NAMES, 10.002, everyone=True)) == sorted(NAMES)


def test_neighbours_in_the_list_come_in_different_frames() -> None:
    turns, six = Turns(), NAMES[:6]
    turns.take(six, 10.0, everyone=True)
    frames = [turns.take(six, 10.0 + frame / 58) for frame in range(1, 4)]
    assert frames == [["response", "flow"], ["loss", "stuck"], ["surface", "activation"]]


def test_a_dear_one_has_its_frame_alone() -> None:
    turns, six = Turns(), NAMES[:6]
    turns.take(six, 10.0, everyone=True)
    shown = [turns.take(six, 10.0 + frame / 58, dear={"surface", "activation"}) for frame in range(1, 41)]
    assert all(len(each) == 1 for each in shown if "surface" in each or "activation" in each)
    # Two dear ones and two frames of two: everyone is shown in every four frames.
    for first in range(36):
        assert {name for each in shown[first : first + 5] for name in each} == set(six)


def test_after_one_late_frame_the_next_is_not_made_dear() -> None:
    turns = Turns()
    turns.take(NAMES, 10.0, everyone=True)
    assert len(turns.take(NAMES, 10.035)) == 2
