"""A state that was kept as a scene is read back as it was, and verified as any lesson."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from stepviz.cli import main
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.lessons.lesson_file import FILE, load_lesson
from stepviz.lessons.scene_writer import keep_scene
from stepviz.shipped import resource

FIRST = replace(Experiment(), data=DataSettings("xor", noise=0.3), learning_rate=0.05)
SECOND = with_activation(FIRST, ActivationChoice("step", rule=Choice("sigmoid-surrogate", {"slope": 2.0})))
BARE = replace(SECOND, layers=(), seed=7)


def test_scenes_are_kept_one_behind_the_other_and_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mine"
    for title, experiment, panels in (
        ("Colons: \"quotes\" and [brackets]", FIRST, ("loss",)), ("Steps", SECOND, ("loss", "stuck_units")),
        ("No layer", BARE, ()), ("Back", FIRST, ()),
    ):  # fmt: skip
        keep_scene(folder, title, "See $h = f(z)$.\n\n## A part\n\nMore.", experiment, 20, panels)
    lesson = load_lesson(folder)
    assert [scene.experiment for scene in lesson.scenes] == [FIRST, SECOND, BARE, FIRST]
    assert lesson.scenes[1].panels == ("loss", "stuck_units")
    assert {scene.steps for scene in lesson.scenes} == {20}
    assert main(["verify", str(folder)]) == 0
    capsys.readouterr()


def test_a_scene_goes_behind_those_of_a_lesson_that_was_written_by_hand(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(resource("lessons", "example.md").read_bytes())
    before = load_lesson(tmp_path)
    keep_scene(tmp_path, "Mine", "", SECOND, 0, ("loss",))
    after = load_lesson(tmp_path)
    assert after.scenes[:-1] == before.scenes
    assert after.scenes[-1].experiment == SECOND


@pytest.mark.parametrize(
    ("title", "text", "steps", "words"),
    [
        ("", "x", 1, "title"),
        ("a", "# another\n\nscene", 1, "heading of the first level"),
        ("a", "```yaml scene\nsteps: 1\n```", 1, ""),
        ("a", "<b>bold</b>", 1, ""),
        ("a", "x" * 5000, 1, ""),
        ("a", "![x](../../secret.png)", 1, ""),
        ("a", "x", 100_001, "at most 100,000"),
        ("a #", "x", 1, "Markdown"),
    ],
)
def test_what_a_lesson_cannot_hold_is_refused_and_the_file_is_untouched(
    tmp_path: Path, title: str, text: str, steps: int, words: str
) -> None:
    keep_scene(tmp_path, "First", "fine", FIRST, 5, ())
    kept = (tmp_path / FILE).read_bytes()
    with pytest.raises(InputError) as refused:
        keep_scene(tmp_path, title, text, SECOND, steps, ())
    assert words in str(refused.value)
    assert (tmp_path / FILE).read_bytes() == kept
