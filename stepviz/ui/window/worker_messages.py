"""What the worker has to say: a refused command, an error of its own."""

from __future__ import annotations

from typing import assert_never

from stepviz.runtime.commands import Change, Return
from stepviz.runtime.mailbox import Failure, News, Note, NotKept, Refusal, Saved
from stepviz.ui.core.lab import Lab


def describe_message(lab: Lab, news: News) -> str:
    """Return news in words for the person; a change of settings that was refused is taken back."""
    match news:
        case Refusal(Change(experiment), message):
            if experiment == lab.experiment and lab.frame is not None:
                _take_back(lab)
            return message
        case Refusal(Return(_, experiment), message):
            if experiment == lab.experiment and lab.frame is not None:
                _show_settings_in_force(lab)
            return message
        case Refusal(_, message):
            return message
        case Saved(path, step, earlier):
            if earlier:
                return f"The session is in {path}: the run at step {step:,}, the last one kept with finite numbers"
            return f"The session is in {path}"
        case Note(message):
            return message
        case NotKept():
            return "The settings are back, but not their run: it took more memory than is kept for runs that were left"
        case Failure(message):
            return f"The run was paused by an error of the program: {message}. Its details are in the log"
        case _:
            assert_never(news)


def _take_back(lab: Lab) -> None:
    """Show the settings in force again, and forget the change on the undo stack: it never happened."""
    stack = lab.undo_stack
    command = stack.command(stack.index() - 1)
    if command is not None:
        command.setObsolete(True)
        stack.undo()
    _show_settings_in_force(lab)


def _show_settings_in_force(lab: Lab) -> None:
    assert lab.frame is not None
    lab.experiment = lab.frame.experiment
    lab.experiment_changed.emit(lab.experiment)
