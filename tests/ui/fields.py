"""Every window and dialog of the lab, one after the other, and the controls in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from PySide6.QtWidgets import QWidget

from stepviz.app import LiveLab
from stepviz.ui.film.plan import WINDOW
from stepviz.ui.film.plan_dialog import PlanDialog
from stepviz.ui.lessons.notes_window import NotesWindow
from stepviz.ui.race.window import RaceWindow
from stepviz.ui.studies.window import StudiesWindow

W = TypeVar("W", bound=QWidget)
EVERY = ("lab", "panels", "race", "studies", "film", "notes")


@contextmanager
def open_window(live: LiveLab, which: str) -> Iterator[QWidget]:
    """Show one of ``EVERY``; dialogs and windows beside the lab are closed in the end."""
    main = live.window
    window: QWidget = main
    match which:
        case "panels":
            main.show_panels(list(main.panel_docks))
            for dock in main.panel_docks.values():
                dock.raise_()
        case "race":
            window = RaceWindow(main.lab, main.theme, main)
            window.resize(1000, 700)
        case "studies":
            window = StudiesWindow(main.lab, main.theme, main)
        case "film":
            window = PlanDialog({WINDOW: ("All", main)}, WINDOW, 0, main)
        case "notes":
            window = NotesWindow(main.theme, main)
    window.show()
    try:
        yield window
    finally:
        if window is not main:
            window.close()


def controls(window: QWidget, kind: type[W]) -> list[W]:
    """Return the controls of a kind in a window, without those of other windows that belong to it."""
    return [each for each in window.findChildren(kind) if each.window() is window]
