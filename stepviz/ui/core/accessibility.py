"""What Qt's own parts of a window lack for those who use the keyboard alone, or a screen reader."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QTabBar, QToolButton

# Qt's names of the buttons that open what a bar has no room for.
MORE_BUTTONS = {"qt_toolbar_ext_button": "More of this bar", "qt_menubar_ext_button": "More menus"}


def name_more_buttons(window: QMainWindow) -> None:
    """Name the buttons that bars make themselves."""
    for name, words in MORE_BUTTONS.items():
        for button in window.findChildren(QToolButton, name):
            button.setAccessibleName(words)


def tend_tab_bars(window: QMainWindow) -> None:
    """Name the tabs of docks that stand behind one another, and let Tab pass the bars that Qt keeps out of sight."""
    for bar in window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
        bar.setAccessibleName("Instruments that stand behind one another")
        seen = bar.count() > 1 and window.rect().intersects(bar.geometry())
        bar.setFocusPolicy(Qt.FocusPolicy.TabFocus if seen else Qt.FocusPolicy.NoFocus)
