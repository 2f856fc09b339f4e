"""Nothing of a shipped lesson tells the answer to a question before the class has chosen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.instruments import INSTRUMENTS
from stepviz.lessons.answers import LEARNING, RESULT, telling_instruments
from stepviz.lessons.claim_language import parse_claim
from stepviz.lessons.formulas import sentence_in_words
from stepviz.lessons.lesson import Answer, Lesson, Question
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.library import shipped_lessons
from stepviz.lessons.player import Player
from stepviz.lessons.quantities import QUANTITIES
from stepviz.lessons.scene_run import Starts
from stepviz.lessons.verdict import judge
from tests.lessons.texts import scene, written

LESSONS = [load_lesson(folder) for folder in shipped_lessons()]
ASKED = [(lesson, place) for lesson in LESSONS for place, each in enumerate(lesson.scenes) if each.question is not None]
NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
# They say nothing of an answer.
USUAL = {
    "a", "an", "and", "are", "as", "at", "before", "by", "exactly", "for", "gradient", "has", "in", "is", "it", "its",
    "less", "loss", "more", "not", "of", "on", "or", "so", "that", "the", "their", "them", "this", "to", "too", "was",
    "will", "with", "yes", "no", "units", "unit", "weights", "steps", "step", "layer",
}  # fmt: skip


def asked(*conditions: str) -> Question:
    return Question("?", tuple(Answer("so", parse_claim(text, Experiment()), text) for text in conditions))


def words(text: str) -> set[str]:
    """Return the words of a text that say something, numbers as words."""
    found = re.findall(r"[a-z]+|\d+", sentence_in_words(text).lower())
    return {NUMBERS[int(word)] if word.isdecimal() and int(word) < len(NUMBERS) else word for word in found} - USUAL


@pytest.mark.parametrize(("lesson", "place"), ASKED, ids=[f"{lesson.name}-{place + 1}" for lesson, place in ASKED])
def test_no_instrument_that_tells_the_answer_is_visible_and_no_word_says_it(lesson: Lesson, place: int) -> None:
    player = Player(lesson, place)
    question = player.scene.question
    assert question is not None
    telling = telling_instruments(question, player.scene.steps)
    assert not set(question.visible) & telling.keys()
    assert all(player.covers(name) for name in telling)
    assert "diagnosis" not in question.visible, "it gives reasons"
    assert not player.explains
    assert {verdict.state for verdict in player.verdicts} <= {"open"}
    assert not any(verdict.measured for verdict in player.verdicts)
    right = answer_of(lesson, place)
    others = set().union(*(words(choice.text) for choice in question.choices if choice is not right))
    telling_words = words(right.text) - others - words(question.text)
    for shown in (lesson.title, player.scene.title):
        assert not words(shown) & telling_words, f"«{shown}» says «{right.text}»"


def answer_of(lesson: Lesson, place: int) -> Answer:
    question = lesson.scenes[place].question
    assert question is not None
    record = Starts(lesson).run(place)
    (right,) = [choice for choice in question.choices if judge(choice.condition, record).state == "holds"]
    return right


def test_a_title_that_says_the_answer_is_found() -> None:
    assert words("Eight units, nine answers") & (words("At most 9") - words("More, but at most 256"))


def test_what_is_asked_of_the_end_is_not_told_by_the_start() -> None:
    assert "response" not in telling_instruments(asked("loss < 0.5"), 300)
    assert "response" not in telling_instruments(asked("loss < 0.5 * loss at 0"), 300)
    assert "response" in telling_instruments(asked("loss < 0.5"), 0)
    assert "response" in telling_instruments(asked("loss at 0 < 0.5"), 300)
    assert "response" in telling_instruments(asked("loss > 0.5 always"), 300)


def test_what_hardly_changes_is_told_by_the_start() -> None:
    told = telling_instruments(asked("gradient_rms(layer=1) == 0", "gradient_rms(layer=1) > 0"), 300)
    assert told["gradient_flow"] == "gradient_rms"
    assert {"diagnosis", "stuck_units", "unit_ledger", "network_diagram"} <= told.keys()


@pytest.mark.parametrize("name", sorted(QUANTITIES.keys() - {"step", "learning_rate"}))
def test_every_quantity_is_told_by_something(name: str) -> None:
    form = f"{name}(slope)" if name == "parameter" else name
    assert telling_instruments(asked(f"{form} > 0.5"), 0)


BLOCK = """steps: 3
question:
  ask: Will it learn?
  choices:
    - {text: Yes, when: loss < 0.1}
    - {text: No, when: loss >= 0.1}
  visible: [%s]"""


def test_a_lesson_may_show_what_does_not_tell_and_old_lessons_cover_all(tmp_path: Path) -> None:
    lesson = load_lesson(written(tmp_path, scene(BLOCK % "response")))
    assert not Player(lesson).covers("response")
    assert Player(lesson).covers("gradient_flow")
    old = load_lesson(written(tmp_path, scene(BLOCK.replace("  visible: [%s]", ""))))
    player = Player(old)
    assert player.covers("response")
    player.predict(0)
    assert not player.covers("response")


@pytest.mark.parametrize(
    ("name", "why"), [("gradient_flow", "it shows loss"), ("gradient_flw", "the nearest is gradient_flow")]
)
def test_what_would_tell_is_refused_with_its_line(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as raised:
        load_lesson(written(tmp_path, scene(BLOCK % name)))
    assert raised.value.field == "question.visible"
    assert raised.value.line is not None


def test_a_new_instrument_is_thought_of() -> None:
    assert INSTRUMENTS.keys() == LEARNING | RESULT, "say in lessons/answers.py what it tells"
