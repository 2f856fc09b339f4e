"""``stepviz verify`` and ``stepviz new-lesson``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stepviz.cli import main
from tests.lessons.texts import scene, written


def test_verify_prints_formulas_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = r"""question:
  ask: Is $L \ge 0$?
  choices: [{text: $h' = 1$, when: loss > 0}, {text: No, when: loss <= 0}]
claims:
  - {text: So $\tfrac12 \ne 1$, holds: loss > 0}"""
    assert main(["verify", str(written(tmp_path, scene(block)))]) == 0
    printed = capsys.readouterr().out
    assert "So 1/2 ≠ 1\n" in printed
    assert "Is L ≥ 0? — h' = 1\n" in printed


def test_a_new_lesson_verifies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "deep" / "mine"
    assert main(["new-lesson", str(folder)]) == 0
    assert main(["verify", str(folder), "--seeds", "3"]) == 0
    printed = capsys.readouterr().out
    assert "holds 3/3 (theorem)  It is exactly 0, whenever we look." in printed
    assert "gradient_rms(layer=1) == 0 always: gradient of layer 1 (RMS): exactly 0 at all 41 looks" in printed
    assert "holds 3/3  What will the gradient of the first layer be? — Exactly 0" in printed
    (folder / "lesson.md").write_text("mine")
    assert main(["new-lesson", str(folder)]) == 2
    assert (folder / "lesson.md").read_text() == "mine"


def test_a_claim_that_fails_is_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = "steps: 5\nclaims:\n  - {text: No., holds: step < 5}\n  - {text: Yes., holds: step == 5}"
    assert main(["verify", str(written(tmp_path, scene(block)))]) == 1
    printed = capsys.readouterr().out
    assert "FAILS  No.\n          step < 5: 5 steps at step 5\n" in printed
    assert "holds  Yes." in printed
    assert printed.endswith("1 claim fails\n")
    assert main(["verify", "--brief", str(tmp_path / "mine")]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("mine: A lesson · 1 of 2 claims hold\n  A scene\n    FAILS  No.")
    assert "Yes." not in printed


def test_a_theorem_may_not_fail_once_other_claims_may_on_one_seed_of_twenty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The seeds of the lesson are 3 to 22; the first weight differs on each.
    import msgspec

    from stepviz.lessons.lesson_file import load_lesson
    from stepviz.lessons.scene_run import Starts

    lesson = load_lesson(written(tmp_path, scene()))
    drawn = sorted(Starts(lesson, shift).of(0).trainer().theta[0, 0].item() for shift in range(20))
    second = msgspec.json.encode((drawn[0] + drawn[1]) / 2).decode()
    for theorem, code in (("false", 0), ("true", 1)):
        block = f"claims:\n  - {{text: It., holds: weight > {second}, theorem: {theorem}}}"
        assert main(["verify", str(written(tmp_path, scene(block))), "--seeds", "20"]) == code
        assert f"{'holds' if code == 0 else 'FAILS'} 19/20" in capsys.readouterr().out


def test_a_question_needs_one_right_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    choices = "{text: A, when: step >= 0}, {text: B, when: step == 0}"
    assert main(["verify", str(written(tmp_path, scene(f"question: {{ask: Why, choices: [{choices}]}}")))]) == 1
    assert "FAILS  Why — none of the choices\n          question: 2 choices are right" in capsys.readouterr().out


def test_a_lesson_that_cannot_be_read_is_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(written(tmp_path, scene("steps: x")))]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("stepviz: mine/lesson.md, line 15: steps: found x")
    assert printed.out == ""
    with pytest.raises(SystemExit, match="2"):
        main(["verify", "--seeds", "0"])


def test_a_run_that_diverges_fails_its_claims(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = (
        "steps: 50\nexperiment: {learning_rate: 1e6, optimizer.name: sgd, loss: squared-error,"
        " layers.0.activation.name: linear}\nclaims:\n  - {text: It ends., holds: step > 0}"
    )
    assert main(["verify", str(written(tmp_path, scene(block)))]) == 1
    assert "the run diverged at step" in capsys.readouterr().out


def test_an_output_without_the_signs_gets_question_marks_and_no_traceback(tmp_path: Path) -> None:
    block = "claims:\n  - {text: It is −3., holds: gradient_rms < 1e-30}"
    done = subprocess.run(
        [sys.executable, "-m", "stepviz", "verify", str(written(tmp_path, scene(block)))],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "FAILS  It is ?3." in done.stdout
