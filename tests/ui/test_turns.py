"""Each instrument has its turn, and none waits for long."""

from itertools import pairwise

from stepviz.ui.turns import LONGEST, Turns

NAMES = ["response", "loss", "surface", "flow", "stuck", "activation", "network"]


def test_in_steady_flow_a_third_shows_each_frame_and_all_have_their_turn() -> None:
    turns = Turns()
    turns.take(NAMES, 10.0, everyone=True)
    shown = [turns.take(NAMES, 10.0 + frame / 58) for frame in range(1, 10)]
    assert [len(names) for names in shown] == [3] * 9
    for name in NAMES:
        frames = [-1, *(number for number, names in enumerate(shown) if name in names), len(shown)]
        assert max(after - before for before, after in pairwise(frames)) <= 3


def test_where_frames_are_seldom_each_is_shown_by_all() -> None:
    turns = Turns()
    turns.take(NAMES, 10.0)
    assert sorted(turns.take(NAMES, 10.0 + LONGEST)) == sorted(NAMES)


def test_an_instrument_that_is_opened_is_first_in_line() -> None:
    turns = Turns()
    turns.take(NAMES[:3], 10.0, everyone=True)
    assert turns.take([*NAMES[:3], "network"], 10.01)[0] == "network"


def test_the_last_frame_is_shown_by_all() -> None:
    turns = Turns()
    turns.take(NAMES, 10.0)
    assert turns.take(NAMES, 10.001, everyone=True) != []
    assert sorted(turns.take(NAMES, 10.002, everyone=True)) == sorted(NAMES)


def test_neighbours_in_the_list_come_in_different_frames() -> None:
    turns, six = Turns(), NAMES[:6]
    turns.take(six, 10.0, everyone=True)
    frames = [turns.take(six, 10.0 + frame / 58) for frame in range(1, 4)]
    assert frames == [["response", "flow"], ["loss", "stuck"], ["surface", "activation"]]
