"""Lessons: their file form, their machine-checked claims, and the player's logic. No widgets.

``lesson_file.load_lesson(path)`` reads one (``load_card`` only what a gallery shows of it);
``library.shipped_lessons()`` names those that come with the program. ``player.Player(lesson)`` is its course while
it is shown: send its ``command`` to the worker, hand every frame to ``follow``. ``formulas.pieces(text)`` says
where the formulas of a text stand. ``verification`` runs a lesson without a window, on many seeds.
"""

# What a lesson's file may be called, beside ``lesson.md`` in a folder.
SUFFIXES = (".stepviz-lesson", ".md")
