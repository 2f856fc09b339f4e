"""The shipped lessons: what they claim is so, and they can be shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stepviz.cli import main
from stepviz.engine.settings.experiment import Experiment
from stepviz.instruments import INSTRUMENTS
from stepviz.lessons.claim_language import parse_claim
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.lesson_settings import (
    ChoiceSettings,
    ClaimSettings,
    LessonSettings,
    QuestionSettings,
    SceneSettings,
)
from stepviz.lessons.library import shipped_lessons
from stepviz.lessons.quantities import QUANTITIES
from stepviz.shipped import resource

MOST_WORDS = 75
LESSONS = shipped_lessons()
NAMES = [folder.name for folder in LESSONS]


def test_they_are_numbered_from_1() -> None:
    assert [int(name.partition("-")[0]) for name in NAMES] == list(range(1, len(NAMES) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_its_claims_hold(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["verify", name, "--seeds", "2"])
    assert code == 0, capsys.readouterr().out


@pytest.mark.long
@pytest.mark.timeout(900)
def test_all_claims_hold_on_twenty_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["verify", "--seeds", "20"])
    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize("folder", LESSONS, ids=NAMES)
def test_it_can_be_shown(folder: Path) -> None:
    lesson = load_lesson(folder)
    assert 3 <= len(lesson.scenes) <= 8
    assert any(scene.question is not None for scene in lesson.scenes)
    assert all(scene.claims and scene.notes for scene in lesson.scenes)
    for scene in lesson.scenes:
        assert scene.panels
        assert set(scene.panels) | set(scene.options) <= INSTRUMENTS.keys()
        assert len(scene.panels) <= 4
        prose = re.sub(r"\$\$.*?\$\$", "", f"{scene.text} {scene.explanation}", flags=re.DOTALL)
        assert len(prose.split()) <= MOST_WORDS, f"{scene.title}: too much to read from the back row"


def test_the_guide_names_every_quantity() -> None:
    guide = resource("lessons", "README.md").read_text(encoding="utf-8")
    for quantity in QUANTITIES.values():
        assert f"| `{quantity.form}` | {quantity.explanation} |\n" in guide


def test_the_guides_own_conditions_are_conditions() -> None:
    guide = resource("lessons", "README.md").read_text(encoding="utf-8")
    section = guide.partition("## Conditions")[2].partition("## Quantities")[0]
    examples = re.findall(r"^    (\S.*)$", section, re.MULTILINE)
    assert len(examples) == 4
    for example in examples:
        parse_claim(example, Experiment())


def test_the_guide_names_every_field() -> None:
    guide = resource("lessons", "README.md").read_text(encoding="utf-8")
    for kind in (LessonSettings, SceneSettings, QuestionSettings, ChoiceSettings, ClaimSettings):
        for field in kind.__struct_fields__:
            assert f"`{field}" in guide or field == "format"
