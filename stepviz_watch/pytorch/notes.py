"""What a recording says at its beginning: what is not seen of this model, by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import nn

from stepviz_watch.pytorch.layers import WatchedLayer
from stepviz_watch.pytorch.look import MOST_COPIED

MOST_NAMES = 20


def first_notes(
    model: nn.Module, layers: Sequence[WatchedLayer], optimized: set[int], device: torch.device, *, compiled: bool
) -> Iterator[str]:
    """Give each sentence; ``optimized`` are the ids of all parameters that an optimizer changes."""
    if left := [layer.name for layer in layers if not any(id(p) in optimized for p in layer.parameters)]:
        yield f"No optimizer that is watched changes {_list(left)}."
    if bare := [layer.name for layer in layers if layer.units and layer.bias is None]:
        yield f"Without a bias, so that their units are judged at watched updates only: {_list(bare)}."
    if whole := [f"{layer.name} ({layer.kind})" for layer in layers if layer.axis is None]:
        yield f"Weights and gradients are seen, single units are not: {_list(whole)}."
    for name, module in model.named_modules():
        if isinstance(module, nn.MultiheadAttention):
            yield f"{name}.out_proj is not called as a module by nn.MultiheadAttention: its outputs are not seen."
    if compiled:
        yield "torch.compile runs this model: gradients and weights are seen, activations and error signals are not."
    if (
        torch.distributed.is_available()
        and torch.distributed.is_initialized()
        and torch.distributed.get_world_size() > 1
    ):
        yield (
            f"{torch.distributed.get_world_size()} processes train together: gradients are those of all, losses and "
            "error signals those of process 0."
        )
    if sum(parameter.numel() for layer in layers for parameter in layer.parameters) > MOST_COPIED:
        yield f"Update ratios are not measured: above {MOST_COPIED:,} parameters no copy of the weights is kept."
    if device.type == "cuda":
        yield "The way on CUDA was written without a GPU at hand: tell us of what is wrong."
    elif device.type != "cpu":
        yield f"On {device.type} a look waits for the device."


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMES]) + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")
