"""The menu bar: menus with sections in a fixed order, to which each feature adds its own entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

# The sections of each menu from top to bottom; a bar stands for a separator line.
SECTIONS = {
    "&File": "open | save | record export clipboard pytorch class | quit",
    "&Edit": "history",
    "&Run": "drive | restart | speed | stepper",
    "&Activation": "keyed | others",
    "&Lab": "start race studies one-step lessons",
    "&View": "editor | instruments | appearance | presenter screen hints",
    "&Help": "help",
}


class MenuBar:
    """Fills ``bar``. A place is written ``menu/section``: an entry comes after those of its section that are there.

    ``menus`` maps the title of a menu, without the mark of its key, to the menu, in order.
    """

    def __init__(self, bar: QMenuBar) -> None:
        self.menus: dict[str, QMenu] = {}
        self._sections: dict[str, list[tuple[str, list[QAction]]]] = {}
        for title, sections in SECTIONS.items():
            menu = bar.addMenu(title)
            menu.setToolTipsVisible(True)
            name = title.replace("&", "")
            self.menus[name] = menu
            self._sections[name] = [
                (section, [menu.addSeparator()] if section == "|" else []) for section in sections.split()
            ]

    def add(
        self, place: str, text: str, tip: str, callback: Callable[[], object], *keys: QKeySequence.StandardKey | str
    ) -> QAction:
        """Add an entry that calls ``callback``; ``tip`` is its tool tip and stands in the status line."""
        action = entry(self.menus[place.partition("/")[0]], text, tip, callback, *keys)
        self.add_actions(place, [action])
        return action

    def add_menu(self, place: str, title: str) -> QMenu:
        """Add a menu that opens beside its entry."""
        menu = QMenu(title, self.menus[place.partition("/")[0]])
        menu.setToolTipsVisible(True)
        self.add_actions(place, [menu.menuAction()])
        return menu

    def add_actions(self, place: str, actions: Iterable[QAction]) -> None:
        """Add actions that are there already. Raises KeyError for a place that is not in ``SECTIONS``."""
        name, _, section = place.partition("/")
        sections = self._sections[name]
        index = next((i for i, (known, _) in enumerate(sections) if known == section != "|"), None)
        if index is None:
            raise KeyError(place)
        following = [action for _, later in sections[index + 1 :] for action in later]
        for action in actions:
            self.menus[name].insertAction(following[0] if following else None, action)  # type: ignore[arg-type]  # None appends: Qt's own null
            sections[index][1].append(action)


def entry(
    menu: QMenu, text: str, tip: str, callback: Callable[[], object], *keys: QKeySequence.StandardKey | str
) -> QAction:
    """Return a new action that belongs to ``menu`` and does not stand in it yet."""
    action = QAction(text, menu)
    action.setStatusTip(tip)
    action.setToolTip(tip)
    action.setShortcuts([QKeySequence(key) for key in keys])
    action.triggered.connect(lambda _checked=False: callback())
    return action
