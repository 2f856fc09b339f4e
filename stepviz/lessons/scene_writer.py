"""Writes the state of a lab into a lesson's folder as one more scene, in the file form that is read back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from stepviz.engine.common.atomic_files import write_whole
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.lessons.lesson import Lesson
from stepviz.lessons.lesson_file import FILE, load_lesson, read_lesson
from stepviz.lessons.lesson_settings import MOST_STEPS

MOST_PANELS = 8
MINUTES_A_SCENE = 3


def keep_scene(
    folder: Path, title: str, text: str, experiment: Experiment, steps: int, panels: Sequence[str]
) -> Lesson:
    """Add a scene to the lesson in ``folder``, or begin one there, and return the lesson as it is read back.

    The scene begins anew with the settings of ``experiment`` and trains ``steps`` updates. Raises InputError for what
    a lesson cannot hold (then nothing is written), OSError where the folder cannot be read or written.
    """
    file = folder / FILE
    title = " ".join(title.split())
    if not title:
        raise InputError("title", "no words", "what the scene is called")
    if steps > MOST_STEPS:
        raise InputError("steps", f"{steps:,}", f"at most {MOST_STEPS:,} in a scene: restart, or set the time back")
    before = load_lesson(folder) if file.exists() else None
    written = file.read_text(encoding="utf-8-sig") if before is not None else _front(title)
    last = before.scenes[-1].experiment if before is not None else Experiment()
    content = written.rstrip("\n") + "\n\n" + _scene(title, text, last, experiment, steps, panels)
    folder.mkdir(parents=True, exist_ok=True)
    lesson = read_lesson(content, folder)
    _check(lesson, before, title, experiment)
    write_whole(file, content.encode(), keep_previous=before is not None)
    return lesson


def _front(title: str) -> str:
    shown = msgspec.json.encode(title[:80]).decode()
    return f"---\ntitle: {shown}\nsummary: {shown}\nminutes: {MINUTES_A_SCENE}\n---\n"


def _scene(title: str, text: str, before: Experiment, after: Experiment, steps: int, panels: Sequence[str]) -> str:
    lines = [f"# {title}", "", "```yaml scene"]
    changed = [name for name in Experiment.__struct_fields__ if getattr(before, name) != getattr(after, name)]
    if changed:
        lines.append("experiment:")
        # JSON is YAML as well.
        lines += [f"  {name}: {msgspec.json.encode(getattr(after, name)).decode()}" for name in changed]
    if panels:
        lines.append(f"panels: [{', '.join(panels[:MOST_PANELS])}]")
    lines += [f"steps: {steps}", "```", "", text.strip(), ""]
    return "\n".join(lines)


def _check(lesson: Lesson, before: Lesson | None, title: str, experiment: Experiment) -> None:
    """Raise InputError unless what is read back is what was to be kept."""
    scene, expected = lesson.scenes[-1], 1 + (len(before.scenes) if before is not None else 0)
    if len(lesson.scenes) != expected:
        raise InputError("text", "a heading of the first level", "text of one scene (## begins a part of it)")
    if scene.title != title:
        raise InputError("title", title, "words without signs of Markdown at the ends")
    if scene.experiment != experiment:
        raise InputError("experiment", "settings that a lesson's file does not hold", "others")
