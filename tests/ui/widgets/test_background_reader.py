"""Reading files beside the window."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from stepviz.engine.common.errors import InputError
from stepviz.ui.widgets.background_reader import FileReader

PATH = Path("folder/mine.stepviz")


def test_it_is_busy_until_the_file_is_read_and_hands_over_what_is_in_it(qtbot: QtBot) -> None:
    parent = QObject()
    reader, may_end = FileReader(parent), threading.Event()
    reader.start(PATH, lambda: may_end.wait(10.0))
    assert reader.busy
    with qtbot.waitSignal(reader.read) as found:
        may_end.set()
    assert found.args == [PATH, True]
    reader.wait()
    assert not reader.busy


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InputError("seed", "a text", "a number"), "seed: found a text, expected a number"),
        (FileNotFoundError(2, "No such file or directory"), "mine.stepviz: No such file or directory"),
        (ZeroDivisionError("oh"), "mine.stepviz: cannot be opened (ZeroDivisionError: oh)"),
    ],
)
def test_what_cannot_be_read_is_said(qtbot: QtBot, error: Exception, words: str) -> None:
    parent = QObject()
    reader = FileReader(parent)

    def fail() -> object:
        raise error

    with qtbot.waitSignal(reader.failed) as said:
        reader.start(PATH, fail)
    reader.wait()
    assert said.args == [words]
