"""What is said of a study under way and at its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepviz.studies.order import Order
from stepviz.studies.run import Progress, StudyCancelledError
from stepviz.studies.running import Standing
from stepviz.ui.studies.words import ending_text, standing_text, time_text

ORDER = Order("born-dead", {"depth": (10,), "width": (2,)}, 40_000, 0, Path("results"))


def test_rate_and_time_left_are_those_of_what_was_computed_and_not_of_what_was_kept() -> None:
    standing = Standing(Progress(done=60_000, total=100_000, kept=50_000), seconds=5.0)
    assert standing.rate == 2000.0
    assert standing.seconds_left == 20.0
    text = standing_text(ORDER, standing, 6.0)
    assert text == "born-dead: 60,000 of 100,000 networks, 2,000 a second, 20 s left, 50,000 kept from before"


def test_before_anything_is_finished_the_time_so_far_is_said() -> None:
    standing = Standing(Progress(done=0, total=400, kept=0), seconds=0.0)
    assert standing.seconds_left is None
    assert "the first parts are under way, 3.2 s so far" in standing_text(ORDER, standing, 3.2)
    assert "looking at what is to be computed" in standing_text(ORDER, None, 0.0)


def test_a_cancelled_study_says_what_is_kept() -> None:
    standing = Standing(Progress(done=300, total=400, kept=0), seconds=1.0)
    assert "300 of 400 are kept" in ending_text(ORDER, standing, StudyCancelledError())
    assert "before anything was finished" in ending_text(ORDER, None, StudyCancelledError())


def test_errors_are_said_in_words() -> None:
    full = OSError(28, "No space left on device")
    assert ending_text(ORDER, None, full).startswith("results: cannot be used (No space left on device)")
    assert "not enough memory" in ending_text(ORDER, None, MemoryError())


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (9.9, "9.9 s"), (61.2, "61 s"), (300, "5 min"), (7200, "2.0 h")]
)
def test_times(seconds: float, text: str) -> None:
    assert time_text(seconds) == text
