"""What passes through the layers during one watched update: hooks for all modules of the process, for its length.

Nothing lies on the model, so that saving, copying and a transformer's fast evaluation path see nothing of it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from stepviz_watch.pytorch.graph import Graph, spread, tensors
from stepviz_watch.pytorch.hooks import Handles, Hook
from stepviz_watch.pytorch.layers import WatchedLayer
from stepviz_watch.pytorch.sums import HALF, norm, passed, reached

SAMPLE = 1024


class Capture:
    """The hooks, and what they have summed up since ``clear``. Per layer number; a layer without an entry was not seen.

    ``signals``: per unit the examples with an error signal that is not 0; ``passing``: those with f' not 0; ``deltas``:
    norms of the error signals; ``examples`` they are of; ``samples`` of z.
    """

    def __init__(self, model: nn.Module, layers: Sequence[WatchedLayer]) -> None:
        self._model, self._layers = model, {layer.module: layer for layer in layers}
        self._handles = Handles()
        self._graph = Graph()
        self._in_model = False
        self.paused = False
        self.inputs: tuple[Any, Any] | None = None
        self.loss_inside: torch.Tensor | None = None
        self.without_graph: set[str] = set()
        self.unread: set[str] = set()
        self.half: set[str] = set()
        self.spent = 0.0
        self.clear()

    def clear(self) -> None:
        """Begin anew: an update ended."""
        self.signals: dict[int, torch.Tensor] = {}
        self.passing: dict[int, torch.Tensor] = {}
        self.deltas: dict[int, torch.Tensor] = {}
        self.examples: dict[int, int] = {}
        self.samples: dict[int, torch.Tensor] = {}
        self.loss_inside = None
        self._graph.clear()

    def install(self) -> None:
        """Put the hooks in force."""
        self._handles.add(
            register_module_forward_pre_hook(Hook(self._before)),
            register_module_forward_hook(Hook(self._after), with_kwargs=True),
        )

    def remove(self) -> None:
        """Take the hooks away."""
        self._handles.remove()
        self._in_model = False
        self.clear()

    def result(self, loss: torch.Tensor) -> None:
        """See which activations lie between the layers and a loss."""
        self._walk(loss)

    def _before(self, module: nn.Module, _inputs: Any) -> None:
        if module is self._model and not self.paused:
            self._in_model = module.training and torch.is_grad_enabled()

    def _after(self, module: nn.Module, inputs: Any, keywords: Any, output: Any) -> None:
        layer = self._layers.get(module)
        if (layer is None and module is not self._model) or self.paused:
            return
        # Inside the backward pass a checkpoint computes anew what was seen before.
        if torch._C._current_graph_task_id() != -1:
            return
        began = time.perf_counter()
        if layer is not None and (self._in_model or module.training):
            self._layer(layer, output)
        if module is self._model and self._in_model:
            self._in_model = False
            self.inputs = inputs, keywords
            inside = output.get("loss") if isinstance(output, dict) else getattr(output, "loss", None)
            if isinstance(inside, torch.Tensor) and inside.requires_grad:
                self.loss_inside = inside.detach().clone()
            self._walk(output)
        self.spent += time.perf_counter() - began

    def _layer(self, layer: WatchedLayer, output: Any) -> None:
        found = tensors(output)
        if (
            not found
            or isinstance(output, (tuple, list, dict))
            or torch._C._functorch.is_functorch_wrapped_tensor(output)
        ):
            self.unread.add(layer.name)
            return
        if not output.requires_grad:
            trained = any(parameter.requires_grad for parameter in layer.parameters)
            # The whole was called with a graph: what has none in it is no evaluation.
            if self._in_model and not torch.is_grad_enabled() and trained:
                self.without_graph.add(layer.name)
            return
        if output.dtype in HALF:
            self.half.add(str(output.dtype).rpartition(".")[2])
        # Now: an activation in place overwrites it in a moment.
        self.samples[layer.number] = spread(output, SAMPLE).float().clone()
        if layer.axis is None:
            return
        if not _packed():
            self._graph.add(layer, output)
        output.register_hook(lambda gradient: self._delta(layer, gradient))
        if not self._in_model:
            self._walk(output)

    def _delta(self, layer: WatchedLayer, gradient: torch.Tensor) -> None:
        if self.paused or layer.axis is None:
            return
        began = time.perf_counter()
        with torch.no_grad():
            gradient = gradient.detach()
            signal, examples = reached(gradient, layer.axis)
            size = norm(gradient)
            number = layer.number
            self.signals[number] = signal + self.signals[number] if number in self.signals else signal
            self.deltas[number] = torch.hypot(size, self.deltas[number]) if number in self.deltas else size
            self.examples[number] = self.examples.get(number, 0) + examples
        self.spent += time.perf_counter() - began

    def _walk(self, output: Any) -> None:
        with torch.no_grad():
            for layer, mask in self._graph.activations(output):
                if layer.axis is not None:
                    count = passed(mask, layer.axis)
                    before = self.passing.get(layer.number)
                    self.passing[layer.number] = count if before is None else before + count


def _packed() -> bool:
    """Whether what nodes save goes through hooks, as in a checkpoint: to read it would compute it all anew."""
    top = getattr(torch._C._autograd, "_top_saved_tensors_default_hooks", None)
    return top is not None and top(True) is not None
