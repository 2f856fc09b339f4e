"""How the window looks to the person: colours, size of type, motion, and pictures a second; with their entries."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup

from stepviz.ui.core.menu_bar import entry
from stepviz.ui.core.preferences import PowerChoice, Preferences
from stepviz.ui.core.screen_room import TYPE_SCALES, first_type, free_room
from stepviz.ui.lessons.presenter import stage_type
from stepviz.ui.shell import Shell
from stepviz.ui.window.power import Power

# Larger type than this is for screens on which the window still fits with it.
ANYWHERE = 1.4
THEMES = {"light": "Light", "dark": "Dark", "system": "As the desktop"}
POWER: dict[PowerChoice, tuple[str, str]] = {
    "battery": ("&On battery", "15 pictures a second while the machine runs on its battery"),
    "low": ("&Always", "15 pictures a second, and instruments that are measured less often"),
    "full": ("&Never", "As many pictures a second as the machine can, on battery too"),
}


class Appearance(QObject):
    """Puts the choices in force and remembers them. ``themes``, ``motion`` and ``powers`` are their menu entries."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.main)
        self._shell, self._theme, self._remembered = shell, shell.theme, shell.remembered
        preferences = shell.remembered.preferences
        self.power = Power(self, preferences.power)
        self.themes: dict[str, QAction] = {}
        self.powers: dict[str, QAction] = {}
        self._move(not preferences.reduced_motion)
        self._add_themes(preferences.theme)
        add = partial(shell.menus.add, "View/appearance")
        add("&Larger type", "For a projector, and the back row", partial(self.scale_type, 1), "Ctrl++", "Ctrl+=")
        add("&Smaller type", "To have more room", partial(self.scale_type, -1), "Ctrl+-")
        self.motion = add("Reduced &motion", "Nothing turns or slides by itself; curves still move as the run goes on",
                          lambda: None)  # fmt: skip
        self.motion.setCheckable(True)
        self.motion.setChecked(shell.theme.reduced_motion)
        self.motion.toggled.connect(self.reduce_motion)
        self._add_powers()

    def _add_themes(self, chosen: str) -> None:
        menu, group = self._shell.menus.add_menu("View/appearance", "&Theme"), QActionGroup(self)
        menu.setToolTipsVisible(False)
        for choice, text in THEMES.items():
            action = entry(menu, text, f"Colours: {text.lower()}", partial(self.set_theme, choice))
            action.setCheckable(True)
            action.setChecked(choice == chosen)
            group.addAction(action)
            menu.addAction(action)
            self.themes[choice] = action

    def _add_powers(self) -> None:
        menu, group = self._shell.menus.add_menu("View/appearance", "Lo&w power"), QActionGroup(self)
        for choice, (text, tip) in POWER.items():
            action = entry(menu, text, tip, partial(self.save_power, choice))
            action.setCheckable(True)
            action.setChecked(choice == self.power.choice)
            group.addAction(action)
            menu.addAction(action)
            self.powers[choice] = action

    def set_theme(self, choice: str) -> None:
        """Switch the colours: ``light``, ``dark`` or ``system``."""
        self._remembered.note(theme=choice)
        self._theme.choose(choice)
        self.themes[choice].setChecked(True)

    def reduce_motion(self, reduced: bool) -> None:
        """Let nothing turn or slide by itself, or let it."""
        self._remembered.note(reduced_motion=reduced)
        self._move(not reduced)

    def _move(self, moves: bool) -> None:
        self._theme.reduce_motion(not moves)
        self._shell.main.setAnimated(not self._theme.reduced_motion)

    def save_power(self, choice: PowerChoice) -> None:
        """Show fewer pictures a second on battery, always or never."""
        self._remembered.note(power=choice)
        self.power.choose(choice)

    def scale_type(self, steps: int) -> None:
        """Make all type one or more steps larger (or smaller)."""
        scale = self._remembered.preferences.type_scale
        now = min(range(len(TYPE_SCALES)), key=lambda i: abs(TYPE_SCALES[i] - scale))
        screen = self._shell.main.screen().size()
        most = max(ANYWHERE, stage_type(screen.width(), screen.height(), 1.0))
        allowed = [scale for scale in TYPE_SCALES if scale <= most]
        self._put_type(allowed[min(len(allowed) - 1, max(0, now + steps))])

    def fit_type(self) -> None:
        """Take the size of type that suits the screen, where the person has chosen none."""
        if self._remembered.preferences.type_scale == Preferences().type_scale:
            self._put_type(first_type(free_room(self._shell.main).size()))

    def _put_type(self, scale: float) -> None:
        self._remembered.note(type_scale=scale)
        self._theme.scale_type(scale)
