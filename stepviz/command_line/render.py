"""``stepviz render``: a lesson or an experiment as pictures and one page."""

from __future__ import annotations

import os
from pathlib import Path

from stepviz.engine.setup.open_file import is_experiment, open_file
from stepviz.lessons import SUFFIXES
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.library import find_lesson


def render(source: str, folder: Path, steps: int, paper: str = "") -> list[Path]:
    """Leave the pictures and ``index.html`` in ``folder`` and return their paths.

    With ``paper`` (``a4`` or ``letter``) there is a handout as PDF too. A file is an experiment or a table, anything
    else a lesson. Raises InputError for what cannot be read or run, OSError for a folder that cannot be written to.
    """
    path = Path(source)
    is_file = path.suffix.lower() not in SUFFIXES and (path.is_file() or is_experiment(path))
    lesson = None if is_file else load_lesson(find_lesson(source))
    experiment = open_file(path) if lesson is None else None
    # No window is to be seen, and none is needed; Qt would complain of that at each instrument.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
    from stepviz.rendering.render import render_experiment, render_lesson

    if lesson is not None:
        return render_lesson(lesson, folder, paper)
    assert experiment is not None
    return render_experiment(experiment, steps, folder, path.stem, paper)
