"""Where runtime and window are wired together: the one place that knows both the worker and the widgets."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from types import FrameType

import msgspec
from PySide6.QtCore import QLocale, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from stepviz.engine.common.errors import InputError, in_words
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.stepper import AUTO, VARIABLE, choose_stepper
from stepviz.lessons.warm_up import warm_up
from stepviz.runtime.commands import Play
from stepviz.runtime.mailbox import Failure, Mailbox, News
from stepviz.runtime.run_source import RunSource
from stepviz.runtime.session import Session
from stepviz.runtime.worker import Worker
from stepviz.shipped import resource
from stepviz.ui.core import preferences as settings
from stepviz.ui.core.frame_clock import FrameClock
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.core.theme import BASE_SIZE, Theme, font
from stepviz.ui.documents.autosave import Recovery, left_behind, read_last_run, recovery_folder, write_last_run
from stepviz.ui.export.screenshot import real_pixels
from stepviz.ui.window.error_log import ErrorLog, log_path
from stepviz.ui.window.main_window import MainWindow

# With NumPy's default the window would starve: the training thread holds the interpreter for 5 ms at a time.
SWITCH_INTERVAL = 1e-4
SCREENSHOT_AFTER = 3.0
# By then the window stands.
BUILT_MS = 2000
# The first frames come first.
WARM_UP_MS = 1000


class LiveLab:
    """A worker, the window that shows it, and the clock between them."""

    def __init__(self, experiment: Experiment, preferences: Preferences, session: Session | None = None) -> None:
        """Build all of it, without starting anything; ``session`` is one of the experiment to go on from.

        Raises InputError where the experiment cannot be run.
        """
        self.mailbox = Mailbox()
        self.worker = Worker(experiment, self.mailbox, session=session)
        self.lab = Lab(experiment, self.worker.send)
        self.theme = Theme(preferences.theme)
        self.window = MainWindow(self.lab, self.theme, preferences)
        source: RunSource = self.worker
        self.clock = FrameClock(self.lab, self.mailbox, source.gate, source.wanted)
        source.notify = self.clock.wake
        self.clock.news_came.connect(self.window.describe_message)
        self.window.closing.connect(self.stop)

    def start(self, *, play: bool = True) -> None:
        """Show the window, and begin to train with ``play``."""
        self.window.show()
        self.worker.start()
        if play:
            self.lab.send(Play())
        self.clock.start()

    def stop(self) -> None:
        """Stop the clock, then the worker, and wait for it. Safe to call twice."""
        self.clock.stop()
        self.worker.stop()


def run(
    experiment: Experiment | None,
    file: Path | None,
    *,
    theme: str | None = None,
    size: tuple[int, int] | None = None,
    fresh: bool = False,
    screenshot: Path | None = None,
    quit_after: float | None = None,
    session: Session | None = None,
    complaint: str = "",
    lesson: Path | None = None,
    table: Path | None = None,
    start_page: bool = False,
) -> int:
    """Open the window, and return the exit code when it was closed.

    ``session`` is one to go on from, read from ``file``, ``lesson`` the folder or the file of one to open, ``table`` a
    CSV of which the person is asked what is to be learned. ``experiment`` was read from ``file``; None takes up the
    last one. ``fresh`` neither reads nor writes what is remembered between two starts. ``start_page`` opens with it,
    whatever is remembered. After ``quit_after`` seconds the window is closed by itself, having left a picture in
    ``screenshot``. ``complaint`` is shown to the person. Raises InputError where there is no screen to open a window
    on.
    """
    check_screen()
    sys.setswitchinterval(SWITCH_INTERVAL)
    qt = application()
    log = ErrorLog(log_path())
    log.install()
    path = None if fresh else settings.settings_path()
    preferences, complaints = _preferences(path)
    if complaint:
        complaints.append(complaint)
    if theme is not None:
        preferences = msgspec.structs.replace(preferences, theme=theme)
    if preferences.stepper != AUTO and VARIABLE not in os.environ:
        choose_stepper(preferences.stepper)
    named = any(given is not None for given in (experiment, file, session, lesson, table))
    if session is None and not (fresh or named):
        session = _last_run(preferences, complaints)
    live = _live_lab(experiment, preferences, complaints, session)
    window = live.window
    log.happened.connect(window.notices.warn)
    live.clock.news_came.connect(lambda news: _log_failure(log, news))
    if size is not None:
        window.resize(*size)
    elif not preferences.geometry:
        window.fit_screen()
    if lesson is not None:
        QTimer.singleShot(0, window, lambda: window.lessons.open(lesson))
    if table is not None:
        QTimer.singleShot(0, window, lambda: window.documents.open(table))
    if session is not None and file is not None:
        window.documents.adopt_session(session, file)
    elif file is not None:
        window.documents.adopt(file)
    recovery = None if fresh else _recovery(live)
    if start_page or (preferences.start_page and not named):
        QTimer.singleShot(0, window, window.start.open)
    failed: list[str] = []
    if path is not None:
        window.closing.connect(lambda: _save(path, window.remember(), log))
    if screenshot is not None or quit_after is not None:
        QTimer.singleShot(
            round(1000 * (SCREENSHOT_AFTER if quit_after is None else quit_after)),
            lambda: _end(window, screenshot, failed),
        )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: _interrupt(window, _frame))
    live.start(play=session is None)
    # What stands will stay: to look through all of it for garbage took 0.1 s in the middle of a lecture.
    QTimer.singleShot(BUILT_MS, gc.freeze)
    QTimer.singleShot(WARM_UP_MS, warm_up)
    for complaint in complaints:
        window.notices.warn(complaint)
    try:
        code = qt.exec()
    finally:
        live.stop()
        if recovery is not None:
            # Only when the run is safe may the other file go.
            _leave(live, log)
            recovery.end()
        log.uninstall()
        # The process ends: to look through all of it once more for garbage takes up to a second.
        gc.freeze()
    if failed:
        raise OSError(failed[0])
    return code


def _recovery(live: LiveLab) -> Recovery:
    folder, window = recovery_folder(), live.window
    found = left_behind(folder)
    if found is not None:
        window.start.left_behind = found
        words = "The program ended unexpectedly the last time: its run was kept"
        window.notices.offer(words, "Go on from there", lambda: window.documents.recover(found))
    return Recovery(live.lab, folder, window)


def _last_run(preferences: Preferences, complaints: list[str]) -> Session | None:
    try:
        experiment = preferences.last_experiment()
    except (InputError, OSError):
        # It is said where the settings are wanted.
        return None
    return read_last_run(recovery_folder(), experiment, complaints)


def _leave(live: LiveLab, log: ErrorLog) -> None:
    try:
        write_last_run(recovery_folder(), live.worker.last_session())
    except (OSError, MemoryError) as error:
        log.write(f"the run cannot be kept for the next start: {error}")


def application() -> QApplication:
    """Return the application of this process, made and dressed where there is none yet."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    qt = QApplication([sys.argv[0]])
    dress(qt)
    return qt


def dress(qt: QApplication) -> None:
    """Give the application its name, its style, its font and its numbers."""
    # One kind of digits and one decimal point everywhere, in what is typed as well: the program's words are English.
    QLocale.setDefault(QLocale.c())
    qt.setApplicationName("stepviz")
    qt.setApplicationDisplayName("")
    qt.setDesktopFileName("stepviz")
    qt.setStyle("Fusion")
    qt.setFont(font(BASE_SIZE))
    qt.setWindowIcon(QIcon(str(resource("icons", "stepviz.svg"))))


def check_screen() -> None:
    """Raise InputError where Qt would abort the process for want of a display."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in named):
        raise InputError("the display", "none (DISPLAY and WAYLAND_DISPLAY are not set)",
                         "a display; packaging/launch.py leaves pictures of the lab without one")  # fmt: skip


def _preferences(path: Path | None) -> tuple[Preferences, list[str]]:
    if path is None:
        return Preferences(), []
    try:
        return settings.load(path), []
    except (InputError, OSError) as error:
        return Preferences(), [f"What was remembered from the last time cannot be used. {in_words(error)}"]


def _live_lab(
    experiment: Experiment | None, preferences: Preferences, complaints: list[str], session: Session | None
) -> LiveLab:
    if session is not None:
        return LiveLab(session.moment.setup.experiment, preferences, session)
    if experiment is not None:
        return LiveLab(experiment, preferences)
    try:
        return LiveLab(preferences.last_experiment() or Experiment(), preferences)
    except (InputError, OSError) as error:
        complaints.append(f"The last experiment cannot be used, here is the default one. {in_words(error)}")
        return LiveLab(Experiment(), preferences)


def _save(path: Path, preferences: Preferences, log: ErrorLog) -> None:
    try:
        settings.save(path, preferences)
    except OSError as error:
        log.write(f"what is to be remembered cannot be written: {error}")


def _log_failure(log: ErrorLog, news: News) -> None:
    if isinstance(news, Failure):
        log.write(news.details)


def _interrupt(window: MainWindow, _frame: FrameType | None) -> None:
    # Later: the handler may have come between any two lines, also of one that holds the lock which closing needs.
    QTimer.singleShot(0, window, window.close)


def _end(window: MainWindow, screenshot: Path | None, failed: list[str]) -> None:
    if screenshot is not None and not real_pixels(window).save(str(screenshot)):
        failed.append(f"{screenshot}: the picture cannot be written")
    window.close()
