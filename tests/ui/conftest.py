"""What every test of the window is held to: nothing is left behind."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab, dress
from tests.ui.live import open_lab

PATIENCE = 2.0

# Without a display Qt would abort the process.
if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session", autouse=True)
def dressed(qapp: QApplication) -> None:
    """Test with the style and the font of the program: what fits in another font proves nothing."""
    dress(qapp)


@pytest.fixture(autouse=True)
def nothing_is_left_behind(qapp: QApplication) -> Iterator[None]:
    """Fail a test after which a thread still runs or a window is still open."""
    threads, windows = set(threading.enumerate()), set(QApplication.topLevelWidgets())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    ends = time.monotonic() + PATIENCE
    while (left := set(threading.enumerate()) - threads) and time.monotonic() < ends:
        for thread in left:
            thread.join(0.05)
    names = [thread.name for thread in left]
    open_windows = [w for w in QApplication.topLevelWidgets() if w not in windows and w.isVisible()]
    texts = [f"{type(window).__name__} {window.windowTitle()!r}" for window in open_windows]
    for window in open_windows:
        window.close()
    assert not names, f"threads still run: {names}"
    assert not texts, f"windows are still open: {texts}"


@pytest.fixture
def live(qtbot: QtBot) -> Iterator[LiveLab]:
    """Open the lab with a run under way, and close it."""
    live = open_lab(qtbot)
    yield live
    live.window.close()
