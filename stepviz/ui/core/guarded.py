"""Methods that Qt calls: they tell their errors, and raise none."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from PySide6.QtGui import QPainter

P = ParamSpec("P")
R = TypeVar("R")


def guarded(method: Callable[P, R]) -> Callable[P, R | None]:
    """Return the method with any error handed to ``sys.excepthook`` at once; None is returned in its place.

    PySide 6.11 keeps an error that an override raises beneath a call from Python (``window.grab()``, ``resize``), and
    ends the process where a second one comes before that call returns. What fails in one picture seldom fails alone.
    """

    @wraps(method)
    def call(*arguments: P.args, **named: P.kwargs) -> R | None:
        try:
            return method(*arguments, **named)
        except Exception as error:  # whatever it is, it is told as any other error, and the window goes on
            sys.excepthook(type(error), error, error.__traceback__)
            end_painters(error)
            return None

    return call


def end_painters(error: BaseException) -> None:
    """End the painters where ``error`` was raised, before their pictures can go: that would end the process."""
    for frame, _line in traceback.walk_tb(error.__traceback__):
        for value in frame.f_locals.values():
            if isinstance(value, QPainter) and value.isActive():
                value.end()
    traceback.clear_frames(error.__traceback__)


def guarded_filter(method: Callable[P, bool]) -> Callable[P, bool]:
    """Return a method that says whether it took an event, ``guarded``: where it fails, it did not."""
    call = guarded(method)

    @wraps(method)
    def answer(*arguments: P.args, **named: P.kwargs) -> bool:
        return bool(call(*arguments, **named))

    return answer
