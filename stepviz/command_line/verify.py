"""``stepviz verify``: run lessons without a window and say which of their claims hold."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from stepviz.lessons.lesson import Lesson
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.library import find_lesson, shipped_lessons
from stepviz.lessons.verification import Line, outcomes, report

FAILED = 1


def verify(names: Sequence[str], seeds: int) -> int:
    """Verify lessons (all shipped ones where none is named) and return 1 where a claim fails, else 0.

    Raises InputError for a lesson that cannot be read, before any is run.
    """
    lessons = [load_lesson(folder) for folder in [find_lesson(name) for name in names] or shipped_lessons()]
    failed = 0
    for lesson in lessons:
        failed += _print(lesson, report(lesson, [outcomes(lesson, shift) for shift in range(seeds)]), seeds)
        sys.stdout.flush()
    if failed:
        sys.stdout.write(f"{failed} {'claim fails' if failed == 1 else 'claims fail'}\n")
    return FAILED if failed else 0


def _print(lesson: Lesson, lines: Sequence[Line], seeds: int) -> int:
    """Print the report on a lesson and return how many of its claims fail."""
    sys.stdout.write(f"{lesson.name}: {lesson.title}\n")
    scene = ""
    for line in lines:
        if line.scene != scene:
            scene = line.scene
            sys.stdout.write(f"  {scene}\n")
        word = "holds" if line.holds else "FAILS"
        share = f" {line.held}/{seeds}" if seeds > 1 else ""
        theorem = " (theorem)" if line.theorem else ""
        sys.stdout.write(f"    {word}{share}{theorem}  {line.text}\n          {line.source}: {line.measured}\n")
    if not lines:
        sys.stdout.write("    it claims nothing\n")
    return sum(not line.holds for line in lines)
