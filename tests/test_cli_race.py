"""``stepviz race``: the numbers of the lanes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from stepviz.cli import main
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.trainer import Trainer


def test_a_race_gives_the_numbers_of_each_lane_alone(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "race",
        "--vary",
        "activation=step,tanh",
        "--set",
        "precision=float64",
        "--seeds",
        "2",
        "--steps",
        "50",
    ]
    assert main([*arguments, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [lane["lane"] for lane in result["lanes"]] == ["Step", "Tanh"]
    base = replace(Experiment(), precision="float64")
    for lane, name in zip(result["lanes"], ("step", "tanh"), strict=True):
        alone = Trainer(with_activation(base, name), seeds=range(2))
        alone.step(50)
        assert lane["runs"]["loss"] == pytest.approx(alone.losses().tolist(), rel=1e-14)
    assert result["lanes"][0]["stuck_share"] == 1.0


def test_a_pick_by_name_makes_a_table_and_lanes_with_another_start_are_pointed_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["race", "--vary", "initialisers", "--steps", "5"]) == 0
    text = capsys.readouterr().out
    assert "Glorot uniform" in text
    assert "* Zeros: another initialiser" in text


def test_of_a_scaled_target_the_lanes_have_errors_in_its_units(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "prices.csv"
    table.write_text("area,price\n" + "".join(f"{area},{1500 * area + 20000}\n" for area in range(50, 90)))
    arguments = ["race", str(table), "--vary", "activation=tanh,relu", "--seeds", "3", "--steps", "40"]
    assert main([*arguments, "--json"]) == 0
    for lane in json.loads(capsys.readouterr().out)["lanes"]:
        alone = Trainer(msgspec.convert(lane["experiment"], Experiment), seeds=range(3))
        deviation = float(alone.dataset.target_scaling.sd[0])
        assert deviation > 10_000
        assert lane["train_error"] == pytest.approx(deviation * lane["loss"] ** 0.5)
        assert lane["train_accuracy"] is None
    assert main(arguments) == 0
    assert "±: typical error in your units" in " ".join(capsys.readouterr().out.split())
    assert main(["race", "--steps", "2"]) == 0
    assert "±" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--vary", "nonsense"], "--vary: found nonsense"),
        (["--vary", "activation=tanh"], "from 2 to 12"),
        (["--vary", "activation=tanh,tan"], "found tan"),
        (["--vary", "layers.7.width=2,3"], "layers.7.width"),
        (["--seeds", "257"], "from 1 to 256"),
        (["--steps", "0"], "steps: found 0"),
        (["--target", "accuracy=2"], "target accuracy: found 2.0"),
        (["--target", "speed=2"], "--target: found speed=2"),
    ],
)
def test_what_cannot_be_raced_gets_one_line_and_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["race", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
