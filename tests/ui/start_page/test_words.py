"""What the start page says of a run and of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepviz.engine.settings.experiment import ActivationChoice, DataSettings, Experiment, HiddenLayer
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.library import find_lesson
from stepviz.lessons.player import Player
from stepviz.ui.start_page.words import data_words, folder_words, missing_words, network_words, run_words
from tests.ui.frames import make_frame


def test_a_run_is_told_by_its_data_its_network_and_its_step() -> None:
    frame = make_frame(Experiment(), 7, ())
    data, run = run_words(Experiment(), frame, None)
    assert data == "Circle; 2 hidden layers (8-8), Tanh"
    assert run.startswith("Step 7, training loss 0.")
    player = Player(load_lesson(find_lesson("5")), 2)
    assert run_words(Experiment(), frame, player)[0] == "Lesson «Dying ReLU», scene 3 of 5"
    assert run_words(Experiment(), None, None) == (data,)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ((), "no hidden layer"),
        ((HiddenLayer(4, ActivationChoice("step")),), "1 hidden layer (4), Step"),
        (
            (HiddenLayer(4, ActivationChoice("relu")), HiddenLayer(3, ActivationChoice("tanh"))),
            "2 hidden layers (4-3), ReLU, Tanh",
        ),
        ((HiddenLayer(2, ActivationChoice("relu")),) * 20, "20 hidden layers, ReLU"),
    ],
)
def test_networks_in_words(layers: tuple[HiddenLayer, ...], words: str) -> None:
    assert network_words(Experiment(layers=layers)) == words


def test_a_table_is_called_by_its_file() -> None:
    assert data_words(Experiment(data=DataSettings("csv", path="/somewhere/wine.csv"))) == "wine.csv"


def test_a_file_has_a_folder_and_perhaps_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / "lectures").mkdir()
    there = tmp_path / "lectures" / "a.stepviz"
    there.touch()
    assert (folder_words(there), missing_words(there)) == ("~/lectures", "")
    assert folder_words(tmp_path / "b.stepviz") == "~"
    for gone in (tmp_path / "b.stepviz", tmp_path / "lectures", Path("/nowhere/c.csv")):
        assert missing_words(gone) == "the file is not there any more"
    assert folder_words(Path("/nowhere/c.csv")) == str(Path("/nowhere"))
    endless = Path("/" + "x" * 5000)
    assert folder_words(endless) == "/"
    assert missing_words(endless)
