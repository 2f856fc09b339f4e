"""The program with the window of a recording alone: ``stepviz watch FILE`` and ``stepviz FILE.stepviz-run``."""

from __future__ import annotations

import signal
from pathlib import Path

from PySide6.QtCore import QTimer

from stepviz.app import application, check_screen
from stepviz.engine.common.errors import InputError, in_words
from stepviz.ui.core import preferences as settings
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.core.theme import Theme
from stepviz.ui.recordings.recordings import SIZE, Recordings, open_window

SCREENSHOT_AFTER = 3.0


def run(
    path: Path | None, *, theme: str | None = None, size: tuple[int, int] | None = None,
    screenshot: Path | None = None, quit_after: float | None = None,
) -> int:  # fmt: skip
    """Open the window and return the exit code when the last one was closed; ``path`` None reads the standard input.

    Raises InputError or OSError where the file is no recording, or where there is no screen.
    """
    check_screen()
    qt = application()
    found = theme or _preferences().theme
    recordings = Recordings(Theme(found))
    window = open_window(path, recordings.theme)
    recordings.show(window)
    recordings.failed.connect(window.complain)
    window.resize(*(size or SIZE))
    failed: list[str] = []
    if screenshot is not None or quit_after is not None:
        after = SCREENSHOT_AFTER if quit_after is None else quit_after

        def end() -> None:
            if screenshot is not None and not window.grab().save(str(screenshot)):
                failed.append(f"{screenshot} was not written")
            recordings.close()

        QTimer.singleShot(round(1000 * after), end)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: QTimer.singleShot(0, window, recordings.close))
    code = qt.exec()
    if failed:
        raise OSError(failed[0])
    return code


def _preferences() -> Preferences:
    try:
        return settings.load(settings.settings_path())
    except (InputError, OSError) as error:
        print(f"stepviz: what was remembered cannot be used: {in_words(error)}")
        return Preferences()
