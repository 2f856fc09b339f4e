"""``stepviz table`` and ``stepviz train`` on a table: what is printed, and what is refused with what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stepviz.cli import main
from stepviz.engine.settings.experiment import DataSettings
from stepviz.engine.setup.open_file import read_table

TEXT = "id,x,y,note,kind\n" + "".join(
    f"{n},{n / 2},{'' if n == 4 else n * n},n{n % 3},{'ab'[n % 2]}\n" for n in range(20)
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(TEXT)
    return path


def test_the_report_as_json(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", str(path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["rows"], report["examples"]) == (20, 19)
    assert report["left_out"] == [{"rows": 1, "reason": "a gap in 'y'", "column": "y", "line": 6}]
    assert (report["inputs"], report["target"], report["task"]) == (["x", "y"], "kind", "classification")
    assert (report["classes"], report["class_examples"]) == (["a", "b"], [9, 10])
    assert [column["used"] for column in report["columns"]] == [None, "input", "input", None, "target"]
    assert [column["range"] for column in report["columns"]] == [[0, 19], [0, 9.5], [0, 361], None, None]
    assert [column["gaps"] for column in report["columns"]] == [0, 0, 1, 0, 0]
    assert report["columns"][0]["why_not"] == "it numbers the rows"
    assert report["columns"][3]["why_not"] == "text: only numbers can be inputs"
    # The dialog of the window begins with the same choice.
    chosen = read_table(DataSettings(), path)[1]
    assert (chosen.target, list(chosen.inputs)) == (report["target"], report["inputs"])


def test_the_report_in_words_and_with_another_choice(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", str(path)]) == 0
    text = capsys.readouterr().out
    assert "2 inputs → 2 classes, 19 examples" in text
    assert "1 of 20 rows left out: 1 for a gap in 'y' (first in line 6)." in text
    assert main(["table", str(path), "--json", "--set", "data.target=y", "--set", 'data.inputs=["x"]']) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["target"], report["inputs"], report["task"], report["classes"]) == ("y", ["x"], "regression", [])


def test_train_takes_the_usual_choice_and_says_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(path), "--steps", "5", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["data"].startswith("2 inputs → 2 classes, 19 examples")
    assert result["experiment"]["data"]["inputs"] == ["x", "y"]
    assert any("1 of 20 rows left out" in note for note in result["notes"])
    assert any("'id': it numbers the rows" in note for note in result["notes"])
    assert main(["train", str(path), "--steps", "5"]) == 0
    assert "Columns left out: 'id'" in capsys.readouterr().out


def test_the_loss_is_chosen_as_without_an_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "line.csv"
    path.write_text("x,y\n" + "".join(f"{n / 3},{n / 7}\n" for n in range(40)))
    losses = []
    for output in ([], ["--set", "output.name=relu"]):
        assert main(["train", str(path), "--steps", "2", "--json", *output]) == 0
        losses.append(json.loads(capsys.readouterr().out)["experiment"]["loss"])
    assert losses == ["squared-error", "squared-error"]


@pytest.mark.parametrize(
    ("content", "settings", "words"),
    [
        (TEXT, ["data.target=size"], "data.target: found the name 'size', expected one of the columns id, x"),
        (TEXT, ['data.inputs=["note"]'], "table.csv, line 2: column 'note': found the text 'n0', expected a number"),
        (TEXT, ["data.decimal=x"], "data.decimal: found x, expected one of nothing, ., ,"),
        (TEXT, ["data.delimiter=x"], "data.delimiter: found"),
        ("a,b\n1,2\n3,4,5\n", [], "line 3: the row: found 3 cells, expected 2 as in the first row"),
        ("PK\x03\x04", [], "ZIP archive"),
        ('{"a": 1}', [], "expected"),
        ("a,b\n" + "x,y\n" * 9, [], "column 'b': found only 'y', in every row"),
    ],
)
@pytest.mark.parametrize("command", ["table", "train"])
def test_a_refusal_names_place_and_setting(
    command: str, content: str, settings: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "table.csv"
    path.write_text(content)
    assert main([command, str(path), *(word for change in settings for word in ("--set", change))]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert len(error) < 1000


def test_json_that_holds_data_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "people.json"
    path.write_text('[{"a": 1, "b": 2}, {"a": 3, "b": 4}]')
    for command in ("train", "table"):
        assert main([command, str(path)]) == 2
        assert "people.json: the file: found JSON, expected a CSV" in capsys.readouterr().err


def test_only_settings_of_the_data_are_taken(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", str(path), "--set", "seed=1"]) == 2
    assert "--set: found seed=1, expected data.FIELD=VALUE" in capsys.readouterr().err
