"""One thing that explains a run."""

from __future__ import annotations

from dataclasses import dataclass

from stepviz.engine.settings.experiment import Experiment

# Steps and losses; None where a loss is not finite.
Points = tuple[tuple[int, float | None], ...]

# Findings below this weight are remarks on a run that is well.
REMARK = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that explains the run.

    A short ``title``, the ``sentence`` with its numbers, the ``advice`` what would help, and the ``remedy``: a changed
    experiment that does so (None where there is none). ``weight`` orders findings, the largest first. ``name`` is
    stable («flat units»), for tests and lessons. ``whole``: the sentence says itself how the loss moves.
    ``well``: nothing is wrong, whatever its weight. Of a cause that twins have shown: ``words`` for the button of its
    remedy, whether it ``restarts`` the run, and curves of step and loss: how the run goes on, and what ``twins`` did.
    """

    name: str
    title: str
    sentence: str
    advice: str
    remedy: Experiment | None
    weight: float
    whole: bool = False
    well: bool = False
    words: str = ""
    restarts: bool = False
    own: Points = ()
    twins: Points = ()

    @property
    def ill(self) -> bool:
        """Return whether something keeps the run from learning: no remark, and not that nothing is left to learn."""
        return self.weight > REMARK and not self.well
