"""Whether what a lesson claims is so: every claim, on several seeds."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from stepviz.lessons.evidence import figure_text
from stepviz.lessons.formulas import sentence_in_words
from stepviz.lessons.lesson import Lesson, Question, Scene
from stepviz.lessons.record import Record
from stepviz.lessons.scene_run import Starts
from stepviz.lessons.verdict import judge

# The share of seeds on which a claim has to hold, unless it is a theorem.
ENOUGH = 19 / 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one claim (or the answer to a question) came out on one seed; ``chosen`` is the right choice's index."""

    held: bool
    measured: str
    figure: float
    chosen: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: a claim (or a question) of a scene, and how it came out on each seed."""

    scene: str
    text: str
    source: str
    theorem: bool
    outcomes: tuple[Outcome, ...]

    @property
    def held(self) -> int:
        """Return on how many seeds it held."""
        return sum(outcome.held for outcome in self.outcomes)

    @property
    def holds(self) -> bool:
        """Return whether it held often enough: on 19 of 20 seeds, a theorem on all."""
        return self.held == len(self.outcomes) if self.theorem else self.held >= ENOUGH * len(self.outcomes) - 1e-9

    @property
    def measured(self) -> str:
        """Return what was measured on the first seed, and between which figures it lay on all of them."""
        figures = [outcome.figure for outcome in self.outcomes if not math.isnan(outcome.figure)]
        first = self.outcomes[0].measured
        if len(self.outcomes) < 2 or not figures or min(figures) == max(figures):
            return first
        return f"{first} ({figure_text(min(figures))} to {figure_text(max(figures))} on all seeds)"


def outcomes(lesson: Lesson, shift: int) -> list[list[Outcome]]:
    """Run a lesson with its seeds shifted by ``shift``: per scene, its claims, then its question if it has one.

    Raises InputError for data that cannot be read.
    """
    starts = Starts(lesson, shift)
    found = []
    for index, scene in enumerate(lesson.scenes):
        found.append(_of_scene(scene, starts.run(index)))
    return found


def report(lesson: Lesson, of_seeds: list[list[list[Outcome]]]) -> list[Line]:
    """Return the lines of the report on ``of_seeds``, what ``outcomes`` returned for each seed."""
    lines = []
    for index, scene in enumerate(lesson.scenes):
        per_line = list(zip(*(seed[index] for seed in of_seeds), strict=True))
        for claim, found in zip(scene.claims, per_line, strict=False):
            lines.append(Line(scene.title, sentence_in_words(claim.text), claim.source, claim.theorem, found))
        if scene.question is not None:
            lines.append(_question_line(scene.title, scene.question, per_line[-1]))
    return lines


def _of_scene(scene: Scene, record: Record) -> list[Outcome]:
    found = []
    for claim in scene.claims:
        verdict = judge(claim.condition, record)
        found.append(Outcome(verdict.state == "holds", verdict.measured, verdict.figure))
    if scene.question is not None:
        verdicts = [judge(choice.condition, record) for choice in scene.question.choices]
        right = [place for place, verdict in enumerate(verdicts) if verdict.state == "holds"]
        chosen = right[0] if len(right) == 1 else None
        telling = verdicts[right[0] if right else 0]
        measured = telling.measured if len(right) == 1 else f"{len(right)} choices are right: {telling.measured}"
        found.append(Outcome(chosen is not None, measured, telling.figure, chosen))
    return found


def _question_line(scene: str, question: Question, found: tuple[Outcome, ...]) -> Line:
    # The answer of the seed that is shown has to be that of the others too: the presenter speaks of it.
    usual = (
        found[0].chosen if found[0].chosen is not None else Counter(item.chosen for item in found).most_common(1)[0][0]
    )
    answer = "none of the choices" if usual is None else question.choices[usual].text
    same = tuple(
        Outcome(item.chosen is not None and item.chosen == usual, item.measured, item.figure, item.chosen)
        for item in found
    )
    return Line(scene, sentence_in_words(f"{question.text} — {answer}"), "question", False, same)
