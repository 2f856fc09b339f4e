"""The axis of steps: a number can be read on it wherever there is room for one."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from stepviz.ui.core.theme import font
from stepviz.ui.plotting.step_axis import placed_ticks


@pytest.mark.parametrize("last", [40, 900, 1056, 1999, 8713, 104_000])
@pytest.mark.parametrize("first", [0, 20])
def test_a_narrow_axis_has_a_number_besides_0(qapp: QApplication, first: int, last: int) -> None:
    metrics = QFontMetricsF(font(9))
    placed = placed_ticks(metrics, 150.0, first, last, 2)
    shown = [(tick, place) for tick, place in placed if place is not None]
    assert any(tick > 0 for tick, _ in shown)
    ends = [place + metrics.horizontalAdvance(f"{tick:,.0f}") for tick, place in shown]
    assert all(end <= place for end, (_, place) in zip(ends, shown[1:], strict=False)), "numbers lie over one another"
