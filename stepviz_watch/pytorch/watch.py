"""Watch a PyTorch training.

At every update a few microseconds: the sentinel looks at the bias gradients, and the loss is noted. At a watched
update, as often as the budget allows, hooks see what passes through the layers.
"""

from __future__ import annotations

import functools
import sys
import time
import traceback
import weakref
from typing import Any, Callable, TypeVar

import numpy as np
import torch
from torch import nn

from stepviz_watch.budget import Budget
from stepviz_watch.pytorch.capture import SAMPLE, Capture
from stepviz_watch.pytorch.hooks import ForwardHook, Handles, Hook
from stepviz_watch.pytorch.layers import find_layers
from stepviz_watch.pytorch.look import Look
from stepviz_watch.pytorch.losses import Losses
from stepviz_watch.pytorch.notes import first_notes
from stepviz_watch.pytorch.optimizers import Order, learning_rates, own_optimizers, scaler_in_charge
from stepviz_watch.pytorch.refusals import is_compiled, refusal, speaks, unwrapped
from stepviz_watch.pytorch.rows import Moment, Rows
from stepviz_watch.pytorch.sentinel import Sentinel
from stepviz_watch.pytorch.surface import Surface
from stepviz_watch.pytorch.transfer import Transfers
from stepviz_watch.recorder import Recorder
from stepviz_watch.tables import Layer

PERIOD = 0.1  # seconds between two times at which rows are sent and the budget is looked at
MOST_UPDATES = 256  # between two such times
# A change of the learning rate by this factor from one update to the next is a moment worth a mark.
MARKED_CHANGE = 1.5

_now = time.perf_counter
_is_compiling = torch.compiler.is_compiling

Method = TypeVar("Method", bound=Callable[..., Any])


def begin(model: Any, optimizer: Any, loss_fn: Any, path: Any, **options: Any) -> Watch:
    """Return a watch in force; see ``stepviz_watch.watch``."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"expected a torch.nn.Module, found {type(model).__name__}")
    path = time.strftime("%Y-%m-%d-%H%M%S") + ".stepviz-run" if path is None else path
    why = refusal(model)
    if why:
        if speaks():
            recorder = Recorder(path, [], writer="stepviz_watch.watch", model=type(model).__name__)
            recorder.say(f"This model cannot be watched: {why}")
            recorder.close()
        raise TypeError(f"stepviz_watch cannot watch this model: {why}")
    return Watch(model, own_optimizers(optimizer), loss_fn, path, **options)


def _harmless(method: Method) -> Method:
    """Whatever goes wrong in here ends the watching and never the training."""

    @functools.wraps(method)
    def guarded(self: Watch, *arguments: Any, **keywords: Any) -> None:
        # Inside of torch.compile this is traced and not run: to leave at once leaves the graph as it is.
        if _is_compiling() or not self.watching:
            return
        try:
            method(self, *arguments, **keywords)
        # An error of ours must not become one of the training's.
        except Exception as error:
            self._give_up(error)

    return guarded  # type: ignore[return-value]  # the same arguments


class Watch:
    """A training under watch, until ``close``, the end of a ``with`` block, or the end of the model."""

    def __init__(
        self, model: nn.Module, optimizers: list[torch.optim.Optimizer], loss_fn: Any, path: Any,
        *, budget: float = 0.01, every: int | None = None, size_limit: float = 200.0,
    ) -> None:  # fmt: skip
        inner = unwrapped(model)
        layers = find_layers(inner)
        if every is not None and every < 1:
            raise ValueError(f"every is a number of updates, at least 1; found {every!r}")
        self.step = 0
        self.watching = speaks()
        self.watched = 0
        self._model, self._inner, self._loss_fn, self._layers = model, inner, loss_fn, layers
        self._optimizers, self._every = optimizers, every
        self._handles = Handles()
        self._recorder: Recorder | None = None
        self._began = _now()
        self._budget = Budget(budget, self._began)
        if not self.watching:
            return
        device = layers[0].parameters[0].device
        self._compiled = is_compiled(model)
        self._order = Order(len(optimizers))
        self._owned = [{id(p) for group in o.param_groups for p in group["params"]} for o in optimizers]
        everything = set().union(*self._owned)
        seen_by = [
            [layer for layer in layers if layer.bias is not None and id(layer.bias) in owned] for owned in self._owned
        ]
        self._sentinels = [Sentinel([layer.bias for layer in group if layer.bias is not None]) for group in seen_by]
        bounds = np.cumsum([0, *(layer.units for layer in layers)])
        places = [np.arange(bounds[layer.number], bounds[layer.number + 1]) for group in seen_by for layer in group]
        self._recorder = recorder = Recorder(
            path, [Layer(layer.name, layer.kind, layer.units) for layer in layers], size_limit=size_limit,
            writer="stepviz_watch.watch", model=type(inner).__name__, framework=f"torch {torch.__version__}",
            parameters=sum(p.numel() for layer in layers for p in layer.parameters), device=str(device),
            optimizer=", ".join(type(optimizer).__name__ for optimizer in optimizers), sample=SAMPLE, budget=budget,
            sentinel=[layer.name for group in seen_by for layer in group],
        )  # fmt: skip
        for text in first_notes(inner, layers, everything, device, compiled=self._compiled):
            recorder.say(text)
        self._transfers = Transfers.of(device)
        self._losses = Losses(recorder, device, self._transfers)
        self._capture = Capture(inner, layers)
        self._look = Look(layers)
        self._rows = Rows(recorder, layers, np.concatenate(places) if places else np.zeros(0, np.int64), device)
        self._looking = self._unlooked = False
        self._stride = 1
        self._surface: tuple[Surface, int] | None = None
        self._told = False
        self._in_closure = False
        self._rates = learning_rates(optimizers)
        self._groups = [group for one in optimizers for group in one.param_groups]
        self._rate_objects: list[Any] = [group.get("lr") for group in self._groups]
        self._scale: float | None = None
        self._wake = self._woke_step = 0
        self._woke = self._sent = self._stride_set = self._began
        self._paid_then = 0.0
        self._priced_from = 0.0
        self._said: set[str] = set()
        self._after_steps = Handles()
        self._has_after = self._drops_after = self._ended = False
        for number, one in enumerate(optimizers):
            # Strong: the optimizer keeps this alive, where the person keeps nothing.
            self._handles.add(one.register_step_pre_hook(functools.partial(self._before_step, number)))
        if isinstance(loss_fn, nn.Module):
            self._handles.add(ForwardHook(loss_fn, Hook(self._after_loss)))
        self._end = weakref.finalize(self, _end, self._losses, self._transfers, recorder)

    # What a person calls.

    @property
    def path(self) -> str | None:
        """Where the recording lies; None in a process that does not write one."""
        return None if self._recorder is None else self._recorder.path

    @property
    def share(self) -> float:
        """The share of the time that watching took so far, by its own clock."""
        return self._budget.measured(_now())

    def loss(self, loss: torch.Tensor) -> torch.Tensor:
        """Note the loss of this update, where no module computes it; returns it."""
        self._tell(loss)
        return loss

    def mark(self, text: str) -> None:
        """Note what happens at this update."""
        if self._recorder is not None:
            self._recorder.mark(self.step, text)

    def log(self, **values: float) -> None:
        """Add values by name, such as ``test_loss=0.3``."""
        if self._recorder is not None:
            self._recorder.logged(self.step, {name: float(value) for name, value in values.items()})

    def surface(self, inputs: Any, targets: Any, **options: Any) -> None:
        """Begin a loss surface around the weights as they are now, on this batch; it is recorded when it is done.

        ``inputs`` and ``targets`` are tensors or tuples of them, for the model and the loss module. ``resolution`` (24
        cells a side), ``span`` (1.0), ``seed``, ``share`` of the time (0.1), and ``norm``: batch normalisations use
        their «running» averages or those of the «batch». Nothing of the model changes. Raises ValueError.
        """
        if not self.watching:
            return
        if self._loss_fn is None:
            raise ValueError("a loss surface needs the loss: give watch the loss module or function as loss_fn")
        given = [part if isinstance(part, tuple) else (part,) for part in (inputs, targets)]
        self._surface = Surface(self._inner, self._loss_fn, given[0], given[1], **options), self.step

    def close(self) -> None:
        """Take every hook away and end the recording; safe to call twice."""
        self._handles.remove()
        if self._recorder is None:
            return
        self._after_steps.remove()
        if self.watching:
            self.watching = False
            if self.step == 0:
                self._say_once("none", "No update was seen. Where torch.compile runs the optimizer's step as well, "
                               "nothing of the updates can be seen: compile the model, not the update.")  # fmt: skip
            self._capture.remove()
            self._losses.end_evaluation(self.step)
            if self._surface is not None:
                surface, step = self._surface
                self._recorder.array("surface", step, surface.values, **surface.about)
        self._end()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None and self._recorder is not None:
            self._recorder.say(f"The training was left by {kind.__name__}: {error}"[:500], self.step)
        self.close()

    # Hooks.

    @_harmless
    def _tell(self, loss: torch.Tensor) -> None:
        began = _now()
        self._told = True
        self._losses.note(self.step, loss)
        if self._looking and not self._compiled:
            self._capture.result(loss)
        self._budget.paid(_now() - began)

    @_harmless
    def _after_loss(self, _module: nn.Module, _inputs: Any, output: Any) -> None:
        if self._unlooked and self.step % self._stride and output.requires_grad:
            return
        if not isinstance(output, torch.Tensor) or self._capture.paused:
            return
        began = _now()
        if not (output.requires_grad and self._inner.training):
            self._losses.evaluated(output)
        else:
            if not self._told:
                self._losses.note(self.step, output)
            if self._looking and not self._compiled:
                self._capture.result(output)
        self._budget.spent += _now() - began

    @_harmless
    def _before_step(self, number: int, _optimizer: Any, arguments: Any, keywords: Any) -> None:
        step = self.step
        # The shortest way, taken by most updates of a fast training.
        if (
            self._unlooked and step % self._stride and step + 1 < self._wake and len(arguments) < 2 and not keywords
            and not self._has_after and self._surface is None
            and self._groups[0].get("lr") is self._rate_objects[0]
        ):  # fmt: skip
            self.step = step + 1
            return
        began = _now()
        if self._drops_after:
            self._drops_after = self._has_after = False
            self._after_steps.remove()
        if (len(arguments) > 1 and callable(arguments[1])) or (keywords and keywords.get("closure") is not None):
            self._in_closure = True
            self._say_once(
                "closure", "The optimizer evaluates the loss itself (a closure): gradients are those of its last "
                "evaluation, read after its step; error signals are of all its evaluations.")  # fmt: skip
            self._hear_after_steps()
        else:
            self._in_closure = False
            self._read(number)
        if self._looking:
            self._look.weights(self._owned[number])
        self._ended = not self._has_after
        if self._ended:
            self._end_step(number, began)
        self._budget.spent += _now() - began

    @_harmless
    def _after_step(self, number: int, _optimizer: Any, _arguments: Any, _keywords: Any) -> None:
        # A hook that was asked for during this very step.
        if self._ended:
            return
        began = _now()
        if self._in_closure:
            self._read(number)
        if self._looking:
            moves = any(rate != 0 for rate in learning_rates([self._optimizers[number]]))
            self._look.changes(self._owned[number], moves=moves and not self._in_closure)
        self._end_step(number, began)
        self._budget.spent += _now() - began

    def _hear_after_steps(self) -> None:
        self._drops_after = False
        if not self._has_after:
            self._has_after = True
            for number, one in enumerate(self._optimizers):
                hook = functools.partial(self._after_step, number)
                self._after_steps.add(one.register_step_post_hook(hook))

    def _end_step(self, number: int, began: float) -> None:
        if self._order.ends_update(number):
            looked = self._looking
            if looked:
                self._send_look()
            self.step += 1
            # Objects, not numbers: a learning rate on a device would make the training wait.
            for group, rate in zip(self._groups, self._rate_objects):
                if group.get("lr") is not rate:
                    self._mark_rates()
                    break
            if self._surface is not None:
                self._go_on_with_surface(*self._surface)
            if looked or self.step >= self._wake:
                self._housekeep(began, looked=looked)

    def _read(self, number: int) -> None:
        """Look at the gradients of one optimizer's parameters."""
        if not self.step % self._stride:
            self._sentinels[number].look(self.step)
        if self._looking:
            optimizer = self._optimizers[number]
            divisor = getattr(optimizer, "grad_scale", None)
            self._look.gradients(self._owned[number], divisor if isinstance(divisor, torch.Tensor) else None)
            scaler = scaler_in_charge()
            if scaler is not None:
                self._look.scale = float(scaler.get_scale())

    def _go_on_with_surface(self, surface: Surface, step: int) -> None:
        assert self._recorder is not None
        self._capture.paused = True
        began = _now()
        try:
            if surface.go_on():
                self._surface = None
                self._recorder.array("surface", step, surface.values, **surface.about)
        finally:
            self._capture.paused = False
            # It has a share of its own, which whoever asked for it knows of.
            self._budget.spent -= _now() - began

    # An update that was watched.

    def _send_look(self) -> None:
        recorder, look = self._recorder, self._look
        assert recorder is not None
        skipped = self._scale is not None and look.scale < self._scale
        if skipped:
            recorder.mark(
                self.step, f"GradScaler skipped an update: its scale went from {self._scale:g} to {look.scale:g}"
            )
        self._scale = look.scale
        if self._capture.loss_inside is not None and not self._told and not isinstance(self._loss_fn, nn.Module):
            self._say_once("inside", "The loss is what the model returns as loss, known at watched updates only; "
                           "watch.loss(loss) tells it at all.")  # fmt: skip
            self._losses.note(self.step, self._capture.loss_inside)
        figures = [sentinel.figures() for sentinel in self._sentinels]
        last, silent = (torch.cat([pair[part].to(self._rows.device) for pair in figures]) for part in (0, 1))
        values, arrived = self._rows.pack(look, self._capture, last, silent, signals=not skipped)
        self.watched += 1
        rate = self._rates[0] if self._rates else float("nan")
        looks = max((sentinel.looks for sentinel in self._sentinels), default=0)
        moment = Moment(self.step, recorder.clock(), looks, self.watched, rate, look.scale, self.share)
        self._transfers.begin(values, lambda host: arrived(host, moment))
        for kind in self._capture.half:
            self._say_once(kind, f"Layers compute in {kind}.")
        if self._capture.without_graph - self._said:
            self._say_names(self._capture.without_graph, "computed without a graph (a reentrant checkpoint): "
                            "weights and gradients are seen, outputs are not")  # fmt: skip
        if self._capture.unread - self._said:
            self._say_names(self._capture.unread, "what it returns is not one plain tensor: weights and gradients are "
                            "seen, outputs are not")  # fmt: skip

    def _housekeep(self, began: float, *, looked: bool) -> None:
        """Every so often: send what is there, and decide whether the next update is watched."""
        now = _now()
        if self.step > self._woke_step:
            each = (now - self._woke) / (self.step - self._woke_step)
            self._woke, self._woke_step = now, self.step
            self._wake = self.step + max(1, min(MOST_UPDATES, int(PERIOD / max(each, 1e-7))))
        self._transfers.deliver()
        if now - self._sent >= PERIOD:
            self._sent = now
            self._losses.send()
        if self._losses.noted == 0 and self.step > 10:
            self._say_once(
                "loss", "The loss is not known: tell it with watch.loss(loss), or give watch the loss module."
            )
        if looked:
            for sentinel in self._sentinels:
                sentinel.refresh()
            cost = self._budget.spent - self._priced_from + self._capture.spent + now - began
            self._budget.spent = self._priced_from
            self._budget.looked(now, cost)
        self._set_stride(now)
        self._decide(now, looked=looked)

    def _decide(self, now: float, *, looked: bool) -> None:
        """Decide on the next update; the first one is left alone, since torch.compile builds its graphs then."""
        if self._every is not None:
            wanted = self.step % self._every == 0
            self._wake = self.step + 1 if self._every <= MOST_UPDATES else self._wake
        else:
            wanted = self._budget.allows(now)
        wanted = wanted and self._order.known
        hooks = not self._compiled and not _graphs_are_built()
        if not self._compiled and not hooks:
            self._say_once("graphs", "torch.compile has built graphs in this process, which forward hooks could break: "
                           "gradients and weights are seen, activations and error signals are not.")  # fmt: skip
        if wanted and hooks and not self._looking:
            self._capture.install()
        elif self._looking and not (wanted and hooks):
            self._capture.remove()
        self._looking = wanted
        # Nothing is to be done at an update but to count it, if it is not one that the sentinel looks at.
        self._unlooked = not wanted and len(self._optimizers) == 1
        if wanted:
            self._hear_after_steps()
        elif looked and "closure" not in self._said:
            # Not here: the optimizer is going through these hooks just now.
            self._drops_after = True
        if wanted or looked:
            self._capture.clear()
            self._capture.spent = 0.0
            self._look.begin()
            self._priced_from = self._budget.spent

    def _set_stride(self, now: float) -> None:
        """Let the part of every update take half of the budget: else every second, fourth … update is looked at."""
        if self._every is not None or now - self._stride_set < 0.5 or self.step < 64:
            return
        fixed = (self._budget.spent - self._budget.spent_looking - self._paid_then) / (now - self._stride_set)
        if fixed > 0.4 * self._budget.share and self._stride < 64:
            self._stride *= 2
        elif fixed < 0.1 * self._budget.share and self._stride > 1:
            self._stride //= 2
        self._stride_set, self._paid_then = now, self._budget.spent - self._budget.spent_looking

    # Words.

    def _mark_rates(self) -> None:
        rates = learning_rates(self._optimizers)
        self._rate_objects = [group.get("lr") for group in self._groups]
        for before, after in zip(self._rates, rates):
            ratio = abs(after / before) if before else float("inf")
            if after == after and before == before and not 1 / MARKED_CHANGE < ratio < MARKED_CHANGE:
                # It was set before the update that has just ended.
                if self._recorder is not None:
                    self._recorder.mark(self.step - 1, f"learning rate {before:g} to {after:g}")
                break
        self._rates = rates

    def _say_once(self, key: str, text: str) -> None:
        if key not in self._said and self._recorder is not None:
            self._said.add(key)
            self._recorder.say(text, self.step)

    def _say_names(self, names: set[str], text: str) -> None:
        new = sorted(names - self._said)
        self._said |= names
        if self._recorder is not None:
            self._recorder.say(f"{', '.join(new[:20])}{' …' if len(new) > 20 else ''}: {text}.", self.step)

    def _give_up(self, error: Exception) -> None:
        self.watching = False
        self._handles.remove()
        self._after_steps.remove()
        text = f"Watching ended at update {self.step} by an error of its own, the training goes on: {error!r}"
        print(f"stepviz_watch: {text}", file=sys.stderr)
        if self._recorder is not None:
            self._recorder.say(f"{text}\n{traceback.format_exc()[-2000:]}", self.step)
            self._capture.remove()
            self._end()


def _end(losses: Losses, transfers: Transfers, recorder: Recorder) -> None:
    losses.send()
    transfers.deliver(wait=True)
    recorder.close()


def _graphs_are_built() -> bool:
    """Whether torch.compile has compiled anything in this process, as far as it tells."""
    module = sys.modules.get("torch._dynamo.utils")
    counters = getattr(module, "counters", None)
    return counters is not None and counters["frames"]["total"] > 0
