"""The ledger of hidden units, from readings made by hand and from real runs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stepviz.engine.settings.experiment import Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.setup.switch import with_activation
from stepviz.probes.stuck_units import ACTIVE, FLAT, SATURATED, STARVED, StuckUnits
from stepviz.runtime.commands import Change, Play, Restart
from stepviz.runtime.mailbox import Mailbox
from stepviz.runtime.run import Run
from stepviz.runtime.unit_ledger import BEFORE_THE_RUN, EMPTY, REMEMBERED, UnitLedger, moment_text
from stepviz.runtime.unit_words import fate_words
from stepviz.runtime.worker import Worker
from tests.runtime.until import frame_where
from tests.ui.built_panels import look

RINGS = Experiment(seed=1)


def reading(*layers: Sequence[int]) -> StuckUnits:
    states = tuple(np.array(layer, dtype=np.uint8) for layer in layers)
    shares = tuple(np.zeros(len(layer)) for layer in states)
    return StuckUnits(states, shares, shares)


def ledger_of(*looks: tuple[int, Sequence[int]]) -> UnitLedger:
    ledger = UnitLedger()
    for step, states in looks:
        ledger.observe(step, reading(states))
    return ledger


def test_the_life_of_units_known_by_hand() -> None:
    view = ledger_of(
        (0, [ACTIVE, FLAT, STARVED, ACTIVE]),
        (120, [ACTIVE, FLAT, STARVED, SATURATED]),
        (180, [FLAT, ACTIVE, FLAT, SATURATED]),
        (181, [FLAT, STARVED, FLAT, ACTIVE]),
    ).view
    assert view.step == 181
    assert view.since.tolist() == [[120, 180], [180, 181], [120, 180], [180, 181]]
    assert view.born_dead.tolist() == [False, True, True, False]
    assert view.died.tolist() == [[120, 180], [180, 181], [-1, -1], [-1, -1]]
    assert view.revived.tolist() == [0, 1, 0, 0]
    assert view.revival[1].tolist() == [120, 180]
    assert [view.fate(unit) for unit in range(4)] == [
        "died between step 120 and 180",
        "died at step 181",
        "born dead",
        "",
    ]


def test_a_unit_first_seen_late_is_not_said_to_be_born_dead() -> None:
    view = ledger_of((40, [FLAT, ACTIVE])).view
    assert not view.born_dead.any()
    assert view.fate(0) == "died by step 40"
    assert view.fate(1) == ""


def test_with_weights_of_another_run_nobody_is_born_dead() -> None:
    ledger = UnitLedger(given=True)
    ledger.observe(0, reading([FLAT, ACTIVE]))
    ledger.observe(10, reading([FLAT, STARVED]))
    assert not ledger.view.born_dead.any()
    assert [ledger.view.fate(unit) for unit in range(2)] == ["died before step 0", "died between step 0 and 10"]
    assert fate_words(BEFORE_THE_RUN, born_dead=False) == "died before step 0"


def test_units_that_the_scene_before_killed_are_not_born_dead_in_the_next_one() -> None:
    killing = Run(dying())
    killing.step(3)
    weights = killing.trainer.theta[0].copy()
    kept = Run.begun(dying(), weights, killing)
    look(kept, ())
    view = kept.recorder.ledger.view
    assert view.stuck.any()
    assert not view.born_dead.any()
    assert {view.fate(unit) for unit in np.flatnonzero(view.stuck)} == {"died before step 0"}
    kept.restart()
    look(kept, ())
    assert not kept.recorder.ledger.view.born_dead.any(), "a restart begins with the same weights"


def test_what_a_person_changes_at_one_step_is_known_exactly() -> None:
    view = ledger_of((0, [ACTIVE]), (120, [ACTIVE]), (120, [FLAT])).view
    assert view.fate(0) == "died at step 120"


def test_moments_claim_no_more_than_was_seen() -> None:
    assert moment_text(-1, 0) == "at step 0"
    assert moment_text(119, 120) == "at step 120"
    assert moment_text(-1, 40) == "by step 40"
    assert moment_text(12000, 12345) == "between step 12,000 and 12,345"


def test_a_view_is_never_written_again() -> None:
    ledger = ledger_of((0, [ACTIVE, ACTIVE]))
    before = ledger.view
    ledger.observe(5, reading([FLAT, ACTIVE]))
    assert before.states.tolist() == [ACTIVE, ACTIVE]
    assert before.step == 0
    assert not any(getattr(ledger.view, name).flags.writeable for name in ("states", "since", "died", "revived"))


def test_places_of_units_and_back() -> None:
    ledger = UnitLedger()
    ledger.observe(0, reading([ACTIVE] * 3, [FLAT] * 2))
    view = ledger.view
    assert [view.place(index) for index in range(5)] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    assert [view.index(*view.place(index)) for index in range(5)] == [*range(5)]
    assert view.index(1, 2) is None
    assert view.index(2, 0) is None
    assert view.index(-1, 0) is None
    with pytest.raises(IndexError):
        view.place(5)


def test_without_hidden_units_it_is_empty() -> None:
    ledger = UnitLedger()
    assert ledger.view is EMPTY
    ledger.observe(0, reading())
    assert len(ledger.view.states) == 0
    assert ledger.view.step == 0


looks = st.lists(
    st.tuples(st.integers(0, 3), st.lists(st.integers(0, 3), min_size=3, max_size=3)), min_size=1, max_size=40
)


@given(looks)
def test_it_is_what_a_replay_unit_by_unit_says(given_looks: list[tuple[int, list[int]]]) -> None:
    step, timeline = 0, []
    for wait, states in given_looks:
        step += wait
        timeline.append((step, states))
    view = ledger_of(*timeline).view
    for unit in range(3):
        stuck = [states[unit] in (FLAT, STARVED) for _, states in timeline]
        assert view.revived[unit] == sum(before and not after for before, after in pairwise(stuck))
        assert view.states[unit] == timeline[-1][1][unit]
        first = next(
            place
            for place in range(len(timeline))
            if all(states[unit] == view.states[unit] for _, states in timeline[place:])
        )
        assert view.since[unit].tolist() == [timeline[first - 1][0] if first else -1, timeline[first][0]]
        assert view.born_dead[unit] == (stuck[0] and timeline[0][0] == 0)


@given(looks, st.integers(0, 40))
def test_going_back_is_as_if_it_had_never_gone_on(given_looks: list[tuple[int, list[int]]], back: int) -> None:
    timeline = [(number + 1, states) for number, (_, states) in enumerate(given_looks)]
    last = max(1, len(timeline) - min(back, REMEMBERED - 1))
    ledger = ledger_of(*timeline)
    ledger.cut(last)
    alone = ledger_of(*timeline[:last]).view
    assert ledger.view.step == alone.step
    for name in ("states", "since", "born_dead", "died", "revived", "revival"):
        np.testing.assert_array_equal(getattr(ledger.view, name), getattr(alone, name))


# Real runs


def dying() -> Experiment:
    """Return a ReLU network on which a large step falls at once."""
    return with_activation(
        replace(RINGS, optimizer=Choice("sgd"), learning_rate=30.0, batch_size=0, data=DataSettings(samples=60)), "relu"
    )


def test_units_killed_by_a_large_update_died_at_that_step() -> None:
    run = Run(dying())
    for _ in range(4):
        look(run, ())
        run.step(1)
    view = run.recorder.ledger.view
    dead = np.flatnonzero(view.stuck & ~view.born_dead).tolist()
    assert len(dead) > 4
    assert all(view.fate(unit) in {f"died at step {step}" for step in (1, 2, 3)} for unit in dead)


def test_frames_far_apart_say_between_which_steps() -> None:
    run = Run(dying())
    run.step(3)
    look(run, ())
    view = run.recorder.ledger.view
    dead = np.flatnonzero(view.stuck & ~view.born_dead).tolist()
    assert {view.fate(unit) for unit in dead} == {"died between step 0 and 3"}


def test_a_switch_in_the_middle_of_training_is_the_moment_exactly_and_counts_as_revival_on_the_way_back() -> None:
    run = Run(RINGS)
    look(run, ())
    run.step(500)
    run.change(with_activation(RINGS, "step"), "Switch to step")
    run.step(30)
    look(run, ())
    view = run.recorder.ledger.view
    assert {view.fate(unit) for unit in range(16)} == {"died at step 500"}
    run.change(with_activation(RINGS, "tanh"), "Switch to tanh")
    view = run.recorder.ledger.view
    assert view.revived.tolist() == [1] * 16
    assert view.revival.tolist() == [[530, 530]] * 16
    assert not view.stuck.any()


def test_a_step_back_takes_the_deaths_back() -> None:
    run = Run(dying())
    look(run, ())
    alive = int(np.count_nonzero(run.recorder.ledger.view.stuck))
    for _ in range(3):
        run.step(1)
        look(run, ())
    assert np.count_nonzero(run.recorder.ledger.view.stuck) > alive
    for _ in range(3):
        run.step_back()
        look(run, ())
    view = run.recorder.ledger.view
    assert np.count_nonzero(view.stuck) == alive
    assert (view.died == -1).all()
    assert (view.revived == 0).all()


def test_born_dead_is_known_even_where_the_first_frame_comes_late() -> None:
    steps = with_activation(replace(RINGS, layers=(HiddenLayer(3), HiddenLayer(2))), "step")
    mailbox = Mailbox()
    worker = Worker(steps, mailbox)
    worker.send(Play())
    worker.start()
    try:
        frame = frame_where(worker, mailbox, lambda frame: frame.step > 0)
        assert frame.ledger.widths == (3, 2)
        assert frame.ledger.born_dead.all()
        assert frame.ledger.step == frame.step
        worker.send(Change(with_activation(steps, "tanh")))
        frame = frame_where(worker, mailbox, lambda frame: not frame.ledger.stuck.any())
        assert frame.ledger.revived.tolist() == [1] * 5
        worker.send(Restart())
        frame = frame_where(worker, mailbox, lambda frame: frame.generation == 1)
        assert frame.ledger.revived.tolist() == [0] * 5
        assert not frame.ledger.born_dead.any()
    finally:
        worker.stop()


def test_another_shape_begins_another_ledger() -> None:
    run = Run(RINGS)
    run.step(5)
    look(run, ())
    run.change(replace(RINGS, layers=(HiddenLayer(3),)), "")
    assert run.recorder.ledger.view.widths == (3,)
    assert run.recorder.ledger.view.step == 0
