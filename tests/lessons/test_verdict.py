"""How claims turn from open to holding or not."""

from __future__ import annotations

import math

import pytest

from stepviz.engine.settings.experiment import Experiment
from stepviz.lessons.claim_language import parse_claim
from stepviz.lessons.record import Measurement, Record
from stepviz.lessons.verdict import judge, true_at_a_look

LOSS = "loss(split=train)"


def record(*values: float, end: int = 30, every: int = 10) -> Record:
    """Return a record of a run with these losses at steps 0, 10, 20, …"""
    found = Record(end)
    for place, value in enumerate(values):
        found.add(Measurement(place * every, {LOSS: value, "step": float(place * every)}))
    return found


def line(text: str, found: Record) -> str:
    return str(judge(parse_claim(text, Experiment()), found))


def test_a_plain_condition_is_judged_at_the_end() -> None:
    assert line("loss < 0.5", record(0.1, 0.2)) == "open: training loss 0.2 at step 10"
    assert line("loss < 0.5", record(0.9, 0.8, 0.7, 0.4)) == "holds: training loss 0.4 at step 30"
    assert line("loss < 0.5", record(0.1, 0.1, 0.1, 0.6)) == "does not hold: training loss 0.6 at step 30"
    assert line("loss < 0.5", record()) == "open"


def test_within_holds_as_soon_as_it_does_and_fails_when_time_is_up() -> None:
    assert line("loss < 0.5 within 20 steps", record(0.9)) == "open: training loss 0.9 at the start"
    assert line("loss < 0.5 within 20 steps", record(0.9, 0.4)) == "holds: training loss 0.4 at step 10"
    late = "does not hold: training loss 0.7 at step 20"
    assert line("loss < 0.5 within 20 steps", record(0.9, 0.8, 0.7)) == late
    assert line("loss < 0.5 within 20 steps", record(0.9, 0.8, 0.7, 0.1)) == late


def test_always_fails_at_the_first_exception_and_holds_at_the_end() -> None:
    assert line("loss == 0 always", record(0, 0)) == "open: training loss exactly 0 at step 10"
    assert line("loss == 0 always", record(0, 0, 1e-12)) == "does not hold: training loss 10⁻¹² at step 20"
    assert line("loss == 0 always", record(0, 0, 0, 0)) == "holds: training loss exactly 0 at all 4 looks"
    assert line("loss < 2 always", record(1, 0.5, 0.25, 0.125)) == "holds: training loss 0.125 to 1 at all 4 looks"


def test_always_of_several_shows_the_range_of_each() -> None:
    found = record(1, 0.5, 0.25, 0.125)
    said = "training loss 0.125 to 1, exactly 0 to 30 steps at all 4 looks"
    assert line("(loss > 0 and step >= 0) always", found) == f"holds: {said}"
    said = "exactly 0 steps at the start; training loss 0.125 at step 30"
    assert line("step > 0 always or loss < 0.5", found) == f"holds: {said}"


def test_after_is_judged_at_its_step() -> None:
    assert line("loss < 0.5 after 10 steps", record(0.9)) == "open: training loss 0.9 at the start"
    assert line("loss < 0.5 after 10 steps", record(0.9, 0.4, 0.9)) == "holds: training loss 0.4 at step 10"


def test_two_moments_are_compared() -> None:
    found = record(0.8, 0.6, 0.4, 0.2)
    said = "training loss 0.2 at step 30; 0.8 at the start"
    assert line("loss < 0.5 * loss at 0", found) == f"holds: {said}"
    assert line("loss / loss at 0 == 0.25", found) == f"holds: {said}; loss / loss at 0 = 0.25"
    assert line("loss at 10 > 0.5", record(0.8, 0.6)) == "holds: training loss 0.6 at step 10"


@pytest.mark.parametrize(
    ("text", "values", "state"),
    [
        ("loss < 0.5 within 10 or loss < 0.1", (0.9, 0.4), "holds"),
        ("loss < 0.5 within 10 and loss < 0.1", (0.9, 0.4), "open"),
        ("loss < 0.5 within 10 and loss < 0.1", (0.9, 0.6), "fails"),
        ("not loss < 0.5", (1, 1, 1, 1), "holds"),
        ("not loss < 0.5", (1, 1), "open"),
        ("not (loss < 0.5 always)", (1,), "holds"),
        ("(loss > 0.5 and not loss > 2) always", (1, 1, 1, 1), "holds"),
        ("0 < loss < 1 < 2", (1, 1, 1, 0.5), "holds"),
        ("0 < loss < 1", (1, 1, 1, 1), "fails"),
        ("loss / 0 > 1", (1, 1, 1, 1), "fails"),
        ("loss != 1", (1, 1, 1, math.nan), "fails"),
        ("loss > 1", (1, 1, 1, math.inf), "holds"),
        ("loss - 1 >= 0 and loss + 1 <= 2", (1, 1, 1, 1), "holds"),
    ],
)  # fmt: skip
def test_states(text: str, values: tuple[float, ...], state: str) -> None:
    assert judge(parse_claim(text, Experiment()), record(*values)).state == state


def test_what_a_run_that_ended_early_left_open_does_not_hold() -> None:
    found = record(0.9, 0.4)
    found.over, found.why_over = True, "the run diverged at step 12"
    assert line("loss < 0.5 within 20", found) == "holds: training loss 0.4 at step 10"
    assert line("loss < 0.5", found) == "does not hold: training loss 0.4 at step 10; the run diverged at step 12"


def test_a_scene_goes_on_at_the_first_look_at_which_its_condition_is_true() -> None:
    condition = parse_claim("loss < 0.5", Experiment())
    assert not true_at_a_look(condition, record(0.9))
    assert true_at_a_look(condition, record(0.9, 0.4, 0.9))
