"""Evidence is written as a person would say it, and never seems to contradict its claim."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from stepviz.engine.settings.experiment import Experiment, HiddenLayer
from stepviz.lessons.claim_language import parse_claim
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.library import shipped_lessons
from stepviz.lessons.quantities import QUANTITIES
from stepviz.lessons.quantity import Quantity
from stepviz.lessons.record import Measurement, Record
from stepviz.lessons.scene_run import Starts
from stepviz.lessons.verdict import judge

THREE = Experiment(layers=(HiddenLayer(16), HiddenLayer(8), HiddenLayer(4)))
FIELDS = {"value", "percent", "rest_percent", "count", "rest", "whole", "where", "split", "points", "cause", "span",
          "parameter"}  # fmt: skip


def evidence(text: str, *looks: dict[str, float], end: int = 0, wholes: dict[str, float] | None = None,
             before: dict[str, float] | None = None) -> str:  # fmt: skip
    """Return what is measured of a condition; ``looks``: figures by key, evenly spread up to ``end``."""
    record = Record(end, before or {})
    for place, values in enumerate(looks):
        record.add(Measurement(end * place // max(1, len(looks) - 1), values, wholes or {}))
    return judge(parse_claim(text, THREE, before=THREE), record).measured


def test_units_are_counted() -> None:
    key = "stuck_share(layer=all)"
    wholes = {key: 24.0}
    assert evidence("stuck_share < 0.3", {key: 1 / 24}, wholes=wholes) == "23 of 24 units alive, 1 stuck"
    key = "stuck_share(layer=2)"
    said = evidence("stuck_share(layer=2) < 0.5 always", {key: 0.0}, {key: 3 / 8}, end=10, wholes={key: 8.0})
    assert said == "5 to 8 of 8 units of layer 2 alive, 0 to 3 stuck at all 2 looks"


def test_a_share_says_what_is_left_of_it() -> None:
    key = "passing_share(layer=1)"
    said = evidence("passing_share(layer=1) < 0.5", {key: 0.303})
    assert said == "derivative exactly 0 for 70 % of the pairs of layer 1, not 0 for 30 %"


def test_a_map_says_how_large_it_is() -> None:
    key = "flat_share(span=0.02)"
    assert evidence("flat_share(span=0.02) > 0.6", {key: 0.841}) == "84 % of a map of ±0.02 is exactly flat"


def test_figures_that_differ_are_written_so_that_one_sees_it() -> None:
    key = "loss(split=train)"
    said = evidence("loss != loss before", {key: 0.16451}, end=0, before={key: 0.16459})
    assert said == "training loss 0.1645; 0.1646 at the end of the scene before"
    assert evidence("loss == loss before", {key: 0.5}, before={key: 0.5}).count("0.5") == 2


def test_examples_are_counted_and_new_points_are_said() -> None:
    key = "accuracy(split=test)"
    assert evidence("accuracy(test) > 0.9", {key: 0.975}, wholes={key: 120.0}) == "117 of 120 new points right"
    assert evidence("accuracy(test) > 0.9", {key: 0.975}) == "98 % of the new points right"
    assert "no number" in evidence("accuracy(test) > 0.9", {key: float("nan")}, wholes={key: 120.0})


def test_units_that_are_compared_are_named() -> None:
    keys = [f"weight(layer=1, unit={unit}, input=1)" for unit in (1, 8)]
    text = "weight(unit=1) == weight(unit=8)"
    said = evidence(text, {keys[0]: 0.25, keys[1]: 0.25})
    assert said == "weight of unit 1 of layer 1: 0.25, weight of unit 8 of layer 1: 0.25"
    assert evidence("weight == 1", {keys[0]: 1.0}) == "weight: 1"


def test_an_edge_is_calculated() -> None:
    keys = "bias(layer=1, unit=1)", "weight(layer=1, unit=1, input=1)"
    said = evidence("0.15 < -bias / weight < 0.35", {keys[0]: -3.0, keys[1]: 12.0})
    assert said == "bias: −3, weight: 12; −bias / weight = 0.25"


def test_the_same_figure_of_one_moment_is_said_once() -> None:
    key = "loss(split=train)"
    assert evidence("loss < 0.5 and loss > 0.1", {key: 0.25}, end=0) == "training loss 0.25"


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=QUANTITIES)
def test_every_quantity_has_words_with_a_figure(quantity: Quantity) -> None:
    for words in filter(None, (quantity.words, quantity.words_without_whole)):
        named = {name for _, name, _, _ in string.Formatter().parse(words) if name}
        assert named <= FIELDS
        assert named & {"value", "percent", "count"}
    counts = {"count", "rest", "whole"} & {name for _, name, _, _ in string.Formatter().parse(quantity.words) if name}
    assert (quantity.whole is None) == (not counts)
    assert bool(quantity.words_without_whole) == (quantity.whole is not None)


@pytest.mark.parametrize("folder", shipped_lessons(), ids=lambda folder: folder.name)
def test_no_evidence_of_a_shipped_lesson_is_code_or_a_bare_number(folder: Path) -> None:
    lesson = load_lesson(folder)
    starts = Starts(lesson)
    for index, scene in enumerate(lesson.scenes):
        record = starts.run(index)
        for claim in scene.claims:
            said = judge(claim.condition, record).measured
            assert "_" not in said
            assert "(layer=" not in said
            assert said[0].isdigit() is False or " of " in said, said
