"""``stepviz picture``: the pictures that the gallery shows of lessons, from a measurement of one of their scenes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from stepviz.engine.common.errors import InputError
from stepviz.lessons.lesson_file import FILE, MADE, MADE_DARK, load_lesson
from stepviz.lessons.library import find_lesson, shipped_lessons
from stepviz.lessons.picture_subjects import SUBJECTS, course_of


def picture(names: Sequence[str]) -> list[Path]:
    """Leave a light and a dark picture in the folder of each lesson (default: the shipped ones); return their paths.

    One that looks the same in both themes is kept once.
    Raises InputError for a lesson that cannot be read or does not say what its picture is of, OSError for a folder
    that cannot be written to.
    """
    # No window is to be seen, and none is needed.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from stepviz.app import application
    from stepviz.ui.core.theme import Theme
    from stepviz.ui.lessons.picture_render import draw, save

    application()
    made = []
    for folder in [find_lesson(name) for name in names] or shipped_lessons():
        lesson = load_lesson(folder)
        if lesson.card.picture_of is None:
            raise InputError("picture_of", "nothing", "a scene and what it shows: {scene: 2, shows: response}",
                             source=f"{lesson.name}/{FILE}")  # fmt: skip
        scene, shows = lesson.card.picture_of
        try:
            subject = SUBJECTS[shows](course_of(lesson, scene))
        except InputError as error:
            raise error.at(f"{lesson.name}/{FILE}") from None
        light, dark = (draw(subject, Theme(theme)) for theme in ("light", "dark"))
        (lesson.card.folder / MADE_DARK).unlink(missing_ok=True)
        for image, name in ((light, MADE), (dark, MADE_DARK)) if dark != light else ((light, MADE),):
            save(image, lesson.card.folder / name)
            made.append(lesson.card.folder / name)
    return made
