"""A lesson or an experiment as pictures and one page that needs nothing else: what is shown, without anybody there."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtGui import QPicture

from stepviz.engine.settings.experiment import Experiment
from stepviz.instruments import INSTRUMENTS, SHOWN_AT_FIRST
from stepviz.lessons.lesson import Lesson
from stepviz.lessons.player import Player
from stepviz.probes.diagnosis import Diagnosis
from stepviz.rendering.handout import Asked, Page, Shown, Words, write_handout
from stepviz.rendering.offscreen_session import OffscreenSession
from stepviz.rendering.web_page import words_of, write_page
from stepviz.ui.export.render import save, strokes
from stepviz.ui.instruments.instrument import Panel

# The curves of a run have so many points.
POINTS = 100
# A picture of it needs a screen.
WITHOUT_SCREEN = frozenset({"loss_surface_3d"})


def render_lesson(lesson: Lesson, folder: Path, paper: str = "") -> list[Path]:
    """Leave each scene's instruments as PNG and SVG, and ``index.html``; return the paths.

    With ``paper`` (of handout.PAPERS) a PDF too. Raises OSError for a folder that cannot be written to.
    """
    made: list[Path] = []
    pages: list[Page] = []
    player = Player(lesson)
    for index, scene in enumerate(lesson.scenes):
        player.go_to(index)
        player.skip_question()
        # One for each scene: it shows the same, whichever was shown before it.
        with OffscreenSession(scene.experiment) as darkroom:
            darkroom.lab.frame_shown.connect(player.follow)
            for name, chosen in player.options.items():
                darkroom.lab.look_at(name, chosen)
            darkroom.lab.send(player.command)
            frame = darkroom.advance(0)
            for point in _points(scene.steps):
                # An early stop is none for a lesson: its claims are about its end.
                while player.may_run and frame.step < point:
                    frame = darkroom.advance(point - frame.step)
            pictures = _pictures(
                darkroom, scene.panels or SHOWN_AT_FIRST, folder, f"scene-{index + 1}-", drawn=bool(paper)
            )
        made += [path for shown in pictures for path in (shown.file.with_suffix(".png"), shown.file)]
        claims = [
            (verdict.state, claim.text, claim.source, str(verdict))
            for claim, verdict in zip(scene.claims, player.verdicts, strict=True)
        ]
        title, asked = f"{index + 1}. {scene.title}", scene.question
        question = Asked(asked.text, [each.text for each in asked.choices], player.answer) if asked else None
        before, after = (words_of(text, lesson.card.folder) for text in (scene.text, scene.explanation))
        pages.append(Page(title, before, pictures, after, question, claims))
    made.append(write_page(folder, lesson.title, pages))
    if paper:
        made.append(folder / f"{lesson.name}.pdf")
        write_handout(made[-1], lesson.title, lesson.card.summary, pages, paper)
    return made


def render_experiment(experiment: Experiment, steps: int, folder: Path, title: str, paper: str = "") -> list[Path]:
    """Leave the first instruments after ``steps`` updates as PNG and SVG, and ``index.html``; return the paths.

    With ``paper`` (of handout.PAPERS) a PDF too. Raises OSError for a folder that cannot be written to.
    """
    with OffscreenSession(experiment) as darkroom:
        frame = darkroom.advance(0)
        for point in _points(steps):
            if frame.diverged is not None or frame.stopped is not None:
                break
            frame = darkroom.advance(point - frame.step)
        pictures = _pictures(darkroom, SHOWN_AT_FIRST, folder, "", drawn=bool(paper))
        diagnosis = darkroom.advance(0, frozenset({"diagnosis"})).reading(Diagnosis)
    summary = f"After {frame.step:,} steps. {diagnosis.sentence if diagnosis else ''}"
    page = Page("The instruments", Words(f"<p>{html.escape(summary)}</p>"), pictures)
    files = [path for shown in pictures for path in (shown.file.with_suffix(".png"), shown.file)]
    made = [*files, write_page(folder, title, [page])]
    if paper:
        made.append(folder / f"{title}.pdf")
        write_handout(made[-1], title, "", [page], paper)
    return made


def _points(steps: int) -> list[int]:
    """Return where curves have their points, besides step 0: evenly spread, the last at ``steps``."""
    points: list[int] = np.linspace(0, steps, min(steps, POINTS) + 1).astype(int)[1:].tolist()
    return points


def _pictures(
    darkroom: OffscreenSession, names: Sequence[str], folder: Path, prefix: str, *, drawn: bool
) -> list[Shown]:
    """Leave PNG and SVG of each instrument, all of one size; with ``drawn`` their strokes are kept for paper."""
    folder.mkdir(parents=True, exist_ok=True)
    with darkroom.instruments([name for name in names if name in INSTRUMENTS and name not in WITHOUT_SCREEN]) as panels:
        return [_picture(panel, folder / f"{prefix}{panel.instrument.key}.svg", drawn=drawn) for panel in panels]


def _picture(panel: Panel, file: Path, *, drawn: bool) -> Shown:
    save(panel, file.with_suffix(".png"))
    save(panel, file)
    return Shown(panel.instrument.title, strokes(panel) if drawn else QPicture(), file)
