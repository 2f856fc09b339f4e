"""Which activation follows each layer: found in the autograd graph, so that modules and functions look alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch

from stepviz_watch.pytorch.derivatives import DERIVATIVE_IS_NOT_0, passing
from stepviz_watch.pytorch.layers import LAST, WatchedLayer

# Each keeps a unit's values at the unit's place: the last dimension, or the second one.
KEEP_BOTH = ("AddBackward", "SubBackward", "MulBackward", "DivBackward", "CloneBackward", "NativeDropoutBackward",
             "AliasBackward", "ToCopyBackward", "UnsafeViewBackward", "ViewBackward",
             "ReshapeAliasBackward")  # fmt: skip
KEEP_SECOND = ("MaxPool", "AvgPool", "AdaptiveMaxPool", "AdaptiveAvgPool", "MkldnnMaxPool")


class Graph:
    """The graph of the passes of one update, as far as it was walked; ``clear`` lets go of it."""

    def __init__(self) -> None:
        self._nodes: dict[Any, WatchedLayer] = {}
        self._seen: set[Any] = set()

    def clear(self) -> None:
        """Forget all nodes: they hold what the graph holds."""
        self._nodes.clear()
        self._seen.clear()

    def add(self, layer: WatchedLayer, output: torch.Tensor) -> None:
        """Note that this output is the layer's."""
        if output.grad_fn is not None:
            self._nodes[output.grad_fn] = layer

    def activations(self, result: Any) -> Iterator[tuple[WatchedLayer, torch.Tensor]]:
        """Walk from a result back to what was walked before; give each layer with where the f' behind it is not 0.

        The booleans have the shape of the activation, whose units lie where the layer's do.
        """
        stack = [tensor.grad_fn for tensor in tensors(result) if tensor.grad_fn is not None]
        while stack:
            node = stack.pop()
            if node in self._seen:
                continue
            self._seen.add(node)
            following = [after for after, _ in node.next_functions if after is not None]
            stack.extend(following)
            if node.name().rstrip("0123456789") not in DERIVATIVE_IS_NOT_0:
                continue
            layers = self._sources(following)
            mask = passing(node) if layers else None
            if mask is not None:
                for layer in layers:
                    if _fits(layer, mask):
                        yield layer, mask

    def _sources(self, nodes: Iterable[Any]) -> list[WatchedLayer]:
        """Return the layers that feed these nodes through nothing but sums, scalings and changes of shape."""
        found: list[WatchedLayer] = []
        seen = set()
        stack = [(node, False) for node in nodes]
        while stack:
            node, pooled = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            layer = self._nodes.get(node)
            if layer is not None:
                if layer not in found and not (pooled and layer.axis == LAST):
                    found.append(layer)
                continue
            pools = node.name().startswith(KEEP_SECOND)
            if pools or node.name().startswith(KEEP_BOTH):
                stack.extend((after, pooled or pools) for after, _ in node.next_functions if after is not None)
        return found


def _fits(layer: WatchedLayer, mask: torch.Tensor) -> bool:
    if layer.axis is None or mask.dim() < 2:
        return False
    return mask.shape[layer.axis] == layer.units


def tensors(value: Any) -> list[torch.Tensor]:
    """Return the tensors in what a module returned: in tuples, lists, dictionaries and objects with such."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [tensor for part in value.values() for tensor in tensors(part)]
    if isinstance(value, (tuple, list)):
        return [tensor for part in value for tensor in tensors(part)]
    return []


def spread(values: torch.Tensor, most: int) -> torch.Tensor:
    """Return at most ``most`` entries, evenly spread; a view where that is possible."""
    values = values.detach()
    flat = values.reshape(-1) if values.is_contiguous() else values.permute(memory_order(values)).reshape(-1)
    stride = max(1, -(-flat.numel() // most))
    # A stride that shares a factor with the last dimension would look at the same few columns only.
    while stride > 1 and values.dim() and stride % 2 == 0:
        stride += 1
    return flat[::stride]


def memory_order(values: torch.Tensor) -> list[int]:
    """Return the dimensions in the order of memory: to flatten in another order would copy all of it."""
    return sorted(range(values.dim()), key=lambda dimension: -values.stride(dimension))
