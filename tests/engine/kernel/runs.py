"""Runs by one stepper or the other, and runs that between them meet every entry of the tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.clipping import CLIPPINGS
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.catalogue.schedules import SCHEDULES
from stepviz.engine.catalogue.slope_schedules import SLOPE_SCHEDULES
from stepviz.engine.kernel.library import Library
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.training.compiled_stepper import CompiledStepper
from stepviz.engine.training.stepper import VARIABLE
from stepviz.engine.training.trainer import Trainer

# Small numbers, so that the data are the same on every machine, whatever its sine.
BASE = Experiment(data=DataSettings("xor", samples=60, noise=0.0), batch_size=14)
SHORT = {"length": 60.0}
COURSES = {"step": {"every": 40.0}, "exponential": {"decay": 0.99}, "cosine": SHORT, "warm-up": SHORT, "constant": {}}


@contextmanager
def by(stepper: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(VARIABLE, stepper)
        yield


def trainer_by(stepper: str, experiment: Experiment, seeds: Sequence[int] | None = None) -> Trainer:
    with by(stepper):
        trainer = Trainer(experiment, seeds=seeds)
    assert trainer.stepper == stepper
    return trainer


def trainer_of(library: Library, experiment: Experiment) -> Trainer:
    trainer = trainer_by("numpy", experiment)
    trainer._stepper = CompiledStepper(trainer, library)
    return trainer


def hidden(name: str, **settings: object) -> tuple[HiddenLayer, ...]:
    choice = ActivationChoice(name, **settings)
    return HiddenLayer(5, choice), HiddenLayer(3, choice)


def forty_runs() -> dict[str, Experiment]:
    """Return runs by name; each entry of a table that the compiled step covers is met."""
    runs = {f"activation {name}": replace(BASE, layers=hidden(name)) for name in ACTIVATIONS}
    for name in BACKWARD_RULES:
        if name != "true":
            runs[f"rule {name}"] = replace(BASE, layers=hidden("step", rule=Choice(name)))
    for name, optimizer in OPTIMIZERS.items():
        if optimizer.by_gradient and name != "adam":
            runs[f"optimizer {name}"] = replace(BASE, optimizer=Choice(name), batch_size=0)
    for name in SCHEDULES:
        if name != "constant":
            runs[f"schedule {name}"] = replace(BASE, schedule=Choice(name, COURSES[name]), precision="float64")
    for name in SLOPE_SCHEDULES:
        if name != "none":
            runs[f"slope {name}"] = replace(BASE, slope_schedule=Choice(name, SHORT), layers=hidden("sigmoid"))
    for name in CLIPPINGS:
        if name != "none":
            runs[f"clipping {name}"] = replace(BASE, clipping=Choice(name, {"limit": 0.01}), l1=1e-3, l2=1e-3)
    trained = hidden("sigmoid", trained=("slope", "shift"))
    runs["trained slope and shift"] = replace(BASE, layers=trained, precision="float64")
    runs["softmax"] = replace(BASE, loss="softmax-cross-entropy", batch_size=7)
    runs["hinge"] = replace(BASE, loss="hinge", output=ActivationChoice("tanh"))
    runs["squared error"] = replace(BASE, loss="squared-error", output=ActivationChoice("sigmoid"), precision="float64")
    return runs


def fingerprint(trainer: Trainer) -> str:
    """Return a hash of all numbers of a run, the same whatever a NaN's bits are."""
    digest = hashlib.sha256(f"{trainer.step_count} {trainer.updates} {trainer.batches.seen}".encode())
    for array in (trainer.state, trainer.gradient):
        digest.update(np.where(np.isnan(array), np.nan, array).astype(array.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()[:16]
