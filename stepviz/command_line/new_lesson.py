"""``stepviz new-lesson``: an example to begin with."""

from __future__ import annotations

import sys
from pathlib import Path

from stepviz.engine.common.errors import InputError
from stepviz.lessons.lesson_file import FILE
from stepviz.shipped import resource

EXAMPLE = "example.md"
GUIDE = "README.md"


def new_lesson(folder: Path) -> int:
    """Write the example into ``folder``, made where it is missing; nothing that is there is written over.

    Raises InputError where a lesson stands there already, OSError where nothing can be written.
    """
    target = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as file:
            file.write(resource("lessons", EXAMPLE).read_bytes())
    except FileExistsError:
        raise InputError("DIR", f"a {FILE}", "a folder without one", source=str(folder)) from None
    sys.stdout.write(f"{target}\nTry it: stepviz verify {folder}\nThe guide: {resource('lessons', GUIDE)}\n")
    return 0
