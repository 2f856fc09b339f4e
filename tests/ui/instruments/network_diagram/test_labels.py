"""Over each column stands a word that is whole, however many there are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from stepviz.engine.setup.setup import set_up
from stepviz.ui.core.theme import font
from stepviz.ui.instruments.network_diagram.labels import _heads
from tests.probes.runs import experiment


@pytest.mark.parametrize(
    ("depth", "room", "first"),
    [(2, 90.0, ["inputs", "layer 1", "layer 2", "output"]), (12, 22.0, ["in", "1", "2", "3"])],
)
def test_names_of_layers_are_whole_or_numbers(qapp: QApplication, depth: int, room: float, first: list[str]) -> None:
    metrics = QFontMetricsF(font(9.0))
    names, below = _heads(set_up(experiment(widths=(8,) * depth)), metrics, room)
    assert names[:4] == first
    assert names[-1] == ("output" if depth == 2 else "out")
    assert len(names) == len(below) == depth + 2
    assert not any("…" in text for text in (*names, *below))
    assert all(metrics.horizontalAdvance(text) <= room for text in (*names, *below))
    assert below[1:2] == (["Tanh"] if depth == 2 else [""])


def test_over_many_columns_stands_every_second_number_and_none_touches_the_next(qapp: QApplication) -> None:
    metrics, pitch = QFontMetricsF(font(9.0)), 13.6
    names, _ = _heads(set_up(experiment(widths=(2,) * 20)), metrics, pitch - 6.0)
    assert (names[0], names[-1]) == ("in", "out")
    assert 5 <= len([name for name in names[1:-1] if name]) < 20
    shown = [(place * pitch, metrics.horizontalAdvance(name) / 2) for place, name in enumerate(names) if name]
    assert all(right - left > before + after for (left, before), (right, after) in pairwise(shown))
