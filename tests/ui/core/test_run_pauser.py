"""The lab's run rests for other windows, and goes on when the last of them is done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import Command, Pause, Play
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.run_pauser import RunPauser
from tests.ui.frames import make_frame


@pytest.fixture
def sent() -> list[Command]:
    return []


def lab(sent: list[Command], *, running: bool) -> Lab:
    found = Lab(Experiment(), sent.append)
    found.show(replace(make_frame(Experiment(), 5, ()), running=running))
    return found


def test_it_goes_on_when_the_last_is_done(sent: list[Command]) -> None:
    rest = RunPauser(lab(sent, running=True))
    rest.begin("race")
    rest.begin("study")
    rest.end("race")
    assert sent == [Pause()]
    rest.end("study")
    rest.end("study")
    assert sent == [Pause(), Play()]


def test_a_run_that_rested_before_stays_so(sent: list[Command]) -> None:
    rest = RunPauser(lab(sent, running=False))
    rest.begin("study")
    rest.end("study")
    assert sent == [Pause()]


def test_it_does_not_go_on_where_the_program_ends(sent: list[Command]) -> None:
    rest = RunPauser(lab(sent, running=True))
    rest.begin("study")
    rest.stay()
    rest.end("study")
    assert sent == [Pause()]
