"""The lab's run rests while another window needs the machine, and goes on when the last of them is done."""

from __future__ import annotations

from stepviz.runtime.commands import Pause, Play
from stepviz.ui.core.lab import Lab


class RunPauser:
    """Pauses the lab's run for whoever asks. A run that was paused before stays so."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._who: set[object] = set()
        self._resume = False

    def begin(self, who: object) -> None:
        """Let the run rest for ``who``."""
        if not self._who:
            self._resume = self._lab.frame is not None and self._lab.frame.running
            self._lab.send(Pause())
        self._who.add(who)

    def end(self, who: object, *, go_on: bool = True) -> None:
        """Let the run go on, unless it rests for others too; without ``go_on`` it stays where it is."""
        if who in self._who:
            self._who.remove(who)
            if go_on and self._resume and not self._who:
                self._lab.send(Play())

    def stay(self) -> None:
        """Never go on: the program ends."""
        self._resume = False
