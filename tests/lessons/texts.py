"""Lessons for tests, written into a folder."""

from __future__ import annotations

from pathlib import Path

FRONT = """---
title: A lesson
summary: It is short.
minutes: 1
experiment:
  data.samples: 40
  layers:
    - {width: 3}
  seed: 3
---
"""


def written(folder: Path, *scenes: str, front: str = FRONT) -> Path:
    """Write a lesson into a new folder and return the folder."""
    place = folder / "mine"
    place.mkdir(exist_ok=True)
    (place / "lesson.md").write_text(front + "\n".join(scenes), encoding="utf-8")
    return place


def scene(block: str = "", title: str = "A scene", text: str = "Some text.") -> str:
    """Return a scene as it is written."""
    return f"\n# {title}\n\n```yaml scene\n{block}\n```\n\n{text}\n"
