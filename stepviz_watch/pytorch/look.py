"""What is measured of gradients, weights and their change at one watched update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from stepviz_watch.pytorch.graph import spread
from stepviz_watch.pytorch.layers import WatchedLayer, dense
from stepviz_watch.pytorch.sums import HALF, any_in_row, norm

SAMPLE = 1024
# A copy of the weights is kept through a watched update, up to so many.
MOST_COPIED = 200_000_000


class Look:
    """Figures of one update, on the device; a parameter without a gradient has none.

    ``gradients`` before the optimizer's step, ``weights`` before it and ``changes`` after it.
    """

    def __init__(self, layers: Sequence[WatchedLayer]) -> None:
        self._layers = layers
        self.parameters = [(layer, parameter) for layer in layers for parameter in layer.parameters]
        self.copies = sum(parameter.numel() for _, parameter in self.parameters) <= MOST_COPIED
        self._before: dict[int, torch.Tensor] = {}
        self.begin()

    def begin(self) -> None:
        """Forget the last update."""
        self.gradient_norms: dict[int, torch.Tensor] = {}
        self.nonzero: dict[int, torch.Tensor] = {}
        self.weight_norms: dict[int, torch.Tensor] = {}
        self.change_norms: dict[int, torch.Tensor] = {}
        self.unchanged: dict[int, torch.Tensor] = {}
        self.rounded: dict[int, torch.Tensor] = {}
        self.samples: dict[int, torch.Tensor] = {}
        self._masks: dict[int, torch.Tensor] = {}
        self.scale = 1.0

    @torch.no_grad()
    def gradients(self, owned: set[int], divisor: Any) -> None:
        """Measure the gradients of the parameters with these ids; ``divisor`` is a loss scale still in them."""
        largest: dict[int, int] = {}
        for number, (layer, parameter) in enumerate(self.parameters):
            if id(parameter) not in owned or parameter.grad is None:
                continue
            gradient = dense(parameter.grad)
            size = norm(gradient)
            self.gradient_norms[number] = size if divisor is None else size / divisor.to(size.device, size.dtype)
            mask = gradient != 0
            self.nonzero[number] = mask.sum()
            if mask.shape == parameter.shape:
                self._masks[number] = mask
            if gradient.numel() > largest.get(layer.number, 0):
                largest[layer.number] = gradient.numel()
                sample = spread(gradient, SAMPLE).float()
                self.samples[layer.number] = sample.clone() if divisor is None else sample / divisor.to(sample.device)

    @torch.no_grad()
    def weights(self, owned: set[int]) -> None:
        """Measure the weights, and keep a copy of them through the update."""
        for number, (_, parameter) in enumerate(self.parameters):
            if id(parameter) not in owned:
                continue
            weight = parameter.detach()
            self.weight_norms[number] = norm(torch.view_as_real(weight) if weight.is_complex() else weight)
            if self.copies:
                if number in self._before and self._before[number].shape == weight.shape:
                    self._before[number].copy_(weight)
                else:
                    self._before[number] = weight.clone()

    @torch.no_grad()
    def changes(self, owned: set[int], *, moves: bool) -> None:
        """Measure how the weights changed. ``moves``: the optimizer meant to change what has a gradient."""
        for number, (layer, parameter) in enumerate(self.parameters):
            before = self._before.get(number)
            if id(parameter) not in owned or before is None or number not in self.weight_norms:
                continue
            change = before.sub_(parameter.detach())
            self.change_norms[number] = norm(torch.view_as_real(change) if change.is_complex() else change)
            mask = self._masks.get(number)
            if moves and mask is not None:
                kept = mask & (change == 0)
                self.unchanged[number] = kept.sum()
                if parameter.dtype in HALF and layer.rows and parameter.dim() and parameter.shape[0] == layer.units:
                    # 2 where a unit had a gradient and no entry of it changed, 1 where one did.
                    code = any_in_row(change != 0).int() + 2 * (any_in_row(mask) & ~any_in_row(change != 0)).int()
                    held = self.rounded.get(layer.number)
                    self.rounded[layer.number] = code if held is None else _both(held, code)


def _both(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return of two codes of a unit's parameters: changed where either did."""
    changed = (first == 1) | (second == 1)
    return torch.where(changed, 1, torch.maximum(first, second))
