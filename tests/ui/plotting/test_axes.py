"""Axes of the painted plots."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from stepviz.engine.common.number_format import number_text
from stepviz.ui.core.theme import font
from stepviz.ui.plotting.axes import Axis, Plot, lay_out, round_down, round_ticks, round_up, tick_texts

finite = st.floats(-1e9, 1e9, allow_subnormal=False)


def test_places_and_values_are_inverse() -> None:
    for axis in (Axis(-2.0, 6.0), Axis(0.001, 100.0, logarithmic=True)):
        for place in (0.0, 0.3, 1.0):
            assert float(axis.places(axis.value(place))) == pytest.approx(place)


def test_a_logarithmic_axis_takes_zero_at_its_low_end() -> None:
    assert Axis(0.01, 1.0, logarithmic=True).places(np.array([0.0, 0.01, 0.1])).tolist() == [0.0, 0.0, 0.5]


@given(finite, st.floats(1e-6, 1e9), st.floats(2, 20))
def test_ticks_lie_on_the_axis_and_are_not_too_many(low: float, span: float, count: float) -> None:
    high = low + span
    if high - low < 1e-9 * max(1.0, abs(low)):
        return
    ticks = round_ticks(low, high, count)
    assert len(ticks) <= count + 1.5
    slack = 1e-5 * (high - low)
    assert all(low - slack <= tick <= high + slack for tick in ticks)


@given(st.floats(1e-12, 1e12), st.floats(1.001, 1e9), st.floats(2, 12))
def test_logarithmic_ticks_lie_on_the_axis_and_are_not_too_many(low: float, ratio: float, count: float) -> None:
    ticks = Axis(low, low * ratio, logarithmic=True).ticks(count)
    assert len(ticks) <= count + 1.5
    assert all(-1e-5 <= place <= 1 + 1e-5 for place, _ in ticks)


@given(st.floats(1e-9, 1e9))
def test_round_numbers_enclose_a_number_closely(value: float) -> None:
    assert value / 1.4 <= round_down(value) <= value * (1 + 1e-9)
    assert value * (1 - 1e-9) <= round_up(value) <= value * 1.4


def test_neighbouring_ticks_never_have_the_same_text() -> None:
    for low, high in ((0.0, 1.0), (0.68, 0.69), (0.19999, 0.20001), (1e6, 1e6 + 20), (-3e-7, 3e-7), (-2e8, 2e8)):
        texts = tick_texts(round_ticks(low, high, 5))
        assert len(set(texts)) == len(texts) > 1, texts


def test_numbers_read_as_people_write_them() -> None:
    assert [number_text(value) for value in (0.0, 0.05, -2.0, 1234.0, 3e-7, 1e-5, -2.5e12)] == [
        "0", "0.05", "−2", "1,234", "3·10⁻⁷", "10⁻⁵", "−2.5·10¹²",
    ]  # fmt: skip


def test_a_curve_far_outside_the_box_stays_near_it() -> None:
    plot = Plot(QRectF(0, 0, 100, 50), Axis(0.0, 1.0), Axis(0.0, 1.0))
    polygon = plot.polygon(np.array([0.0, 0.5, 1.0]), np.array([0.0, 1e30, 1.0]))
    assert polygon.at(0).toTuple() == (0.0, 50.0)
    assert abs(polygon.at(1).y()) <= 200
    assert polygon.at(2).toTuple() == (100.0, 0.0)


def test_a_plot_leaves_room_for_ticks_and_labels(qtbot: QtBot) -> None:
    metrics, area = QFontMetricsF(font(10)), QRectF(0, 0, 400, 200)
    bare = lay_out(area, Axis(0.0, 1.0), Axis(0.0, 1.0), metrics).box
    named = lay_out(area, Axis(0.0, 1.0, "alpha"), Axis(0.0, 1.0, "beta"), metrics).box
    square = lay_out(area, Axis(0.0, 1.0), Axis(0.0, 1.0), metrics, square=True).box
    assert named.bottom() + metrics.height() <= bare.bottom() + 1 < 200
    assert named.left() >= bare.left() + metrics.height() - 1
    assert square.width() == square.height()
    assert area.contains(bare)
