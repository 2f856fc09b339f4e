"""Runs to look at: experiments in few words, and instants of them with their history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from msgspec.structs import replace

from stepviz.engine.common.arrays import Array
from stepviz.engine.data.dataset import Dataset
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.instant import Instant, Path

RECORDED = 32


def experiment(
    data: str = "circle", widths: tuple[int, ...] = (8, 8), activation: str = "tanh", **others: Any
) -> Experiment:
    """Return an experiment on ``data`` whose hidden layers all have one activation.

    ``rule`` is its backward rule, ``norm`` the normalisation of all hidden layers.
    """
    choice = ActivationChoice(activation, rule=Choice(others.pop("rule", "true")))
    norm = others.pop("norm", "none")
    samples = others.pop("samples", 200)
    noise = others.pop("noise", 0.1)
    return replace(
        Experiment(),
        data=DataSettings(data, samples=samples, noise=noise),
        layers=tuple(HiddenLayer(width, choice, normalization=norm) for width in widths),
        **others,
    )


def regression(
    data: str = "plane", widths: tuple[int, ...] = (8, 8), activation: str = "tanh", **others: Any
) -> Experiment:
    """Return an experiment with squared error."""
    return experiment(data, widths, activation, loss="squared-error", **others)


def instant_of(trainer: Trainer, path: Path | None = None, losses: Array | None = None) -> Instant:
    """Return the trainer's instant."""
    empty = Path(np.empty(0, dtype=np.int64), np.empty((0, trainer.network.layout.size), dtype=np.float32))
    return Instant(trainer, path or empty, losses)


def train(
    settings: Experiment,
    steps: int = 0,
    *,
    parameters: Mapping[str, Array] | None = None,
    dataset: Dataset | None = None,
) -> Instant:
    """Return the instant after ``steps`` updates, with the path and the losses recorded on the way."""
    trainer = Trainer(settings, dataset, parameters=parameters)
    rows, at, curve = [], [], []
    for number in range(min(steps, RECORDED)):
        rows.append(trainer.theta[0].astype(np.float32))
        at.append(trainer.step_count)
        curve.append((trainer.step_count, trainer.loss(), trainer.loss("test")))
        trainer.step(steps * (number + 1) // min(steps, RECORDED) - trainer.step_count)
    if not rows:
        return instant_of(trainer)
    walked = np.array(curve)
    return Instant(trainer, Path(np.array(at), np.array(rows)), walked[:, 1], walked)


def layers_by_hand(instant: Instant, raw: Array) -> list[Array]:
    """Return z (points, units) of each layer for raw inputs (points, d).

    Hidden units are tanh; batch norm goes by the training set, layer norm by each point alone.
    """
    setup = instant.setup
    named = setup.network.layout.named(instant.theta.astype(np.float64))
    train = setup.train.inputs[0, :, :-1].astype(np.float64)
    h, found = setup.dataset.transform(raw), []
    for layer, function in enumerate(setup.network.functions):
        name = f"layer{layer + 1}"
        u, z = (x @ named[f"{name}.weights"] + named[f"{name}.biases"] for x in (train, h))
        axis = {"none": None, "batch": 0, "layer": 1}[function.normalization.key]
        if axis is not None:
            over = (u, u) if axis == 0 else (u, z)
            u, z = (
                named[f"{name}.gamma"] * (x - of.mean(axis=axis, keepdims=True))
                / np.sqrt(of.var(axis=axis, keepdims=True) + 1e-5) + named[f"{name}.beta"]
                for x, of in zip((u, z), over, strict=True)
            )  # fmt: skip
        found.append(z)
        train, h = np.tanh(u), np.tanh(z)
    return found


def newest(measurement: Any) -> Any:
    """Return the last reading that a measurement yields."""
    return [reading for reading in measurement if reading is not None][-1]
