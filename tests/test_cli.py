"""The command line: every command answers, and bad input gets one line and code 2."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from stepviz import __version__
from stepviz.cli import _is_lesson, main
from stepviz.engine.kernel.library import Library, find_library
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.experiment_file import decode, encode
from stepviz.engine.training.trainer import Trainer
from stepviz.export.pytorch.script import as_script
from stepviz.runtime.run import Run
from stepviz.runtime.session_file import encode_session


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"stepviz {__version__}\n"


@pytest.mark.parametrize("command", [[], ["train"], ["doctor"], ["bench"]])
def test_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([*command, "--help"])
    assert "usage: stepviz" in capsys.readouterr().out


def test_train_gives_the_numbers_that_a_trainer_gives(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    output = tmp_path / "weights.npz"
    assert main(["train", "--steps", "250", "--json", "-o", str(output)]) == 0
    result = json.loads(capsys.readouterr().out)
    trainer = Trainer(Experiment())
    trainer.step(250)
    assert result["steps"] == 250
    assert result["train_loss"] == pytest.approx(trainer.loss(), rel=1e-6)
    assert 0.5 < result["test_accuracy"] <= 1
    assert result["diverged"] is None
    with np.load(output, allow_pickle=False) as saved:
        assert saved["step"].tolist() == list(range(251))
        assert decode(str(saved["experiment"]).encode()) == Experiment()
        assert all((saved[name] == values).all() for name, values in trainer.parameters().items())


def test_train_says_in_words_how_it_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--steps", "20", "--set", "layers.*.activation.name=step"]) == 0
    printed = capsys.readouterr()
    assert "20 (2.2 epochs" in printed.out
    assert "hidden units" in printed.out
    assert printed.err == "", "no progress bar where nobody looks"


@pytest.mark.parametrize("stepper", ["numpy", "auto"])
def test_train_says_what_did_the_updates(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stepper: str
) -> None:
    monkeypatch.setenv("STEPVIZ_STEPPER", "auto")
    assert main(["train", "--steps", "20", "--stepper", stepper, "--json"]) == 0
    compiled = stepper == "auto" and isinstance(find_library(), Library)
    assert json.loads(capsys.readouterr().out)["stepper"] == ("compiled" if compiled else "numpy")


def test_a_stepper_that_cannot_do_it_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEPVIZ_STEPPER", "auto")
    assert main(["train", "--steps", "20", "--stepper", "compiled", "--set", "precision=float16"]) == 2
    assert "stepper" in capsys.readouterr().err


@pytest.mark.parametrize(("rate", "word"), [("0.05", "falling"), ("1e-9", "flat")])
def test_train_says_where_the_loss_went(capsys: pytest.CaptureFixture[str], rate: str, word: str) -> None:
    settings = ["--set", "optimizer.name=sgd", "--set", f"learning_rate={rate}", "--set", "batch_size=0"]
    assert main(["train", "--steps", "200", *settings]) == 0
    assert f"Loss is {word}" in capsys.readouterr().out


def test_train_stops_by_itself_and_says_at_what(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--steps", "5000", "--set", "stop.loss_below=0.3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["steps"] % 50 == 0
    assert found["train_loss"] < 0.3
    assert found["stopped"].startswith(f"Stopped at step {found['steps']}: training loss {found['train_loss']:.4g} is")


def test_train_reads_a_file_and_changes_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.stepviz"
    path.write_bytes(encode(Experiment(seed=5)))
    assert main(["train", str(path), "--steps", "1", "--json", "--set", "data.name=xor", "--set", "l2=0.25"]) == 0
    experiment = json.loads(capsys.readouterr().out)["experiment"]
    assert (experiment["seed"], experiment["data"]["name"], experiment["l2"]) == (5, "xor", 0.25)


def test_train_on_a_table(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    path.write_text("x,y\n" + "\n".join(f"{n},{2 * n + 0.5}" for n in range(40)))
    assert main(["train", str(path), "--steps", "5", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["experiment"]["loss"], result["train_accuracy"]) == ("squared-error", None)
    # The loss is that of the scaled target, of which the deviation over the 28 training rows is about 23.
    assert result["train_error"] / math.sqrt(result["train_loss"]) == pytest.approx(2 * math.sqrt(40**2 / 12), rel=0.2)


def test_train_on_chosen_columns_of_a_table_with_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,height,shoe,kind\n" + "\n".join(f"n{n},{150 + n},{n % 3},{'ab'[n % 2]}" for n in range(30)))
    assert main(["train", str(path), "--steps", "1"]) == 0
    assert "Columns left out: 'name': its 30 texts are all different." in capsys.readouterr().out
    assert main(["train", str(path), "--steps", "1", "--set", 'data.inputs=["name"]']) == 2
    assert "line 2: column 'name': found the text 'n0', expected a number" in capsys.readouterr().err
    chosen = ['data.inputs=["height"]', "data.target=shoe", "data.scaling=range", 'data.class_names=["S","M","L"]']
    arguments = [word for change in chosen for word in ("--set", change)]
    assert main(["train", str(path), "--steps", "1", "--json", *arguments]) == 0
    experiment = json.loads(capsys.readouterr().out)["experiment"]
    assert experiment["loss"] == "softmax-cross-entropy"
    assert (experiment["data"]["inputs"], experiment["data"]["class_names"]) == (["height"], ["S", "M", "L"])
    assert main(["train", str(path), "--steps", "1", *arguments, "--set", "data.task=regression"]) == 2
    assert "data.class_names: found 3 names, expected none" in capsys.readouterr().err


def test_a_table_opens_the_window_with_the_question_what_is_to_be_learned(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[tuple[object, object, object]] = []

    def run(experiment: object, file: object, *, table: object, **_others: object) -> int:
        opened.append((experiment, file, table))
        return 0

    monkeypatch.setattr("stepviz.app.run", run)
    path = tmp_path / "people.csv"
    path.write_text("name,height,kind\na,1.5,x\nb,2,y\n")
    assert main([str(path)]) == 0
    assert opened == [(Experiment(), None, path)]
    # Where nobody is there to answer, the usual choice is taken, or the program ends.
    other = tmp_path / "names.csv"
    other.write_text("name,kind\na,x\nb,y\n")
    assert main([str(other), "--quit-after", "1"]) == 2
    assert "column 'name'" in capsys.readouterr().err
    path.write_text("height,kind\n1.5,x\n2,y\n")
    assert main([str(path), "--quit-after", "1"]) == 0
    experiment, file, table = opened[1]
    assert isinstance(experiment, Experiment)
    assert (experiment.data.name, file, table) == ("csv", path, None)


def test_a_file_that_is_not_there_is_named_without_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["train", "missing.json"], ["missing.json"]):
        assert main(arguments) == 2
        complaint = capsys.readouterr().err
        assert complaint == f"stepviz: {arguments[-1]}: No such file or directory\n"


def test_a_run_that_blows_up_names_the_field_and_the_step_and_ends_with_code_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["train", "--json", "--set", "learning_rate=1e5", "--set", "optimizer.name=sgd"]
    arguments += ["--set", "loss=squared-error", "--set", "layers.*.activation.name=linear"]
    assert main(arguments) == 2
    printed = capsys.readouterr()
    result = json.loads(printed.out)
    words = "stepviz: learning_rate: found 100000, expected a smaller one: the run diverged at"
    assert printed.err == f"{words} {result['diverged']}\n"
    assert "of layer" in printed.err
    assert result["diverged"].startswith("step ")
    assert result["train_loss"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "learning_rate=-1"], "learning_rate: found -1"),
        (["--set", "learning_rate=fast"], "learning_rate: found fast"),
        (["--set", "layers.0.width=1000000000"], "layers[0].width: found 1000000000"),
        (["--set", "layers.7.width=4"], "layers.7.width: found the position '7', expected * or a number from 0 to 1"),
        (["--set", "speed=4"], "speed: found the field 'speed', expected one of data, layers"),
        (["--set", "l1"], "--set: found l1, expected FIELD=VALUE"),
        (["--set", "data.name=csv"], "data.path: found nothing"),
        (["--set", "weights.parameters.gain=2", "--set", "seed=x"], "seed"),
        (["gone.stepviz"], "gone.stepviz"),
        (["gone.csv"], "gone.csv"),
        (["-o", "/gone/weights.npz"], "/gone/weights.npz"),
    ],
)
def test_bad_input_gets_one_line_and_code_2(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--steps", "1", *arguments]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--size", "big"],
        ["--size", "0x10"],
        ["--quit-after", "soon"],
        ["--quit-after", "nan"],
        ["--theme", "purple"],
        ["--frobnicate"],
        ["train", "--steps", "-1"],
        ["train", "--steps", "1e3"],
    ],
)
def test_arguments_that_make_no_sense_end_with_code_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)


def test_doctor_reports_what_a_process_of_its_own_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    for line in ("can be opened on the platform offscreen", "Inter (", "no OpenGL", "settings.json", "stepviz.log",
                 "offscreen", "checkout in", f"stepviz           {__version__}"):  # fmt: skip
        assert line in text


def test_doctor_survives_a_platform_on_which_qt_aborts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "nonsense")
    assert main(["doctor"]) == 0
    assert "cannot be opened: " in capsys.readouterr().out


def test_bench_passes_its_option_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepviz.benchmarks.engine.main", lambda json: 5 if json else 6)
    assert (main(["bench", "--json"]), main(["bench"])) == (5, 6)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("dying-relu", True), ("5", True), ("mine.stepviz-lesson", True), ("mine.md", True), ("mine.csv", False),
     ("mine.stepviz", False), ("folder/mine", False)],
)  # fmt: skip
def test_what_is_taken_for_a_lesson(name: str, is_one: bool) -> None:
    assert _is_lesson(Path(name)) is is_one


def test_a_folder_is_a_lesson_and_a_file_without_a_suffix_is_none(tmp_path: Path) -> None:
    (tmp_path / "table").write_text("a,b")
    assert _is_lesson(tmp_path)
    assert not _is_lesson(tmp_path / "table")


def test_export_writes_a_script_and_a_notebook_of_the_same_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    script, notebook = tmp_path / "run.py", tmp_path / "run.ipynb"
    settings = ["--set", "data.name=gate-xor", "--set", "precision=float64"]
    assert main(["export", "--pytorch", str(script), "--notebook", str(notebook), "--steps", "50", *settings]) == 0
    printed = capsys.readouterr().out
    assert f"{script}: step 0 to 50. Nothing is left out." in printed
    compile(script.read_text(encoding="utf-8"), "run.py", "exec")
    assert json.loads(notebook.read_text(encoding="utf-8"))["nbformat"] == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export"], "nothing to write"),
        (["export", "--pytorch", "x.py", "--set", "data.name=gate"], "the nearest is gate-"),
        (["export", "missing.stepviz", "--pytorch", "x.py"], "missing.stepviz"),
    ],
)
def test_export_says_what_cannot_be_used(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_session_is_exported_from_where_it_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run = Run(Experiment())
    run.step(7)
    session, script = tmp_path / "mine.stepviz-session", tmp_path / "run.py"
    session.write_bytes(encode_session(run.session()))
    assert main(["export", str(session), "--pytorch", str(script), "--steps", "3"]) == 0
    assert "step 7 to 10. Left out, or otherwise: Precision float32" in capsys.readouterr().out
    assert script.read_text(encoding="utf-8") == as_script(run.trainer.moment(), 3)
