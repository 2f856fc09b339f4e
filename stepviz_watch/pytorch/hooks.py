"""Hooks that leave no trace: not in a pickle, not in a copy, not after they are removed."""

from __future__ import annotations

import contextlib
import weakref
from collections import OrderedDict
from typing import Any, Callable

import torch
from torch import nn


class Hook:
    """Calls a method of an object for as long as that lives; pickled or copied, it is one that does nothing."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self._method = weakref.WeakMethod(method)

    def __call__(self, *arguments: Any, **keywords: Any) -> None:
        """Call the method, if its object is still there."""
        if torch.compiler.is_compiling():
            return
        method = self._method()
        if method is not None:
            method(*arguments, **keywords)

    def __deepcopy__(self, memo: Any) -> Any:
        return contextlib.nullcontext().__exit__

    def __reduce__(self) -> Any:
        return getattr, (contextlib.nullcontext(), "__exit__")


class _Unseen(OrderedDict):  # type: ignore[type-arg]  # it stands in for torch's own, which names no types
    """A dictionary of hooks that pickles and copies as one without ours."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        rest = OrderedDict((key, value) for key, value in self.items() if not isinstance(value, Hook))
        return rest.__reduce_ex__(protocol)


class ForwardHook:
    """A forward hook on one module, which may be a part of the model: its pickle stays the same byte for byte."""

    def __init__(self, module: nn.Module, hook: Hook) -> None:
        self._module, self._before = module, module._forward_hooks
        self._replaced = not self._before
        # With hooks of the person in it, their handles know the dictionary: it has to stay.
        if self._replaced:
            module._forward_hooks = _Unseen()
        self._handle = module.register_forward_hook(hook)

    def remove(self) -> None:
        """Take the hook away."""
        self._handle.remove()
        if self._replaced and not self._module._forward_hooks:
            self._module._forward_hooks = self._before


class Handles:
    """Hooks in force; removed together, also when what holds this is gone."""

    def __init__(self) -> None:
        self._handles: list[Any] = []
        self._end = weakref.finalize(self, _remove, self._handles)

    def add(self, *handles: Any) -> None:
        """Take charge of hooks."""
        self._handles.extend(handles)

    def remove(self) -> None:
        """Remove them all."""
        _remove(self._handles)


def _remove(handles: list[Any]) -> None:
    while handles:
        handles.pop().remove()
