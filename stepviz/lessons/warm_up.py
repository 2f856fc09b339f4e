"""What the first lesson of a process needs, loaded beside the window: it took half a second of the window's time."""

from __future__ import annotations

import contextlib
import threading

from stepviz.engine.common.errors import InputError


def warm_up() -> threading.Thread:
    """Start to load the libraries, the grammar and the fonts of lessons in another thread, and return it."""
    thread = threading.Thread(target=_load, name="stepviz-warm-up", daemon=True)
    thread.start()
    return thread


def _load() -> None:
    from stepviz.lessons.lesson_file import load_lesson
    from stepviz.lessons.library import shipped_lessons

    # Whatever is wrong with a lesson is said when it is opened.
    with contextlib.suppress(InputError, OSError):
        load_lesson(shipped_lessons()[0])
