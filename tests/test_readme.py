"""The tables of the README beside what the program prints."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from stepviz.cli import main
from stepviz.instruments import INSTRUMENTS
from stepviz.shipped import resource

README = Path(__file__).parent.parent / "README.md"

Row = dict[str, str]


@pytest.fixture(scope="module")
def text() -> str:
    return README.read_text(encoding="utf-8")


def study(folder: Path, name: str, *options: str) -> list[Row]:
    assert main(["study", name, *options, "-o", str(folder)]) == 0
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_slopes_are_those_of_the_study(text: str, tmp_path: Path) -> None:
    rows = study(tmp_path, "slope")

    def loss(data: str, method: str) -> float:
        return min(float(row["step_train_loss"]) for row in rows if (row["data"], row["method"]) == (data, method))

    def best(data: str) -> str:
        fixed = [row for row in rows if (row["data"], row["method"]) == (data, "fixed")]
        row = min(fixed, key=lambda row: float(row["step_train_loss"]))
        return f"{float(row['step_train_loss']):.3f} (a = {float(row['slope']):g})"

    methods = ("linear", "exponential", "straight-through")
    linear, exponential, straight = (loss("circle", method) for method in methods)
    assert (
        f"circle: best fixed slope {best('circle')}; annealed {linear:.3f} (linear), {exponential:.3f} (exponential); "
        f"straight-through {straight:.3f}."
    ) in text
    for data in ("xor", "moons"):
        figures = "; ".join(f"{loss(data, method):.3f}" for method in methods)
        assert f"{data}: {best(data)}; {figures}" in text


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_shares_born_dead_are_those_of_the_study(text: str, tmp_path: Path) -> None:
    rows = study(tmp_path, "born-dead")
    for row in rows:
        share, low, high = (100 * float(row[name]) for name in ("share", "share_low", "share_high"))
        places = 1 if share > 1 else 3
        assert f"{row['width']}: {share:.{places}f} % ({low:.{places}f}–{high:.{places}f})" in text
    one_point = ", ".join(f"{100 * float(row['one_point_share']):.2f}" for row in rows)
    formula = ", ".join(f"{100 * float(row['upper_bound']):.2f}" for row in rows)
    assert f"{one_point} %" in text
    assert f"{formula} %" in text


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_losses_of_the_sweep_are_those_of_the_study(text: str, tmp_path: Path) -> None:
    options = ("--vary", "activation=step,sigmoid,relu", "--vary", "learning_rate=0.001,0.01,0.1")
    losses = [float(row["train_loss"]) for row in study(tmp_path, "sweep", *options)]
    step, sigmoid, relu = losses[:3], losses[3:6], losses[6:]
    assert f"step {step[0]:.2f}, {step[1]:.2f}, {step[2]:.2f}" in text
    assert f"sigmoid {sigmoid[0]:.2f}, {sigmoid[1]:.3f}, {sigmoid[2]:.3f}" in text
    assert f"ReLU {relu[0]:.3f}, {relu[1]:.3f}, {relu[2]:.3f}" in text


def test_every_instrument_stands_in_its_table(text: str) -> None:
    for instrument in INSTRUMENTS.values():
        assert f"| **{instrument.title}** |" in text


def test_every_command_that_it_names_is_one(text: str) -> None:
    lines = [line.strip() for line in text.splitlines() if line.startswith("    stepviz ")]
    named = {line.split()[1] for line in lines if not line.split()[1].startswith("-") and "." not in line.split()[1]}
    lessons = {folder.name.partition("-")[2] for folder in resource("lessons").iterdir()}
    for command in sorted(named - lessons):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0, command


def test_no_package_is_named_that_is_not_published(text: str) -> None:
    assert "pip install stepviz" not in text
    assert "stepviz[" not in text
