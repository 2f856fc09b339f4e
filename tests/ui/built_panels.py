"""Frames of real runs for the tests of the instruments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from msgspec.structs import replace

from stepviz.engine.common.arrays import freeze
from stepviz.engine.settings.experiment import ActivationChoice, Experiment, HiddenLayer
from stepviz.engine.setup.switch import with_activation
from stepviz.probes.probe import Probe
from stepviz.probes.probe_table import PROBES
from stepviz.runtime.frame import Frame
from stepviz.runtime.run import Run

# What the history needs of every instant.
STANDING = ("gradient_flow", "stuck_units")


def network(*widths: int, activation: str | ActivationChoice = "tanh") -> Experiment:
    """Return the rings with hidden layers of these widths, all with one activation."""
    bare = replace(Experiment(seed=1), layers=tuple(HiddenLayer(width) for width in widths))
    return with_activation(bare, activation)


def look(run: Run, probes: Iterable[str], number: int = 1, table: Mapping[str, Probe] = PROBES) -> Frame:
    """Return a frame of the run as it stands, with the readings of these probes; it is recorded in the history."""
    with np.errstate(all="ignore"):
        instant = run.look()
        readings: dict[type, object] = {}
        for name in {*probes, *STANDING}:
            for reading in table[name].measure(instant, table[name].options):
                readings[type(reading)] = reading
        run.record(instant, readings)
    trainer = run.trainer
    return Frame(
        generation=run.generation, number=number, setup=trainer.present, step=trainer.step_count, epochs=trainer.epochs,
        running=False, speed=None, steps_per_second=0.0, train_loss=run.train_loss, test_loss=run.test_loss,
        history=run.recorder.view(), parameters=freeze(trainer.theta[0].copy()), diverged=run.diverged,
        readings=readings, ledger=run.recorder.ledger.view,
    )  # fmt: skip


def walk(run: Run, frames: int, every: int, probes: Iterable[str] = ()) -> Frame:
    """Train and record ``frames`` moments, ``every`` steps apart; return the last as a frame."""
    for _ in range(frames):
        run.step(every)
        look(run, ())
    return look(run, probes, run.trainer.step_count)
