"""Goes on stage with a lesson where there are several screens; prints where the windows are, as JSON."""

from __future__ import annotations

import json

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication

from stepviz.app import LiveLab, application
from stepviz.engine.settings.experiment import Experiment
from stepviz.lessons.library import find_lesson
from stepviz.ui.core.preferences import Preferences


def numbers(place: QRect) -> list[int]:
    """Return left, top, width, height."""
    return [place.x(), place.y(), place.width(), place.height()]


def main() -> None:
    """Go on stage and leave it."""
    qt = application()
    live = LiveLab(Experiment(), Preferences(theme="light"))
    window = live.window
    live.start(play=False)
    window.presenter.enter()
    window.lessons.open(find_lesson("1"))
    for _ in range(20):
        QApplication.processEvents()
    notes = window.lessons.notes.view
    found = {
        "screens": [numbers(screen.geometry()) for screen in qt.screens()],
        "stage": numbers(window.geometry()),
        "notes": numbers(notes.geometry()) if notes is not None and notes.isVisible() else None,
    }
    window.presenter.leave()
    found["left"] = notes is not None and notes.isVisible()
    window.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
