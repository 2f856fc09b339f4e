"""The layers of a model: the modules that own parameters, and what a unit of each is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

LAST, SECOND = -1, 1


class WatchedLayer:
    """A module that owns parameters.

    ``axis`` is the dimension of its output that counts the units (-1 or 1), None where it has none. ``bias`` is the
    parameter whose gradient is the sum of the units' error signals. ``rows`` says whether ``weight[unit]`` are the
    unit's own weights.
    """

    def __init__(self, number: int, name: str, module: nn.Module, parameters: list[nn.Parameter]) -> None:
        self.number, self.name, self.module, self.parameters = number, name or "(model)", module, parameters
        self.kind = type(module).__name__
        self.axis, self.units = _units(module)
        bias = getattr(module, "bias", None)
        fits = isinstance(bias, nn.Parameter) and self.units > 0 and bias.numel() == self.units
        self.bias: nn.Parameter | None = bias if fits else None
        weight = getattr(module, "weight", None)
        self.rows = (
            isinstance(weight, nn.Parameter)
            and self.units > 0
            and weight.shape[0] == self.units
            and not isinstance(module, _ConvTransposeNd)
            and self.kind != "Conv1D"
        )


def find_layers(model: nn.Module) -> list[WatchedLayer]:
    """Return the layers in the order in which the model holds them; a shared parameter belongs to the first.

    Raises ValueError where there is nothing that could be trained, or where it is not there yet.
    """
    seen: set[int] = set()
    found: list[WatchedLayer] = []
    for name, module, parameters in _owners(model):
        own = []
        for parameter in parameters:
            if isinstance(parameter, nn.parameter.UninitializedParameter):
                raise ValueError(f"{name}: its parameters are not made yet; run one batch through the model first")
            if id(parameter) not in seen:
                seen.add(id(parameter))
                own.append(parameter)
        if own:
            found.append(WatchedLayer(len(found), name, module, own))
    if not any(parameter.requires_grad for layer in found for parameter in layer.parameters):
        raise ValueError("nothing in this model is trained: no parameter requires a gradient")
    return found


def _owners(model: nn.Module) -> Iterator[tuple[str, nn.Module, list[nn.Parameter]]]:
    for name, module in model.named_modules():
        if type(module).__name__ == "ParametrizationList" or ".parametrizations" in f".{name}":
            # They are the weights of the module that they are in.
            continue
        parameters = list(module.parameters(recurse=False))
        parametrizations: Any = getattr(module, "parametrizations", None)
        if isinstance(parametrizations, nn.Module):
            parameters += list(parametrizations.parameters())
        if parameters:
            yield name, module, parameters


def _units(module: nn.Module) -> tuple[int | None, int]:
    if isinstance(module, (nn.Linear, nn.Bilinear)):
        return LAST, module.out_features
    if isinstance(module, _ConvNd):
        return SECOND, module.out_channels
    if isinstance(module, _NormBase) and module.affine:
        return SECOND, module.num_features
    if isinstance(module, nn.GroupNorm) and module.affine:
        return SECOND, module.num_channels
    if type(module).__name__ == "Conv1D" and isinstance(getattr(module, "nf", None), int):
        # The transformers package names a linear layer with its weights transposed so.
        return LAST, module.nf
    return None, 0


def dense(gradient: torch.Tensor) -> torch.Tensor:
    """Return the entries of a gradient that are stored; those that are not are exactly 0."""
    gradient = gradient.detach()
    if gradient.is_sparse:
        gradient = gradient.coalesce().values()
    return torch.view_as_real(gradient) if gradient.is_complex() else gradient
