"""The losses of the training, and those of the phases between in which nothing is trained."""

from __future__ import annotations

from typing import Any

import torch

from stepviz_watch.pytorch.transfer import Transfers
from stepviz_watch.recorder import Recorder

ROOM = 256


class Losses:
    """Collects losses without waiting for the device; several of one update become their mean."""

    def __init__(self, recorder: Recorder, device: torch.device, transfers: Transfers) -> None:
        self._recorder, self._transfers = recorder, transfers
        self._on_device = device.type != "cpu"
        self._ring = torch.zeros(ROOM, dtype=torch.float64 if device.type != "mps" else torch.float32, device=device)
        self._steps: list[int] = []
        self._values: list[float] = []
        self._evaluated: list[Any] = []
        self.noted = 0

    def note(self, step: int, loss: torch.Tensor) -> None:
        """Note a loss of the update ``step``."""
        if self._evaluated:
            self.end_evaluation(step)
        self.noted += 1
        if self._on_device and loss.device.type != "cpu":
            # A copy: a person may divide it in place afterwards.
            self._ring[len(self._steps)].copy_(_one(loss))
            self._values.append(_ON_DEVICE)
        else:
            self._values.append(loss.item() if loss.numel() == 1 else _one(loss).item())
        self._steps.append(step)
        if len(self._steps) >= ROOM:
            self.send()

    def evaluated(self, loss: torch.Tensor) -> None:
        """Note a loss that nothing is trained by."""
        self._evaluated.append(_one(loss).item() if loss.device.type == "cpu" else _one(loss).clone())

    def end_evaluation(self, step: int) -> None:
        """Log the mean of the losses since the last update, under the name eval_loss."""
        values, self._evaluated = self._evaluated, []
        if not values:
            return
        if isinstance(values[0], float):
            self._recorder.logged(step, {"eval_loss": sum(values) / len(values)})
            return
        mean = torch.stack([value.double() for value in values]).mean().reshape(1)
        self._transfers.begin([mean], lambda host: self._recorder.logged(step, {"eval_loss": float(host[0][0])}))

    def send(self) -> None:
        """Hand over what was noted."""
        if not self._steps:
            return
        steps, values, clock = self._steps, self._values, self._recorder.clock()
        self._steps, self._values = [], []
        if self._on_device:
            self._transfers.begin(
                [self._ring[: len(steps)].clone()],
                lambda host: self._recorder.losses(steps, _merged(values, host[0]), clock),
            )
        else:
            self._recorder.losses(steps, values, clock)


_ON_DEVICE = float("nan")


def _merged(values: list[float], ring: torch.Tensor) -> list[float]:
    return [there if own is _ON_DEVICE else own for own, there in zip(values, ring.tolist())]


def _one(loss: torch.Tensor) -> torch.Tensor:
    loss = loss.detach()
    return loss if loss.dim() == 0 else loss.double().mean()
