"""What a lesson is, once its file has been read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from stepviz.engine.settings.experiment import Experiment
from stepviz.lessons.expression import Condition

Start = Literal["fresh", "keep"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence and the condition that makes it true; ``source`` is the condition as the author wrote it.

    The sentence, like those of a question, is no Markdown, but may have formulas between dollar signs. A ``theorem``
    has to hold for every seed.
    """

    text: str
    condition: Condition
    source: str
    theorem: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One possible answer to a question, and the condition under which it is the right one."""

    text: str
    condition: Condition
    source: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before the run; the measurement answers it.

    Until the class has chosen every instrument is covered, but for those that are ``visible``: none of them tells the
    answer.
    """

    text: str
    choices: tuple[Answer, ...]
    visible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene of a lesson.

    ``text``, ``explanation`` (shown when the question is answered, or the run over) and ``notes`` (for the presenter)
    are Markdown with formulas between dollar signs. ``experiment`` holds
    all settings of the scene. ``start``: ``fresh`` with newly drawn weights, or ``keep`` those that the scene before
    ended with. ``steps``: how long the run of the scene is (0: none); ``speed``: steps a second (None: as fast as
    possible). ``panels`` to show, of which ``highlight`` are pointed at; ``options`` of probes by name. The scene
    goes on at a key, and by itself after its steps (``goes_on`` "steps") or when a condition holds.
    """

    title: str
    text: str
    experiment: Experiment
    explanation: str = ""
    notes: str = ""
    start: Start = "fresh"
    steps: int = 0
    speed: float | None = None
    panels: tuple[str, ...] = ()
    highlight: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    question: Question | None = None
    claims: tuple[Claim, ...] = ()
    goes_on: Literal["key", "steps"] | Condition = "key"
    line: int = 1

    def conditions(self) -> tuple[Condition, ...]:
        """Return every condition of the scene: those of claims, of answers, and the one to go on."""
        answers = self.question.choices if self.question is not None else ()
        going = () if isinstance(self.goes_on, str) else (self.goes_on,)
        return (*(claim.condition for claim in self.claims), *(answer.condition for answer in answers), *going)


@dataclass(frozen=True, slots=True)
class Card:
    """What a gallery shows of a lesson.

    ``picture`` is the file name of its thumbnail in ``folder``, ``picture_dark`` that for the dark theme; both may be
    empty. ``picture_of`` says what they are made from: a scene (counted from 0) and a measurement of it.
    """

    title: str
    summary: str
    minutes: float
    folder: Path
    author: str = ""
    picture: str = ""
    picture_dark: str = ""
    picture_of: tuple[int, str] | None = None

    @property
    def name(self) -> str:
        """Return the name of the folder, by which the lesson is called on the command line."""
        return self.folder.name


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson: its card and its scenes."""

    card: Card
    scenes: tuple[Scene, ...]

    @property
    def title(self) -> str:
        """Return the title."""
        return self.card.title

    @property
    def name(self) -> str:
        """Return the name of the folder, by which the lesson is called on the command line."""
        return self.card.name
