"""A lesson or an experiment as pictures and one page that needs nothing else: what is shown, without anybody there."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from PySide6.QtCore import QCoreApplication, QEventLoop

from stepviz.app import SWITCH_INTERVAL, LiveLab, application
from stepviz.engine.errors import InputError
from stepviz.engine.experiment import Experiment
from stepviz.handout import Asked, Page, Shown, Words, write_handout
from stepviz.lessons.lesson import Lesson
from stepviz.lessons.player import Player
from stepviz.probes.diagnosis import Diagnosis
from stepviz.runtime.commands import Command, Pause, Play, SetOptions, SetSpeed, Step
from stepviz.ui.panel_picture import save, strokes
from stepviz.ui.panels import HIDDEN_AT_FIRST, PANELS
from stepviz.ui.settings import Preferences
from stepviz.web_page import words_of, write_page

SIZE = (1500, 900)
# Of each instrument, in pixels: as on a projector, so that two in a row can be read on paper.
PANEL = (540, 390)
PATIENCE = 120.0
# Slow instruments and slow text need a moment after the run has come to rest.
SETTLE = 1.0
ARRANGE = 0.15
SECONDS, POINTS = 2.0, 100
FIRST = tuple(name for name in PANELS if name not in HIDDEN_AT_FIRST)
# A picture of it needs a screen.
WITHOUT_SCREEN = frozenset({"loss_surface_3d"})


def render_lesson(lesson: Lesson, folder: Path, paper: str = "") -> list[Path]:
    """Leave each scene's instruments as PNG and SVG, and ``index.html``; return the paths.

    With ``paper`` (of handout.PAPERS) a PDF too. Raises OSError for a folder that cannot be written to.
    """
    made: list[Path] = []
    pages: list[Page] = []
    player = Player(lesson)
    live = _open(player.scene.experiment)
    live.lab.frame_shown.connect(player.follow)
    try:
        for index, scene in enumerate(lesson.scenes):
            player.go_to(index)
            player.skip_question()
            live.lab.experiment = scene.experiment
            live.lab.experiment_changed.emit(scene.experiment)
            options = [SetOptions(name, chosen) for name, chosen in scene.options.items()]
            # A scene without steps is measured where it begins: nothing would stop it there.
            run: list[Command] = [SetSpeed(_speed(scene.steps)), Play()] if scene.steps else []
            _send(live, [player.command, *options, *run])
            _wait(lambda: not player.may_run, f"scene {index + 1}")
            pictures = _pictures(live, scene.panels or FIRST, folder, f"scene-{index + 1}-")
            made += [path for shown in pictures for path in (shown.file.with_suffix(".png"), shown.file)]
            claims = [
                (verdict.state, claim.text, claim.source, str(verdict))
                for claim, verdict in zip(scene.claims, player.verdicts, strict=True)
            ]
            title, asked = f"{index + 1}. {scene.title}", scene.question
            question = Asked(asked.text, [each.text for each in asked.choices], player.answer) if asked else None
            before, after = (words_of(text, lesson.card.folder) for text in (scene.text, scene.explanation))
            pages.append(Page(title, before, pictures, after, question, claims))
    finally:
        _close(live)
    made.append(write_page(folder, lesson.title, pages))
    if paper:
        made.append(folder / f"{lesson.name}.pdf")
        write_handout(made[-1], lesson.title, lesson.card.summary, pages, paper)
    return made


def render_experiment(experiment: Experiment, steps: int, folder: Path, title: str, paper: str = "") -> list[Path]:
    """Leave the first instruments after ``steps`` updates as PNG and SVG, and ``index.html``; return the paths.

    With ``paper`` (of handout.PAPERS) a PDF too. Raises OSError for a folder that cannot be written to.
    """
    live = _open(experiment)
    try:
        # In parts, as many as the curves have points: a number of steps that is asked for is done at once.
        for part in np.diff(np.linspace(0, steps, min(steps, POINTS) + 1).astype(int)):
            if live.lab.frame is None or live.lab.frame.diverged is None:
                _step(live, int(part))
        pictures = _pictures(live, FIRST, folder, "")
        frame = live.lab.frame
        assert frame is not None
        diagnosis = frame.reading(Diagnosis)
        summary = f"After {frame.step:,} steps. {diagnosis.sentence if diagnosis else ''}"
    finally:
        _close(live)
    page = Page("The instruments", Words(f"<p>{html.escape(summary)}</p>"), pictures)
    files = [path for shown in pictures for path in (shown.file.with_suffix(".png"), shown.file)]
    made = [*files, write_page(folder, title, [page])]
    if paper:
        made.append(folder / f"{title}.pdf")
        write_handout(made[-1], title, "", [page], paper)
    return made


def _open(experiment: Experiment) -> LiveLab:
    application()
    sys.setswitchinterval(SWITCH_INTERVAL)
    live = LiveLab(experiment, msgspec.structs.replace(Preferences(), theme="light", hint_done=True))
    live.window.resize(*SIZE)
    live.start(play=False)
    return live


def _speed(steps: int) -> float:
    """Return a speed at which a scene takes about two seconds: the curves have points then."""
    return max(100.0, steps / SECONDS)


def _step(live: LiveLab, count: int) -> None:
    before = 0 if live.lab.frame is None else live.lab.frame.step
    live.lab.send(Step(count))

    def done() -> bool:
        frame = live.lab.frame
        return frame is not None and (frame.step >= before + count or frame.diverged is not None)

    _wait(done, "the run")


def _close(live: LiveLab) -> None:
    live.window.close()
    live.stop()
    QCoreApplication.processEvents()


def _send(live: LiveLab, commands: Iterable[Command]) -> None:
    for command in commands:
        live.lab.send(command)


def _pictures(live: LiveLab, names: Sequence[str], folder: Path, prefix: str) -> list[Shown]:
    """Leave PNG and SVG of each instrument, all of one size."""
    live.lab.send(Pause())
    folder.mkdir(parents=True, exist_ok=True)
    shown = [name for name in names if name in PANELS and name not in WITHOUT_SCREEN]
    live.window.show_panels(shown)
    made = []
    for name in shown:
        # In front, where it stands behind others: only what is seen is drawn.
        dock = live.window.panel_docks[name]
        dock.raise_()
        ends = time.monotonic() + SETTLE
        _wait(lambda dock=dock, ends=ends: dock.panel is not None and time.monotonic() > ends, name)  # type: ignore[misc]  # bound at once
        panel = dock.panel
        assert panel is not None
        # For as long as the picture takes.
        limits = panel.minimumSize(), panel.maximumSize()
        panel.setFixedSize(*PANEL)
        ends = time.monotonic() + ARRANGE
        _wait(lambda ends=ends: time.monotonic() > ends, name)  # type: ignore[misc]  # bound at once
        file = folder / f"{prefix}{name}.svg"
        save(panel, file.with_suffix(".png"))
        save(panel, file)
        made.append(Shown(panel.title, strokes(panel), file))
        panel.setMinimumSize(limits[0])
        panel.setMaximumSize(limits[1])
    return made


def _wait(condition: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > ends:
            raise InputError(what, "no end", f"one within {PATIENCE:g} s")
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
