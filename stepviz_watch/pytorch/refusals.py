"""What cannot be watched truthfully, in the words that stand on the screen and in the recording."""

from __future__ import annotations

import os

import torch
from torch import nn


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the model inside of what torch.compile and the data-parallel wrappers put around it."""
    while True:
        if type(model).__name__ == "OptimizedModule":
            model = model._orig_mod
        elif isinstance(model, (nn.parallel.DistributedDataParallel, nn.DataParallel)):
            model = model.module
        else:
            return model


def refusal(model: nn.Module) -> str:
    """Return why this model cannot be watched; empty where it can."""
    for module in model.modules():
        if "FullyShardedDataParallel" in type(module).__name__:
            return (
                "the weights are sharded (FSDP): a unit's weights lie on several processes, and none sees its gradient"
            )
        if isinstance(module, nn.DataParallel) and len(module.device_ids) > 1:
            return (
                "nn.DataParallel on several devices computes on copies that it throws away after each pass: "
                "use DistributedDataParallel, which can be watched"
            )
    for name, parameter in model.named_parameters():
        if any(kind.__name__ == "DTensor" for kind in type(parameter).__mro__):
            return f"{name} is a DTensor: a unit's weights lie on several processes, and none sees its gradient"
    return ""


def is_compiled(model: nn.Module) -> bool:
    """Whether torch.compile runs the model or a part of it: forward hooks would break or rebuild its graphs."""
    return any(
        type(module).__name__ == "OptimizedModule" or getattr(module, "_compiled_call_impl", None) is not None
        for module in model.modules()
    )


def speaks() -> bool:
    """Whether this process writes: of several that train together only the first does."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank() == 0
    rank = os.environ.get("RANK", "0")
    return rank == "0" or not rank.isdecimal()
