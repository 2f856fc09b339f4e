"""``stepviz verify``: run lessons without a window and say which of their claims hold."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.library import find_lesson, shipped_lessons
from stepviz.lessons.verification import Line, outcomes, report

FAILED = 1


def verify(names: Sequence[str], seeds: int, *, brief: bool = False) -> int:
    """Verify lessons (all shipped ones where none is named) and return 1 where a claim fails, else 0.

    ``brief``: of the claims only those that fail are printed. Raises InputError for a lesson that cannot be read,
    before any is run.
    """
    lessons = [load_lesson(folder) for folder in [find_lesson(name) for name in names] or shipped_lessons()]
    failed = 0
    for lesson in lessons:
        lines = report(lesson, [outcomes(lesson, shift) for shift in range(seeds)])
        sys.stdout.write(f"{lesson.name}: {lesson.title}{_count(lines) if brief else ''}\n")
        _print([line for line in lines if not (brief and line.holds)], seeds)
        failed += sum(not line.holds for line in lines)
        sys.stdout.flush()
    if failed:
        sys.stdout.write(f"{failed} {'claim fails' if failed == 1 else 'claims fail'}\n")
    return FAILED if failed else 0


def _count(lines: Sequence[Line]) -> str:
    return f" · {sum(line.holds for line in lines)} of {len(lines)} claims hold"


def _print(lines: Sequence[Line], seeds: int) -> None:
    scene = ""
    for line in lines:
        if line.scene != scene:
            scene = line.scene
            sys.stdout.write(f"  {scene}\n")
        word = "holds" if line.holds else "FAILS"
        share = f" {line.held}/{seeds}" if seeds > 1 else ""
        theorem = " (theorem)" if line.theorem else ""
        sys.stdout.write(f"    {word}{share}{theorem}  {line.text}\n          {line.source}: {line.measured}\n")
