"""Where an activation's derivative is exactly 0, read from the nodes of the autograd graph.

PyTorch's own backward functions give f' from what the node saved for them, so that f' = 0 here means that the backward
pass multiplies with exactly 0. Modules, functions and in-place ones look alike in the graph.
"""

from __future__ import annotations

from typing import Any, Callable

import torch

aten = torch.ops.aten


def _relu(node: Any) -> torch.Tensor:
    result: torch.Tensor = node._saved_result
    return result > 0


def _tanh(node: Any) -> torch.Tensor:
    result = node._saved_result
    return aten.tanh_backward(torch.ones_like(result), result) != 0


def _sigmoid(node: Any) -> torch.Tensor:
    result = node._saved_result
    return aten.sigmoid_backward(torch.ones_like(result), result) != 0


def _hardtanh(node: Any) -> torch.Tensor:
    z = node._saved_self
    return aten.hardtanh_backward(torch.ones_like(z), z, node._saved_min_val, node._saved_max_val) != 0


def _gelu(node: Any) -> torch.Tensor:
    z = node._saved_self
    return aten.gelu_backward(torch.ones_like(z), z, approximate=node._saved_approximate) != 0


def _silu(node: Any) -> torch.Tensor:
    z = node._saved_self
    return aten.silu_backward(torch.ones_like(z), z) != 0


def _leaky_relu(node: Any) -> torch.Tensor:
    # In place, the result was saved: it has the sign of z.
    z = node._saved_self if hasattr(node, "_saved_self") else node._saved_result
    return (z > 0) if node._saved_negative_slope == 0 else torch.ones_like(z, dtype=torch.bool)


DERIVATIVE_IS_NOT_0: dict[str, Callable[[Any], torch.Tensor]] = {
    "ReluBackward": _relu,
    "TanhBackward": _tanh,
    "SigmoidBackward": _sigmoid,
    "HardtanhBackward": _hardtanh,
    "GeluBackward": _gelu,
    "SiluBackward": _silu,
    "LeakyReluBackward": _leaky_relu,
}


def passing(node: Any) -> torch.Tensor | None:
    """Return where f' is not exactly 0, in the shape of the activation; None where that is not known here."""
    function = DERIVATIVE_IS_NOT_0.get(node.name().rstrip("0123456789"))
    if function is None:
        return None
    try:
        return function(node)
    # What the node saved was overwritten, freed or packed away, or has another name in this version of PyTorch.
    except (RuntimeError, AttributeError, NotImplementedError):
        return None
