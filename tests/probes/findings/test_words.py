from __future__ import annotations

import pytest

from stepviz.engine.common.number_format import number_text, share_text
from stepviz.probes.findings.words import counted, in_layers, verb


@pytest.mark.parametrize(
    ("value", "words"),
    [(1.0, "100 %"), (0.9964, "99.6 %"), (0.99999, "99.9 %"), (0.95, "95 %"), (0.0123, "1.2 %"), (0.0, "0 %")],
)
def test_a_share_is_100_only_of_all(value, words):
    assert share_text(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0035, "0.0035"),
        (3.5e-7, "3.5·10⁻⁷"),
        (-0.25, "−0.25"),
        (0.0, "0"),
        (1640.2, "1,640"),
        (20600.0, "20,600"),
        (99.7, "100"),
        (float("inf"), "infinite"),
        (2e8, "2·10⁸"),
    ],
)
def test_numbers_are_read_as_the_instruments_write_them(value, words):
    assert number_text(value, 2) == words


def test_runs_of_layers_are_said_as_such() -> None:
    assert in_layers([0]) == "layer 1"
    assert in_layers([0, 1, 2]) == "layers 1, 2 and 3"
    assert in_layers([0, 2, 3, 4, 5, 9]) == "layers 1, 3 to 6 and 10"
    assert in_layers(range(4, 20)) == "layers 5 to 20"


def test_few_things_are_counted_in_words():
    assert counted(1, 1, "hidden units") == "the only hidden unit"
    assert counted(2, 2, "units") == "both units"
    assert counted(1, 2, "units") == "1 of 2 units"
    assert counted(1200, 1200, "units") == "all 1,200 units"
    assert [verb(count) for count in (0, 1, 2)] == ["are", "is", "are"]
