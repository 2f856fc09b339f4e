"""A lesson or an experiment as pictures and one page that needs nothing else: what is shown, without anybody there."""

from __future__ import annotations

import base64
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
from stepviz.engine.whole_file import write_whole
from stepviz.handout import Asked, Page, Shown, write_handout
from stepviz.lessons.formula_words import in_words
from stepviz.lessons.formulas import pieces
from stepviz.lessons.lesson import Lesson
from stepviz.lessons.player import Player
from stepviz.probes.diagnosis import Diagnosis
from stepviz.runtime.commands import Command, Pause, Play, SetOptions, SetSpeed, Step
from stepviz.ui.panel_picture import save, strokes
from stepviz.ui.panels import HIDDEN_AT_FIRST, PANELS
from stepviz.ui.settings import Preferences

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
STYLE = """
body { font: 16px/1.5 Inter, system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2 } h2 { margin-top: 3rem; border-top: 1px solid #d5dbe2; padding-top: 1.5rem }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1rem }
.pictures figure { margin: 0 } figcaption { font-weight: 600 }
.pictures img { width: 100%; border: 1px solid #d5dbe2 } table { border-collapse: collapse; margin: 1rem 0 }
td, th { border: 1px solid #d5dbe2; padding: .35rem .7rem; text-align: left; vertical-align: top }
.holds { color: #00693e } .fails { color: #b0003a } code { background: #eef1f5; padding: 0 .25em }
@media print { h2 { break-before: page } }
"""


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
            _send(live, [player.command, *options, SetSpeed(_speed(scene.steps)), Play()])
            _wait(lambda: not player.may_run, f"scene {index + 1}")
            pictures = _pictures(live, scene.panels or FIRST, folder, f"scene-{index + 1}-")
            made += [path for shown in pictures for path in (shown.file.with_suffix(".png"), shown.file)]
            claims = [
                (verdict.state, claim.text, claim.source, str(verdict))
                for claim, verdict in zip(scene.claims, player.verdicts, strict=True)
            ]
            title, asked = f"{index + 1}. {scene.title}", scene.question
            question = Asked(asked.text, [each.text for each in asked.choices], player.answer) if asked else None
            before, after = _markdown(scene.text), _markdown(scene.explanation)
            pages.append(Page(title, before, pictures, after, question, claims))
    finally:
        _close(live)
    made.append(_write(folder, lesson.title, pages))
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
    page = Page("The instruments", f"<p>{html.escape(summary)}</p>", pictures)
    files = [path for shown in pictures for path in (shown.file.with_suffix(".png"), shown.file)]
    made = [*files, _write(folder, title, [page])]
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


# The page


def _markdown(text: str) -> str:
    from markdown_it import MarkdownIt

    # Formulas are set aside, for Markdown would read the stars and the underscores in them.
    formulas: list[str] = []
    marked = ""
    for piece in pieces(text):
        if piece.kind == "text":
            marked += piece.content
        else:
            formulas.append(f"<em>{html.escape(in_words(piece.content))}</em>")
            marked += f"\ue000{len(formulas) - 1}\ue001"
    rendered: str = MarkdownIt("commonmark", {"html": False}).render(marked)
    for number, formula in enumerate(formulas):
        rendered = rendered.replace(f"\ue000{number}\ue001", formula)
    return rendered


def _write(folder: Path, title: str, pages: Sequence[Page]) -> Path:
    body = "\n".join(map(_part, pages))
    # A page from a stranger's lesson may show itself and nothing else.
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    content = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{STYLE}</style></head>\n'
        f"<body><h1>{html.escape(title)}</h1>\n{body}\n</body></html>\n"
    )
    path = folder / "index.html"
    write_whole(path, content.encode())
    return path


def _part(page: Page) -> str:
    pictures = "".join(_image(shown.title, shown.file) for shown in page.pictures)
    claims = "".join(
        f'<tr><td class="{state}">{html.escape(verdict)}</td><td>{html.escape(words)}</td>'
        f"<td><code>{html.escape(condition)}</code></td></tr>"
        for state, words, condition, verdict in page.claims
    )
    table = f"<table><tr><th>measured</th><th>claim</th><th>condition</th></tr>{claims}</table>" if claims else ""
    words = f"{page.before}\n{_question(page.question)}\n{page.after}"
    return f'<h2>{html.escape(page.title)}</h2>\n{words}\n{table}\n<div class="pictures">{pictures}</div>'


def _question(question: Asked | None) -> str:
    if question is None:
        return ""
    choices = "".join(
        f"<li><strong>{html.escape(text)} (measured)</strong></li>"
        if place == question.answer
        else f"<li>{html.escape(text)}</li>"
        for place, text in enumerate(question.choices)
    )
    return f"<h3>{html.escape(question.text)}</h3>\n<ul>{choices}</ul>"


def _image(title: str, path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    name = html.escape(title)
    return f'<figure><figcaption>{name}</figcaption><img alt="{name}" src="data:image/svg+xml;base64,{data}"></figure>'
