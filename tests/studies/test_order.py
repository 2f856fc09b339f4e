"""The command of an order is read back by the command line as the same order."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from stepviz.command_line import study as command
from stepviz.engine.common.errors import InputError
from stepviz.studies.order import Order, as_command
from stepviz.studies.settings import resolve
from stepviz.studies.study_table import STUDIES


def read_back(line, monkeypatch):
    """Return the order that the command line would run."""
    found = []

    def instead(chosen, given, seeds, seed, output, backend):
        found.append(Order(chosen.key, resolve(chosen.settings, given), seeds or chosen.draws, seed, output))
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_run_with_bar", instead)
    with pytest.raises(KeyboardInterrupt):
        command.study(shlex.split(line)[2:])
    return found[0]


@pytest.mark.parametrize("key", STUDIES)
def test_defaults_are_left_out(key):
    study = STUDIES[key]
    order = Order(key, resolve(study.settings, {}), study.draws, 0, Path("x"))
    assert as_command(order, with_output=False) == f"stepviz study {key}"


@pytest.mark.parametrize(
    ("key", "given", "seeds", "seed"),
    [
        ("born-dead", {"depth": [2, 30], "width": [7]}, 123, 9),
        ("slope", {"slope": [0.5, 1e-2, 3.0, 1 / 3], "data": ["moons"], "learning-rate": [1e-05]}, 20, 0),
        ("sweep", {"experiment": ["a folder/it's mine.stepviz"], "vary": ["several=l2=0 + l1=1", "-x=1,2"]}, 1, 0),
        ("sweep", {"experiment": ["-o"]}, 10, 3),
        ("collapse", {"learning-rate": [1.0]}, 200, 2**31 - 1),
    ],
)
def test_what_was_written_is_read_back(key, given, seeds, seed, tmp_path, monkeypatch):
    order = Order(key, resolve(STUDIES[key].settings, given), seeds, seed, tmp_path / "with a space")
    assert read_back(as_command(order), monkeypatch) == order


def test_none_is_refused_where_a_command_would_mean_the_default():
    with pytest.raises(InputError, match="0 values"):
        resolve(STUDIES["sweep"].settings, {"vary": []})
    assert resolve(STUDIES["sweep"].settings, {"experiment": []})["experiment"] == ()


def test_settings_are_parsed_as_they_are_written():
    for study in STUDIES.values():
        for setting in study.settings:
            texts = setting.write(setting.default)
            assert setting.check([value for text in texts for value in setting.parse(text)]) == setting.default
