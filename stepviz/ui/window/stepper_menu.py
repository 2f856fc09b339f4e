"""The part of the Run menu that says what does the updates."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QActionGroup

from stepviz.engine.training.stepper import found_here
from stepviz.runtime.commands import UseStepper
from stepviz.ui.core.menu_bar import entry
from stepviz.ui.core.preferences import StepperChoice
from stepviz.ui.shell import Shell

CHOICES: dict[StepperChoice, tuple[str, str]] = {
    "auto": ("&Compiled where it can", "Many updates in one call, with the same last digits on every machine"),
    "numpy": ("&NumPy", "The reference in Python: slower, and last digits depend on the processor"),
}


class StepperMenu:
    """Adds the choice to the Run menu; ``menu`` says what does the updates here once it opens."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.menu, group = shell.menus.add_menu("Run/stepper", "Up&dates by"), QActionGroup(shell.main)
        for choice, (text, tip) in CHOICES.items():
            action = entry(self.menu, text, tip, partial(self.choose, choice))
            action.setCheckable(True)
            action.setChecked(choice == shell.remembered.preferences.stepper)
            group.addAction(action)
            self.menu.addAction(action)
        self.menu.addSeparator()
        self._here = self.menu.addAction("")
        self._here.setEnabled(False)
        self.menu.aboutToShow.connect(self._describe)

    def choose(self, choice: StepperChoice) -> None:
        """Let the compiled step do the updates where it can, or NumPy all of them."""
        self._shell.remembered.note(stepper=choice)
        self._shell.lab.send(UseStepper(choice))

    def _describe(self) -> None:
        frame = self._shell.lab.frame
        now = {"numpy": "NumPy", "compiled": "the compiled step"}.get(frame.stepper if frame else "", "")
        self._here.setText(f"Now: {now}" if now else "")
        self._here.setToolTip(f"Chosen for this machine: {found_here()}")
