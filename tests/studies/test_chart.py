"""Pictures: well-formed, complete, and honest about what an axis cannot show."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stepviz.studies.chart import HEIGHT, WHITE, WIDTH, Chart, Paper, Series, svg

NAMESPACE = "{http://www.w3.org/2000/svg}"


def parts(chart, tag):
    return list(ElementTree.fromstring(svg(chart)).iter(NAMESPACE + tag))


def test_points_stand_where_their_values_are():
    chart = Chart("t", "x", "y", [Series("s", [0, 1, 2], [0, 5, 10])])
    circles = [(float(c.get("cx")), float(c.get("cy"))) for c in parts(chart, "circle")][:3]
    assert circles[1] == pytest.approx(((circles[0][0] + circles[2][0]) / 2, (circles[0][1] + circles[2][1]) / 2))
    assert circles[0][0] < circles[2][0]
    assert circles[0][1] > circles[2][1]


def test_logarithmic_axes_leave_out_what_they_cannot_show():
    chart = Chart(
        "t", "x", "y", [Series("s", [1, 10, 100, 1000], [0.0, 1.0, float("nan"), 100.0])], log_x=True, log_y=True
    )
    # Two of four points, and the one in the legend.
    assert len(parts(chart, "circle")) == 3


def test_words_from_outside_cannot_break_the_picture():
    chart = Chart("<script>&", "x\"'<", "y", [Series("</svg>", [0], [0])])
    texts = [element.text for element in parts(chart, "text")]
    assert {"<script>&", "x\"'<", "</svg>"} <= set(texts)


def test_a_long_legend_stays_inside_the_picture():
    chart = Chart("t", "x", "y", [Series(f"{'very ' * 30}{number}", [0], [1]) for number in range(40)])
    height = float(ElementTree.fromstring(svg(chart)).get("height"))
    texts = parts(chart, "text")
    assert max(float(text.get("y")) for text in texts) < height
    assert max(len(text.text) for text in texts) < 30


def test_ticks_are_round_numbers():
    chart = Chart("t", "x", "y", [Series("s", [0, 97], [0.001, 0.0099])])
    texts = {element.text for element in parts(chart, "text")}
    assert {"0", "20", "40", "60", "80", "0.002", "0.004", "0.006", "0.008"} <= texts


def test_a_logarithmic_axis_of_less_than_a_decade_has_ticks_too():
    chart = Chart("t", "x", "y", [Series("s", [0, 1], [0.32, 0.74])], log_y=True)
    assert {"0.4", "0.5", "0.6", "0.7"} <= {element.text for element in parts(chart, "text")}


def test_paper_and_room_change_the_look_and_not_what_is_drawn():
    chart = Chart("t", "x", "y", [Series("s", [0, 1, 2], [0, 5, 10]), Series("u", [0], [1], colour=3)])
    paper = Paper("#000001", "#000002", "#000003", "#000004", ("#000005", "#000006"))
    drawn = svg(chart, paper, 600, 300)
    root = ElementTree.fromstring(drawn)
    assert (root.get("width"), root.get("height")) == ("600", "300")
    colours = set(re.findall(r'"(#\w{6})"', drawn))
    assert colours == {paper.ground, paper.text, paper.muted, paper.grid, *paper.colours}
    circles = list(root.iter(NAMESPACE + "circle"))
    assert len(circles) == len(parts(chart, "circle"))
    assert all(float(circle.get("cx")) < 600 and float(circle.get("cy")) < 300 for circle in circles)
    texts = [element.text for element in root.iter(NAMESPACE + "text")]
    assert {"t", "x", "y", "s", "u"} <= set(texts)


def test_between_whole_numbers_there_are_no_ticks():
    chart = Chart("t", "x", "y", [Series("s", [2, 3], [0.0, 1.0])])
    texts = {element.text for element in parts(chart, "text")}
    assert {"2", "3"} <= texts
    assert "2.2" not in texts


def test_a_title_that_is_too_long_is_made_smaller_before_it_is_cut_off():
    def title(words, width):
        found = ElementTree.fromstring(svg(Chart(words, "x", "y", []), WHITE, width)).find(f"{NAMESPACE}text")
        return found.get("font-size"), found.text

    assert title("t" * 50, 880) == ("18", "t" * 50)
    assert title("t" * 60, 640) == ("14", "t" * 60)
    assert title("t" * 600, 640)[1].endswith("…")


def test_points_are_hollow_where_colours_begin_anew():
    colours = len(WHITE.colours)
    chart = Chart("t", "x", "y", [Series("a", [0], [0], colour=1), Series("b", [1], [1], colour=1 + colours)])
    looks = [(circle.get("fill"), circle.get("stroke")) for circle in parts(chart, "circle")]
    assert looks == [(WHITE.colours[1], None), (WHITE.ground, WHITE.colours[1])] * 2


@given(st.lists(st.floats(), max_size=5), st.booleans())
@example([5e-324], False)
@example([1.2e308], True)
@example([2.0787160375199648e-194], True)
@example([1.0, math.nextafter(1.0, 2.0)], False)
def test_any_numbers_give_a_picture_inside_its_borders(values, logarithmic):
    series = Series("s", list(range(len(values))), values, values, values)
    text = svg(Chart("t", "x", "y", [series], log_y=logarithmic))
    ElementTree.fromstring(text)
    for name, limit in (("cx", WIDTH), ("cy", HEIGHT)):
        assert all(0 <= float(found) <= limit for found in re.findall(rf'{name}="([^"]*)"', text))
