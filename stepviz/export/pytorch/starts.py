"""From which moment a run is taken to PyTorch, and how far."""

from __future__ import annotations

from dataclasses import replace

from stepviz.engine.training.snapshot import TrainerCheckpoint, TrainerState
from stepviz.engine.training.trainer import Trainer

# So many steps a script does that has none to repeat.
STEPS = 1000


def from_start(checkpoint: TrainerCheckpoint) -> tuple[TrainerState, int]:
    """Return step 0 of a run with its present settings, and how many steps it has done since (or STEPS)."""
    trainer = Trainer.resumed(replace(checkpoint, recent=None))
    trainer.restart()
    return trainer.moment(), checkpoint.moment.step or STEPS


def from_here(checkpoint: TrainerCheckpoint) -> tuple[TrainerState, int]:
    """Return the present moment of a run, and STEPS."""
    return checkpoint.moment, STEPS
