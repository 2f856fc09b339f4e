"""The part of the View menu for tired eyes and tired batteries: motion, and pictures a second."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from stepviz.ui.core.preferences import PowerChoice

if TYPE_CHECKING:
    from stepviz.ui.window.main_window import MainWindow

POWER: dict[PowerChoice, tuple[str, str]] = {
    "battery": ("&On battery", "15 pictures a second while the machine runs on its battery"),
    "low": ("&Always", "15 pictures a second, and instruments that are measured less often"),
    "full": ("&Never", "As many pictures a second as the machine can, on battery too"),
}


class ComfortMenu:
    """Adds its entries to a menu. ``motion`` and ``power`` are their actions."""

    def __init__(self, menu: QMenu, window: MainWindow) -> None:
        self.motion = menu.addAction("Reduced &motion")
        tip = "Nothing turns or slides by itself; curves still move as the run goes on"
        self.motion.setToolTip(tip)
        self.motion.setStatusTip(tip)
        self.motion.setCheckable(True)
        self.motion.setChecked(window.theme.reduced_motion)
        self.motion.toggled.connect(window.reduce_motion)
        submenu, group = menu.addMenu("Lo&w power"), QActionGroup(window)
        submenu.setToolTipsVisible(True)
        self.power: dict[str, QAction] = {}
        for choice, (text, tip) in POWER.items():
            action = submenu.addAction(text)
            action.setToolTip(tip)
            action.setStatusTip(tip)
            action.setCheckable(True)
            action.setChecked(choice == window.power.choice)
            action.triggered.connect(partial(_choose, window, choice))
            group.addAction(action)
            self.power[choice] = action


def _choose(window: MainWindow, choice: PowerChoice, _checked: bool = False) -> None:
    window.save_power(choice)
