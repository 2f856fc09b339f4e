"""The launcher's screen in memory: what Qt draws there can be read back as real pixels."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from virtual_screen import find_server, virtual_screen

DRAW = """
from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication([])
widget = QWidget()
widget.setPalette(QPalette(QColor("#0b63b0")))
widget.showFullScreen()
def look():
    global looks
    looks += 1
    colour = app.primaryScreen().grabWindow(0).toImage().pixelColor(100, 100)
    if colour == widget.palette().window().color() or looks == 300:
        print(app.platformName(), colour.name())
        app.quit()
looks = 0
timer = QTimer()
timer.timeout.connect(look)
timer.start(50)
app.exec()
"""


@pytest.mark.screen
def test_a_window_on_the_screen_in_memory_has_the_colour_it_was_given(tmp_path: Path) -> None:
    # An unpacked Xvfb is not found from here, but the launcher has brought its screen.
    own_or_launchers: AbstractContextManager[dict[str, str]] = nullcontext({})
    if find_server(tmp_path):
        own_or_launchers = virtual_screen(tmp_path, os.environ)
    with own_or_launchers as screen:
        done = subprocess.run(
            [sys.executable, "-c", DRAW], env=os.environ | screen, capture_output=True, text=True, check=True
        )
    assert done.stdout.split() == ["xcb", "#0b63b0"]


def test_a_test_of_real_pixels_is_skipped_with_the_reason_where_there_are_none() -> None:
    here = f"{__file__}::test_a_window_on_the_screen_in_memory_has_the_colour_it_was_given"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", here],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "STEPVIZ_NO_SCREEN": "a reason of its own"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert "1 skipped" in done.stdout
    assert "a reason of its own" in done.stdout
