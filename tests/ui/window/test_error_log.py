"""Errors of the program: logged, shown once, and the program goes on."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from stepviz.ui.window.error_log import ErrorLog


@pytest.fixture
def log(qtbot: QtBot, tmp_path: Path) -> Iterator[ErrorLog]:
    log = ErrorLog(tmp_path / "folder" / "stepviz.log")
    log.install()
    yield log
    log.uninstall()


def raise_one(text: str = "broken") -> None:
    try:
        raise ValueError(text)
    except ValueError:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]


def test_it_is_logged_with_its_trace_and_told_in_one_line(log: ErrorLog, tmp_path: Path) -> None:
    told: list[str] = []
    log.happened.connect(told.append)
    raise_one()
    text = (tmp_path / "folder" / "stepviz.log").read_text()
    assert "ValueError: broken" in text
    assert "in raise_one" in text
    assert len(told) == 1
    assert "ValueError: broken" in told[0]
    assert str(log.path) in told[0]


def test_the_same_error_sixty_times_a_second_is_told_once(log: ErrorLog) -> None:
    told: list[str] = []
    log.happened.connect(told.append)
    for _ in range(60):
        raise_one()
    raise_one("another")
    assert len(told) == 2


def test_an_error_in_another_thread_reaches_the_window(qtbot: QtBot, log: ErrorLog) -> None:
    told: list[tuple[str, bool]] = []
    main = threading.get_ident()
    log.happened.connect(lambda text: told.append((text, threading.get_ident() == main)))
    thread = threading.Thread(target=lambda: 1 // 0)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(told))
    assert "ZeroDivisionError" in told[0][0]


def test_a_folder_that_cannot_be_written_is_no_error(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    log = ErrorLog(tmp_path / "file" / "stepviz.log")
    told: list[str] = []
    log.happened.connect(told.append)
    log.install()
    raise_one()
    log.uninstall()
    assert len(told) == 1
    assert "details" not in told[0]


def test_uninstalled_it_leaves_the_hooks_as_they_were(qtbot: QtBot, tmp_path: Path) -> None:
    before = sys.excepthook, threading.excepthook
    log = ErrorLog(tmp_path / "stepviz.log")
    log.install()
    assert sys.excepthook != before[0]
    log.uninstall()
    assert (sys.excepthook, threading.excepthook) == before


def test_a_log_that_has_grown_large_begins_anew(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "stepviz.log"
    path.write_bytes(b"x" * 1_000_001)
    log = ErrorLog(path)
    log.write("first")
    log.uninstall()
    assert path.stat().st_size < 100
