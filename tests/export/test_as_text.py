"""The text that is copied brings the same run back: both forms are run."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys

import pytest
from msgspec.structs import replace

from stepviz.cli import main
from stepviz.engine.data.datasets import load_data
from stepviz.engine.data.drawn import drawing_of
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.setup.edits import drawn, with_data
from stepviz.engine.training.trainer import Trainer
from stepviz.export.as_text import as_command, as_python
from stepviz.runtime.course import Course

STEPS = 30
ODD = replace(
    Experiment(),
    data=DataSettings("spiral", samples=123, noise=0.05),
    layers=(
        HiddenLayer(4, ActivationChoice("relu", {"at-zero": 0.5}), dropout=0.25, normalization="layer"),
        HiddenLayer(3, ActivationChoice("step", rule=Choice("triangle"))),
    ),
    optimizer=Choice("momentum"),
    learning_rate=0.03,
    precision="float64",
)
DRAWN = with_data(ODD, drawn(DataSettings(), drawing_of(load_data(DataSettings("moons", samples=40)))))
EXPERIMENTS = pytest.mark.parametrize("experiment", [Experiment(), ODD, replace(ODD, layers=())])


@EXPERIMENTS
def test_the_command_trains_the_same_run(experiment: Experiment, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(as_command(Course(experiment), STEPS))
    assert words[:2] == ["stepviz", "train"]
    assert main([*words[1:], "--json"]) == 0
    trainer = Trainer(experiment)
    trainer.step(STEPS)
    printed = json.loads(capsys.readouterr().out)
    assert printed["steps"] == STEPS
    assert printed["train_loss"] == pytest.approx(trainer.loss(), rel=1e-6)


@pytest.mark.parametrize("experiment", [Experiment(), ODD, replace(ODD, layers=()), DRAWN])
def test_the_script_trains_the_same_run(experiment: Experiment) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", as_python(Course(experiment), STEPS)], capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    trainer = Trainer(experiment)
    trainer.step(STEPS)
    lines = [f"step {STEPS}", f"train loss {trainer.loss('train')}", f"test loss {trainer.loss('test')}"]
    assert answer.stdout.splitlines() == lines


def test_the_default_is_the_shortest() -> None:
    assert as_command(Course(Experiment()), 5) == "stepviz train --steps 5"
    assert "Experiment()" in as_python(Course(Experiment()), 5)
    assert (
        as_command(Course(replace(Experiment(), learning_rate=0.5)), 5)
        == "stepviz train --steps 5 --set learning_rate=0.5"
    )


def test_data_inside_are_no_command_and_that_is_said() -> None:
    text = as_command(Course(DRAWN), 5)
    assert text.startswith("# Save the experiment")
    assert "stepviz train --steps 5 FILE" in text


def test_drawn_points_stand_in_lines_of_a_script() -> None:
    assert max(map(len, as_python(Course(DRAWN), 5).splitlines())) < 1000
