"""Losses, optimizers, schedules and clipping in PyTorch: one table each, keyed as the engine's own tables are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.parameters import Parameter
from stepviz.export.pytorch.units import identifier

# Of the answers ``y`` (examples, outputs) and the targets ``t`` as stepviz encodes them.
TORCH_LOSSES: dict[str, str] = {
    "squared-error": "F.mse_loss(y, t)",
    "binary-cross-entropy": "F.binary_cross_entropy_with_logits(y, t)",
    "softmax-cross-entropy": "F.cross_entropy(y, t)",
    "hinge": "torch.relu(1 - t * y).mean()",
}


@dataclass(frozen=True, slots=True)
class TorchOptimizer:
    """The constructor, with the parameters' values in braces, and what PyTorch calls the optimizer's memory."""

    code: str
    memory: tuple[str, ...] = ()


TORCH_OPTIMIZERS: dict[str, TorchOptimizer] = {
    "sgd": TorchOptimizer("SGD(model.parameters(), lr={rate})"),
    "momentum": TorchOptimizer("SGD(model.parameters(), lr={rate}, momentum={momentum})", ("momentum_buffer",)),
    "nesterov": TorchOptimizer(
        "SGD(model.parameters(), lr={rate}, momentum={momentum}, nesterov={momentum} > 0)", ("momentum_buffer",)
    ),
    "adagrad": TorchOptimizer("Adagrad(model.parameters(), lr={rate}, eps={epsilon})", ("sum",)),
    "rmsprop": TorchOptimizer("RMSprop(model.parameters(), lr={rate}, alpha={decay}, eps={epsilon})", ("square_avg",)),
    "adam": TorchOptimizer(
        "Adam(model.parameters(), lr={rate}, betas=({beta1}, {beta2}), eps={epsilon})", ("exp_avg", "exp_avg_sq")
    ),
    "adamw": TorchOptimizer(
        "AdamW(model.parameters(), lr={rate}, betas=({beta1}, {beta2}), eps={epsilon}, weight_decay={weight_decay})",
        ("exp_avg", "exp_avg_sq"),
    ),
    # Its gradients are the mistakes (see TORCH_OBJECTIVES); what is done with them is SGD's.
    "perceptron": TorchOptimizer("SGD(model.parameters(), lr={rate})"),
}

# Of ``step``, counted from 0, and the schedule's parameters.
TORCH_SCHEDULES: dict[str, str] = {
    "constant": "rate",
    "step": "rate * factor ** (step // max(1, round(every)))",
    "exponential": "rate * decay**step",
    "cosine": "rate * (end + (1 - end) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / length))))",
    "warm-up": "rate * min(1.0, (step + 1) / length)",
}
TORCH_SLOPES: dict[str, str] = {
    "linear": "last if step >= length else first + (last - first) * (step / length)",
    "exponential": "last if step >= length else first * (last / first) ** (step / length)",
    "steps": "last if step >= length else first + (last - first) * math.floor(stairs * step / length) / stairs",
}

# Lines between the backward pass and the update; torch.nn.utils.clip_grad_norm_ adds 1e-6 to the norm.
TORCH_CLIPPINGS: dict[str, tuple[str, ...]] = {
    "none": (),
    "norm": (
        "norm = torch.sqrt(sum((each.grad**2).sum() for each in model.parameters()))",
        "if norm > {limit}:",
        "    for each in model.parameters():",
        "        each.grad *= {limit} / norm",
    ),
    "value": ("nn.utils.clip_grad_value_(model.parameters(), {limit})",),
}


def named(parameters: Sequence[Parameter], values: Sequence[float]) -> dict[str, str]:
    """Return values as they stand in code, by the names that they have there."""
    return {
        identifier(parameter.name): repr(value) for parameter, value in zip(parameters, values, strict=True)
    }  # fmt: skip


def optimizer_code(key: str, parameters: Sequence[Parameter], values: Sequence[float], rate: float) -> str:
    """Return the expression that makes an optimizer."""
    texts = named(parameters, values)
    if "epsilon" in texts:
        # As stepviz has it: with 0 a gradient of exactly 0 would be divided by 0.
        texts["epsilon"] = repr(max(float(texts["epsilon"]), float(np.finfo(np.float64).tiny)))
    return "torch.optim." + TORCH_OPTIMIZERS[key].code.format(rate=repr(rate), **texts)


def schedule_code(name: str, expression: str, parameters: Sequence[Parameter], values: Sequence[float]) -> str:
    """Return the function ``name(step)``."""
    texts = named(parameters, values)
    if "stairs" in texts:
        texts["stairs"] = repr(max(1, round(float(texts["stairs"]))))
    lines = [f"    {each} = {text}" for each, text in texts.items()]
    return "\n".join([f"def {name}(step):", *lines, f"    return {expression}"])
