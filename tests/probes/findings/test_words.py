from __future__ import annotations

import pytest

from stepviz.probes.findings.words import in_layers, number, share


@pytest.mark.parametrize(
    ("value", "words"),
    [(1.0, "100 %"), (0.9964, "99.6 %"), (0.99999, "99.9 %"), (0.95, "95 %"), (0.0123, "1.2 %"), (0.0, "0 %")],
)
def test_a_share_is_100_only_of_all(value, words):
    assert share(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0035, "0.0035"),
        (3.5e-7, "3.5·10⁻⁷"),
        (-0.25, "−0.25"),
        (0.0, "0"),
        (1640.2, "1640"),
        (99.7, "100"),
        (float("inf"), "inf"),
        (2e8, "2.0·10⁸"),
    ],
)
def test_numbers_are_read_as_the_instruments_write_them(value, words):
    assert number(value, 2) == words


def test_runs_of_layers_are_said_as_such() -> None:
    assert in_layers([0]) == "layer 1"
    assert in_layers([0, 1, 2]) == "layers 1, 2 and 3"
    assert in_layers([0, 2, 3, 4, 5, 9]) == "layers 1, 3 to 6 and 10"
    assert in_layers(range(4, 20)) == "layers 5 to 20"
