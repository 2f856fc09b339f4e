"""The loss surface of the real model around its weights at one moment, a few cells after each update.

No weight is moved: the model is called with copies (``torch.func.functional_call``), in the thread of the training
between two updates, within a share of the time, with the random numbers put back afterwards.
"""

from __future__ import annotations

import time
from typing import Any, Callable

import numpy as np
import torch
from torch import nn
from torch.func import functional_call

COARSEST = 8
SHARE = 0.1
NORMS = ("running", "batch")


def filter_normalised(parameters: dict[str, torch.Tensor], generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Return a random direction, each filter as long as the weights' own; 0 for biases and normalisations.

    Source: Li et al., Visualizing the loss landscape of neural nets, 2018. Filters are the rows of a parameter.
    """
    direction = {}
    for name, parameter in parameters.items():
        if parameter.dim() <= 1 or not parameter.is_floating_point():
            direction[name] = torch.zeros_like(parameter)
            continue
        drawn = torch.randn(parameter.shape, generator=generator).to(parameter.device, parameter.dtype)
        places = tuple(range(1, parameter.dim()))
        own = torch.linalg.vector_norm(parameter, dim=places, keepdim=True)
        direction[name] = drawn * (own / (torch.linalg.vector_norm(drawn, dim=places, keepdim=True) + 1e-10))
    return direction


class Surface:
    """A grid of losses, coarse cells first; ``go_on`` computes what the share of the time allows.

    ``norm``: batch normalisations use their running averages, or those of the held batch («batch»); said by name in
    the recording, since the two can differ by a factor of a hundred.
    """

    def __init__(
        self, model: nn.Module, loss_fn: Callable[..., torch.Tensor], inputs: tuple[Any, ...], targets: tuple[Any, ...],
        *, resolution: int = 24, span: float = 1.0, seed: int = 0, norm: str = "running", share: float = SHARE,
    ) -> None:  # fmt: skip
        if norm not in NORMS:
            raise ValueError(f"norm is one of {', '.join(NORMS)}; found {norm!r}")
        if not 2 <= resolution <= 256:
            raise ValueError(f"resolution is a number of cells from 2 to 256; found {resolution!r}")
        self._model, self._loss_fn, self._norm, self._share = model, loss_fn, norm, share
        self._inputs, self._targets = _kept(inputs), _kept(targets)
        self._parameters = {name: p.detach().clone() for name, p in model.named_parameters()}
        self._buffers = {name: b.detach().clone() for name, b in model.named_buffers()}
        generator = torch.Generator().manual_seed(seed)
        self._first, self._second = (filter_normalised(self._parameters, generator) for _ in range(2))
        self.axis = np.linspace(-span, span, resolution)
        self.values = np.full((resolution, resolution), np.nan)
        self._cells = list(_coarse_first(resolution))
        self._at = 0
        self._price: float | None = None
        self._credit = 0.0
        self.seconds = 0.0
        self._seen = time.perf_counter()

    @property
    def about(self) -> dict[str, Any]:
        """What the recording says of it."""
        examples = next((len(part) for part in self._inputs if isinstance(part, torch.Tensor) and part.dim()), 0)
        return {
            "axis": self.axis.tolist(), "directions": "random, filter-normalised; biases and normalisations stay",
            "normalisation": self._norm, "examples": examples, "seconds": self.seconds,
        }  # fmt: skip

    def go_on(self) -> bool:
        """Compute what there is time for; True when the last cell is done."""
        now = time.perf_counter()
        self._credit += self._share * (now - self._seen)
        while self._at < len(self._cells) and (self._price is None or self._credit >= self._price):
            began = time.perf_counter()
            row, column = self._cells[self._at]
            self.values[row, column] = self.loss_at(float(self.axis[column]), float(self.axis[row]))
            took = time.perf_counter() - began
            self._price = took if self._price is None or self._at < 3 else 0.9 * self._price + 0.1 * took
            self._credit -= took
            self.seconds += took
            self._at += 1
        self._seen = time.perf_counter()
        return self._at == len(self._cells)

    @torch.no_grad()
    def loss_at(self, first: float, second: float) -> float:
        """Return the loss at this place: weights + first · d1 + second · d2."""
        weights = {}
        for name, parameter in self._parameters.items():
            moved = parameter.dim() > 1
            weights[name] = parameter + first * self._first[name] + second * self._second[name] if moved else parameter
        # A pass with batch statistics moves the averages: those of a copy.
        buffers = {name: buffer.clone() for name, buffer in self._buffers.items()}
        modes = [(module, module.training) for module in self._model.modules()]
        device = next(iter(self._parameters.values())).device
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            try:
                self._model.eval()
                if self._norm == "batch":
                    for module, _ in modes:
                        if isinstance(module, nn.modules.batchnorm._BatchNorm):
                            module.training = True
                scores = functional_call(self._model, {**weights, **buffers}, self._inputs)
                return float(self._loss_fn(scores, *self._targets))
            finally:
                for module, mode in modes:
                    module.training = mode


def _kept(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(value.detach().clone() if isinstance(value, torch.Tensor) else value for value in values)


def _coarse_first(resolution: int) -> list[tuple[int, int]]:
    cells: list[tuple[int, int]] = []
    seen: set[tuple[int, int]] = set()
    step = COARSEST
    while step:
        for row in range(0, resolution, step):
            for column in range(0, resolution, step):
                if (row, column) not in seen:
                    seen.add((row, column))
                    cells.append((row, column))
        step //= 2
    return cells
