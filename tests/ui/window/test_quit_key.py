"""Ctrl+Q, pressed as a person presses it: in each window, and in a dialog over it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab

PATIENCE = 10_000
WAYS: dict[str, Callable[[LiveLab], object]] = {
    "the lab": lambda live: live.window.activateWindow(),
    "the race": lambda live: live.window.races.open(),
    "the studies": lambda live: live.window.studies.open(),
    "the plan of a film": lambda live: live.window.films.ask(""),
    "the question for a file": lambda live: live.window.documents.ask_to_open(),
}


@pytest.mark.parametrize("where", WAYS)
def test_it_ends_the_program(qtbot: QtBot, live: LiveLab, where: str) -> None:
    window = live.window
    live.window.closing.connect(lambda: closed.append(1))
    closed: list[int] = []

    def press() -> None:
        front = QApplication.activeWindow()
        if front is not None and (front is not window or where == "the lab"):
            # As the system does it; where the program ends there is no window to release the key in.
            QTest.keyPress(front.windowHandle(), Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
        if not closed:
            # The window is on its way, or has not the keys yet.
            QTimer.singleShot(100, window, press)

    # Before: a question for a file returns only when it is answered.
    QTimer.singleShot(20, window, press)
    WAYS[where](live)
    qtbot.waitUntil(lambda: bool(closed), timeout=PATIENCE)
    assert not window.isVisible()
