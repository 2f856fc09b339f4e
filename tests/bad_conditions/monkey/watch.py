"""What must never come of anything a person does: errors, complaints, nonsense on screen, a window that hangs."""

from __future__ import annotations

import faulthandler
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import psutil
from PySide6.QtCore import QMessageLogContext, QObject, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGraphicsView,
    QGroupBox,
    QLabel,
    QLineEdit,
    QListView,
    QTabBar,
    QWidget,
)

from stepviz.runtime.mailbox import Failure, News

# What was typed is told as it was found; «None» alone is what some settings are called when they are off.
NONSENSE = re.compile(
    r"\bNone\b(?!,| of|$)|=\s*None|(?<!found )\bnan\b|\bNaN\b|<[\w.]+ (object|at 0x)|Traceback|\binf\b"
)
# A screen that is drawn in memory says so of each window.
HARMLESS = ("This plugin does not support",)
BEAT_MS = 100
HANGS = 30.0


class Watch(QObject):
    """Collects problems, each with the number of the event after which it was seen.

    ``patience``: after so many seconds without a turn of the event loop what all threads do is kept.
    """

    def __init__(self, folder: Path, patience: float) -> None:
        super().__init__()
        self.problems: list[tuple[int, str, str]] = []
        self.memory: list[int] = []
        self.event_number = -1
        self._folder, self._patience = folder, patience
        self._beat = time.monotonic()
        self._done = threading.Event()
        self._texts: set[str] = set()
        qInstallMessageHandler(self._take_message)
        self._watch_errors()
        self._watch_texts()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._note_beat)
        self._timer.start(BEAT_MS)
        self._thread = threading.Thread(target=self._wait_for_beats, name="watchdog", daemon=True)
        self._thread.start()

    def note(self, kind: str, text: str) -> None:
        """Keep a problem, once."""
        if not any((kind, text) == (known, said) for _, known, said in self.problems):
            self.problems.append((self.event_number, kind, text))

    def end(self) -> None:
        """Watch no more for a window that hangs."""
        self._done.set()
        self._timer.stop()
        self._thread.join()

    # Errors and complaints

    def describe_message(self, news: News) -> None:
        """Note an error of the worker."""
        if isinstance(news, Failure):
            self.note("worker", news.details)

    def _watch_errors(self) -> None:
        before = sys.excepthook

        def take(kind: type[BaseException], error: BaseException, trace: object) -> None:
            self.note("error", "".join(traceback.format_exception(kind, error, trace)))  # type: ignore[arg-type]
            before(kind, error, trace)  # type: ignore[arg-type]  # handed on as it came

        sys.excepthook = take
        sys.unraisablehook = lambda args: self.note("unraisable", f"{args.exc_value!r} in {args.object!r}")

    def _take_message(self, _kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        if not text.startswith(HARMLESS):
            self.note("qt", f"{text}\n{''.join(traceback.format_stack(limit=8))}")

    # A window that hangs

    def _note_beat(self) -> None:
        self._beat = time.monotonic()

    def _wait_for_beats(self) -> None:
        told = 0.0
        while not self._done.wait(0.2):
            silent = time.monotonic() - self._beat
            if silent > self._patience and self._beat != told:
                told = self._beat
                path = self._folder / "threads.txt"
                with path.open("w+") as file:
                    faulthandler.dump_traceback(file, all_threads=True)
                self.note("hangs", path.read_text())
            if silent > HANGS:
                sys.stderr.write(f"no turn for {HANGS:g} s\n{self.problems[-1][2]}")
                sys.stderr.flush()
                os._exit(9)

    # What is to be read

    def _watch_texts(self) -> None:
        draw = QPainter.drawText

        def watched(painter: QPainter, *arguments: object) -> object:
            self._texts.update(argument for argument in arguments if isinstance(argument, str))
            return draw(painter, *arguments)

        QPainter.drawText = watched  # type: ignore[assignment,method-assign]  # what is drawn is to be read too

    def look(self) -> None:
        """Note nonsense on screen, and how much memory is in use."""
        self.memory.append(psutil.Process().memory_info().rss)
        for where, text in [*_shown_texts(), *(("drawn", text) for text in self._texts)]:
            if NONSENSE.search(text):
                self.note("text", f"{where}: {text}")
        self._texts.clear()


def _shown_texts() -> Iterator[tuple[str, str]]:
    for window in QApplication.topLevelWidgets():
        if window.isVisible():
            yield "title", window.windowTitle()
            for widget in window.findChildren(QWidget):
                if widget.isVisible():
                    where = f"{type(widget).__name__} in {type(window).__name__}"
                    yield from ((where, text) for text in _texts_of(widget))


def _texts_of(widget: QWidget) -> Iterator[str]:
    yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
    match widget:
        case QLabel() | QAbstractButton():
            yield widget.text()
        case QLineEdit():
            # What the monkey has typed itself is no matter.
            yield widget.placeholderText()
        case QComboBox():
            yield widget.currentText()
        case QGroupBox():
            yield widget.title()
        case QTabBar():
            yield from (widget.tabText(i) for i in range(widget.count()))
        case QAbstractItemView() if (model := widget.model()) is not None:
            # A model of a list keeps to itself how many columns it has.
            columns = 1 if isinstance(widget, QListView) else model.columnCount()
            for row in range(min(40, model.rowCount())):
                yield from (str(model.index(row, c).data() or "") for c in range(min(20, columns)))
        case QGraphicsView() if (scene := widget.scene()) is not None:
            for item in scene.items():
                for name in ("toPlainText", "text"):
                    if callable(read := getattr(item, name, None)) and isinstance(text := read(), str):
                        yield text
