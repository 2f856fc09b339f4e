"""The part of the Run menu that says what does the updates."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from stepviz.engine.training.stepper import found_here
from stepviz.ui.core.preferences import StepperChoice

if TYPE_CHECKING:
    from stepviz.ui.window.main_window import MainWindow

CHOICES: dict[StepperChoice, tuple[str, str]] = {
    "auto": ("&Compiled where it can", "Many updates in one call, with the same last digits on every machine"),
    "numpy": ("&NumPy", "The reference in Python: slower, and last digits depend on the processor"),
}


def add_stepper_menu(menu: QMenu, window: MainWindow) -> QMenu:
    """Add the choice to a menu; its title says what does the updates here once it opens."""
    submenu, group = menu.addMenu("Up&dates by"), QActionGroup(window)
    submenu.setToolTipsVisible(True)
    for choice, (text, tip) in CHOICES.items():
        action = submenu.addAction(text)
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.setCheckable(True)
        action.setChecked(choice == window.preferences.stepper)
        action.triggered.connect(partial(_choose, window, choice))
        group.addAction(action)
    submenu.addSeparator()
    here = submenu.addAction("")
    here.setEnabled(False)

    def describe() -> None:
        frame = window.lab.frame
        now = {"numpy": "NumPy", "compiled": "the compiled step"}.get(frame.stepper if frame else "", "")
        here.setText(f"Now: {now}" if now else "")
        here.setToolTip(f"Chosen for this machine: {found_here()}")

    submenu.aboutToShow.connect(describe)
    return submenu


def _choose(window: MainWindow, choice: StepperChoice, _checked: bool = False) -> None:
    window.choose_stepper(choice)
