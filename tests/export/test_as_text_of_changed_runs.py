"""A run that was changed on the way, in every kind of way: the copied text gives it again, bit for bit."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.cli import main
from stepviz.engine.settings.experiment import (
    ActivationChoice,
    Choice,
    DataSettings,
    Experiment,
    HiddenLayer,
    StopConditions,
)
from stepviz.engine.setup.switch import with_activation
from stepviz.export.as_text import as_command, as_python
from stepviz.runtime.course import MOST_CHANGES, Course, Put, Switch
from stepviz.runtime.run import Run
from stepviz.runtime.session_file import resumed, session_of

BASE = replace(Experiment(), layers=(HiddenLayer(4), HiddenLayer(3)), data=DataSettings(samples=60))
STEP = with_activation(BASE, "step")
PRELU = with_activation(BASE, "prelu")
SLOPE = with_activation(BASE, ActivationChoice("sigmoid", {"slope": 7.25}))
RULE = with_activation(BASE, ActivationChoice("step", rule=Choice("triangle")))


def then(run: Run, steps: int, *experiments: Experiment) -> None:
    """Train, then put settings in force one after the other at the same step."""
    run.step(steps)
    for experiment in experiments:
        run.look()
        run.change(experiment, "change")


def settings(*experiments: Experiment) -> Callable[[], Run]:
    def made() -> Run:
        run = Run(BASE)
        for experiment in experiments:
            then(run, 7, experiment)
        run.step(9)
        return run

    return made


def one_layer_alone() -> Run:
    run = Run(BASE)
    then(run, 5, with_activation(BASE, "relu", 2))
    run.step(5)
    return run


def at_one_step() -> Run:
    """Drags, switches there and back of what is trained and of the optimizer, all while the run rests."""
    run = Run(BASE)
    then(run, 6, *(replace(BASE, learning_rate=rate) for rate in (0.02, 0.03, 0.04)))
    then(run, 0, PRELU)
    then(run, 6, BASE, PRELU, BASE, PRELU)
    then(run, 6, replace(PRELU, optimizer=Choice("sgd")), PRELU)
    run.step(6)
    return run


def at_the_ends() -> Run:
    run = Run(BASE)
    then(run, 0, STEP)
    then(run, 8, BASE)
    return run


def one_weight() -> Run:
    run = Run(BASE)
    run.step(5)
    run.put(np.array([3, 7]), np.array([0.1, -2.5]), "Set")
    run.step(5)
    return run


def all_weights() -> Run:
    run = Run(BASE)
    run.step(5)
    size = run.trainer.theta.shape[1]
    run.put(np.arange(size), np.linspace(-1, 1, size), "Put the network")
    then(run, 5, STEP)
    run.step(3)
    return run


def fresh_weights() -> Run:
    """A unit that is re-initialised begins with a fresh optimizer."""
    run = Run(BASE)
    run.step(5)
    run.put(np.array([0, 4]), np.array([0.5, -0.5]), "Re-initialise", fresh=True)
    run.step(5)
    return run


def taken_up_again() -> Run:
    """Undo of a restart: the run that was left goes on, with all that had been changed."""
    run = Run(BASE)
    then(run, 5, STEP)
    run.step(5)
    left = run.at_rest()
    run.restart()
    run = Run.resumed(left, run)
    run.step(5)
    return run


def given_weights() -> Run:
    parameters = np.linspace(-0.5, 0.5, Run(BASE).trainer.theta.shape[1])
    run = Run.begun(BASE, parameters, Run(BASE))
    run.step(4)
    run.restart()
    run.step(7)
    return run


def stepped_back() -> Run:
    run = Run(BASE)
    then(run, 5, replace(BASE, learning_rate=0.05))
    run.step(5)
    run.step_back()
    run.step_back()
    run.step(4)
    return run


def looked_back() -> Run:
    run = Run(BASE)
    for experiment in (STEP, SLOPE, RULE):
        for _ in range(6):
            run.step(1)
            run._keep()
        run.change(experiment, "change")
    run.put(np.array([1]), np.array([0.25]), "Set")
    run.step(6)
    run.go_to(14)
    assert run.trainer.step_count < 15
    run.step(5)
    return run


def in_the_past() -> Run:
    """Paused at a look back: the run on screen is the one of then."""
    run = Run(BASE)
    for experiment in (STEP, SLOPE):
        for _ in range(6):
            run.step(1)
            run._keep()
        run.change(experiment, "change")
    run.step(6)
    run.go_to(9)
    return run


def began_anew() -> Run:
    run = Run(BASE)
    then(run, 5, STEP)
    then(run, 5, replace(STEP, seed=4))
    then(run, 5, BASE)
    run.step(5)
    return run


def played_on_after_a_stop() -> Run:
    run = Run(replace(BASE, stop=StopConditions(steps=5)))
    run.step(20)
    assert run.stopped is not None
    run.step(10)
    return run


RUNS: dict[str, Callable[[], Run]] = {
    "activation": settings(STEP, BASE),
    "backward rule": settings(RULE),
    "slope": settings(SLOPE, replace(SLOPE, slope_schedule=Choice("linear"))),
    "trained slopes": settings(with_activation(BASE, ActivationChoice("tanh", trained=("slope",))), BASE, PRELU),
    "one layer": one_layer_alone,
    "learning rate": settings(replace(BASE, learning_rate=0.3), replace(BASE, learning_rate=0.001)),
    "schedule": settings(replace(BASE, schedule=Choice("exponential"))),
    "optimizer": settings(replace(BASE, optimizer=Choice("momentum")), replace(BASE, optimizer=Choice("adam"))),
    "evolution": settings(replace(BASE, optimizer=Choice("openai-es"))),
    "clipping": settings(replace(BASE, clipping=Choice("norm", {"limit": 0.1}))),
    "penalties": settings(replace(BASE, l1=0.01), replace(BASE, l1=0.01, l2=0.1)),
    "batch size": settings(replace(BASE, batch_size=5), replace(BASE, batch_size=0)),
    "dropout": settings(replace(BASE, layers=(HiddenLayer(4, dropout=0.5), HiddenLayer(3)))),
    "norms": settings(replace(BASE, layers=(HiddenLayer(4, normalization="batch"), HiddenLayer(3))), BASE),
    "data": settings(replace(BASE, data=DataSettings(samples=80, noise=0.3))),
    "precision": settings(replace(BASE, precision="float64")),
    "at one step": at_one_step,
    "at the ends": at_the_ends,
    "one weight": one_weight,
    "all weights": all_weights,
    "fresh weights": fresh_weights,
    "taken up again": taken_up_again,
    "given weights": given_weights,
    "step back": stepped_back,
    "look back": looked_back,
    "in the past": in_the_past,
    "anew": began_anew,
    "after a stop": played_on_after_a_stop,
}
KINDS = pytest.mark.parametrize("kind", RUNS)

# Both print, for each text, the parameters that the run ends with.
SCRIPTS = """
import io, json, sys
from contextlib import redirect_stdout
found = {}
for kind, text in json.load(sys.stdin).items():
    names = {}
    with redirect_stdout(io.StringIO()):
        exec(text, names)
    found[kind] = [float(value).hex() for value in names["trainer"].theta[0]]
print(json.dumps(found))
"""
COMMANDS = """
import io, json, shlex, sys
from contextlib import redirect_stdout
from pathlib import Path
from stepviz.cli import main
for number, (kind, text) in enumerate(json.load(sys.stdin).items()):
    with redirect_stdout(io.StringIO()):
        code = main([*shlex.split(text)[1:], "--json", "-o", f"{sys.argv[1]}/{number}.npz"])
    assert code == 0, (kind, text)
"""


def answers(code: str, texts: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    answer = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, timeout=120)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return {kind: made() for kind, made in RUNS.items()}


@pytest.fixture(scope="module")
def scripted(runs: dict[str, Run]) -> dict[str, list[str]]:
    texts = {kind: as_python(run.course, run.trainer.step_count) for kind, run in runs.items()}
    found: dict[str, list[str]] = json.loads(answers(SCRIPTS, texts))
    return found


@pytest.fixture(scope="module")
def commanded(runs: dict[str, Run], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("runs")
    texts = {kind: as_command(run.course, run.trainer.step_count) for kind, run in runs.items()}
    answers(COMMANDS, texts, str(folder))
    return {kind: folder / f"{number}.npz" for number, kind in enumerate(texts)}


@KINDS
def test_nothing_is_left_out(kind: str, runs: dict[str, Run]) -> None:
    assert runs[kind].course.missing == ""


@KINDS
def test_the_script_gives_the_same_weights(kind: str, runs: dict[str, Run], scripted: dict[str, list[str]]) -> None:
    assert scripted[kind] == [float(value).hex() for value in runs[kind].trainer.theta[0]]


@KINDS
def test_the_command_gives_the_same_weights(kind: str, runs: dict[str, Run], commanded: dict[str, Path]) -> None:
    trainer = runs[kind].trainer
    with np.load(commanded[kind]) as found:
        for name, values in trainer.parameters().items():
            np.testing.assert_array_equal(found[name], values, err_msg=name)
        assert found["checkpoints.step"][-1] == trainer.step_count


def test_a_drag_at_one_step_is_one_change_of_the_text() -> None:
    course = Course(BASE)
    for rate in (0.02, 0.03, 0.04):
        course = course.switch(12, replace(BASE, learning_rate=rate))
    assert course.changes == (Switch(12, replace(BASE, learning_rate=0.04)),)
    assert "--at 12 learning_rate=0.04" in as_command(course, 20)


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    run = Run(BASE)
    then(run, 5, STEP)
    opened = resumed(session_of(run), run)
    for text in (as_command(opened.course, 5), as_python(opened.course, 5)):
        assert text.startswith("# Left out: what was changed before the session was saved (step 5)")
    many = Course(BASE)
    for step in range(MOST_CHANGES + 1):
        many = many.switch(step, replace(BASE, learning_rate=0.01 + step / 1e4))
    assert f"# Left out: more than {MOST_CHANGES:,} changes" in as_command(many, 5000)
    heavy = Course(BASE, (Put(3, tuple(range(1001)), (0.5,) * 1001),))
    assert as_command(heavy, 5).startswith("# 1,001 weights were put in by hand")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--at", "300"], "FIELD=VALUE"),
        (["--at", "x", "learning_rate=0.1"], "a step"),
        (["--at", "900", "learning_rate=0.1"], "the number of steps"),
        (["--at", "5", "learning_rate=-1"], "learning_rate"),
        (["--at", "5", "parameters.x=1"], "the number of a parameter"),
        (["--at", "5", "parameters.1=nan"], "finite"),
        (["--at", "5", "parameters.100000=1"], "0 to"),
        (["--at", "5", "seed=7"], "begins the run anew"),
    ],
)
def test_a_change_that_cannot_be_is_refused(given: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--steps", "20", *given]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert shlex.split("--at")[0] in error or "learning_rate" in error
