"""A refused change never happened: neither on screen nor on the undo stack."""

from __future__ import annotations

from msgspec.structs import replace

from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import Change, Command, Play
from stepviz.runtime.mailbox import Failure, Refusal
from stepviz.ui.core.lab import Lab
from stepviz.ui.window.worker_messages import describe_message
from tests.ui.frames import make_frame

BEFORE = Experiment(seed=1)


def changed_lab(sent: list[Command]) -> tuple[Lab, Experiment]:
    lab = Lab(BEFORE, sent.append)
    lab.show(make_frame(BEFORE, probes=()))
    lab.change(replace(BEFORE, learning_rate=0.5), "Learning rate")
    lab.show(make_frame(lab.experiment, probes=()))
    too_large = replace(lab.experiment, seed=9)
    lab.change(too_large, "Too large")
    return lab, too_large


def test_a_refused_change_is_taken_back_and_the_one_before_can_still_be_undone(qapp: object) -> None:
    sent: list[Command] = []
    lab, too_large = changed_lab(sent)
    told: list[Experiment] = []
    lab.experiment_changed.connect(told.append)
    before = len(sent)
    assert describe_message(lab, Refusal(Change(too_large), "layers: found …")) == "layers: found …"
    assert lab.experiment.learning_rate == 0.5
    assert told == [lab.experiment]
    assert len(sent) == before, "nothing is sent: the worker never left the settings in force"
    assert not lab.undo_stack.canRedo()
    lab.undo_stack.undo()
    assert lab.experiment == BEFORE


def test_a_refusal_of_what_is_no_longer_wanted_changes_nothing(qapp: object) -> None:
    lab, too_large = changed_lab([])
    newest = replace(too_large, seed=10)
    lab.change(newest, "Newer")
    describe_message(lab, Refusal(Change(too_large), "no"))
    assert lab.experiment == newest
    assert lab.undo_stack.count() == 3


def test_other_news_is_put_into_words(qapp: object) -> None:
    lab, _ = changed_lab([])
    assert describe_message(lab, Refusal(Play(), "diverged")) == "diverged"
    assert "ZeroDivisionError: x" in describe_message(lab, Failure("ZeroDivisionError: x", "Traceback …"))
