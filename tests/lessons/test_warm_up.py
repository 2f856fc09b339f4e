"""After a warm-up a lesson needs nothing that was not loaded before."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from stepviz.lessons.warm_up import warm_up
thread = warm_up()
thread.join()
loaded = set(sys.modules)
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.library import shipped_lessons
for path in shipped_lessons():
    load_lesson(path)
print(len({name for name in set(sys.modules) - loaded if not name.startswith("stepviz.")}))
"""


def test_of_the_libraries_of_lessons_none_is_left_to_load() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["0"]
