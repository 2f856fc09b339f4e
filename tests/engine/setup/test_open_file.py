"""Which kind of file it is is seen from its name, else from its content."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.experiment_file import encode
from stepviz.engine.setup.open_file import open_file

NUMBERS = "x,y\n" + "\n".join(f"{n},{n * 0.5 + 0.25}" for n in range(30))
THREE = "x,y,kind\n" + "\n".join(f"{n},{n % 4},{'abc'[n % 3]}" for n in range(30))


@pytest.mark.parametrize("name", ["a.stepviz", "a.json", "a.JSON", "a", "a.txt"])
def test_an_experiment(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\n " + encode(Experiment(seed=4)))
    assert open_file(tmp_path / name) == Experiment(seed=4)


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a"])
@pytest.mark.parametrize(
    ("content", "loss"), [(NUMBERS, "squared-error"), (THREE, "softmax-cross-entropy")], ids=["numbers", "classes"]
)
def test_a_table_gets_a_loss_that_serves_it_and_keeps_the_other_settings(
    tmp_path: Path, name: str, content: str, loss: str
) -> None:
    (tmp_path / name).write_text(content)
    opened = open_file(tmp_path / name, Experiment(seed=4))
    assert (opened.data.name, opened.loss, opened.seed) == ("csv", loss, 4)


def test_a_name_that_says_table_is_believed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(encode(Experiment()))
    with pytest.raises(InputError, match=r"a\.csv"):
        open_file(tmp_path / "a.csv")


def test_a_missing_experiment_is_an_os_error_a_missing_table_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path / "gone.stepviz")
    with pytest.raises(InputError, match="no such file"):
        open_file(tmp_path / "gone.csv")
