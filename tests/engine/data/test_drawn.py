"""Drawn data: they travel in the settings, stay within their axes, and a new point moves nothing else."""

from __future__ import annotations

import contextlib
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.datasets import load_data
from stepviz.engine.data.drawn import drawing_of, round_to_axis
from stepviz.engine.settings.drawing import MOST_POINTS, Drawing, DrawnColumn
from stepviz.engine.settings.experiment import DataSettings, Experiment
from stepviz.engine.setup.edits import drawn, with_data
from stepviz.engine.setup.experiment_file import decode, encode
from stepviz.engine.setup.validation import validate
from stepviz.engine.training.trainer import Trainer

PLANE = Drawing(((0.5, -0.5, 0.0), (-0.5, 0.25, 1.0), (0.0, 1.0, 1.0)), class_names=("blue", "orange"))
CURVE = Drawing(((-1.0, 0.5), (0.25, -0.5)), (DrawnColumn("x"), DrawnColumn("t", -2.0, 2.0)))


def experiment(drawing: Drawing) -> Experiment:
    return with_data(Experiment(), drawn(DataSettings(), drawing))


def test_points_become_the_examples_as_they_were_drawn() -> None:
    data = load_data(experiment(PLANE).data)
    assert data.inputs.tolist() == [[0.5, -0.5], [-0.5, 0.25], [0.0, 1.0]]
    assert data.network_inputs.tolist() == data.inputs.tolist()
    assert data.targets.tolist() == [0, 1, 1]
    assert (data.task, data.class_names, data.input_names) == ("classification", ("blue", "orange"), ("x1", "x2"))
    assert data.input_ranges == ((-1.1, 1.1), (-1.1, 1.1))
    assert data.train.tolist() == [0, 1, 2]


def test_a_curve_is_a_regression_on_one_input() -> None:
    data = load_data(experiment(CURVE).data)
    assert data.inputs.tolist() == [[-1.0], [0.25]]
    assert np.asarray(data.targets).tolist() == [[0.5], [-0.5]]
    assert (data.task, data.input_names, data.target_names) == ("regression", ("x",), ("t",))
    assert data.target_ranges == ((-2.0, 2.0),)


def test_scaled_columns_are_undone_in_the_persons_units() -> None:
    columns = (DrawnColumn("km", 0.0, 100.0, mean=50.0, sd=25.0), DrawnColumn("minutes", 0.0, 60.0, mean=30.0, sd=10.0))
    data = load_data(experiment(Drawing(((75.0, 20.0),), columns)).data)
    assert data.network_inputs.tolist() == [[1.0]]
    assert np.asarray(data.targets).tolist() == [[-1.0]]
    assert data.to_target_units(np.array([[-1.0]])).tolist() == [[20.0]]


@pytest.mark.parametrize(
    ("classes", "loss"),
    [((), "squared-error"), (("a", "b"), "binary-cross-entropy"), (("a", "b", "c"), "softmax-cross-entropy")],
)
def test_each_kind_gets_a_loss_that_serves_it_and_trains(classes: tuple[str, ...], loss: str) -> None:
    columns = (DrawnColumn("x1"), DrawnColumn("x2"), *(() if classes else (DrawnColumn("t"),)))
    drawing = Drawing(((0.5, 0.5, 0.0), (-0.5, 0.5, 1.0), (0.0, -0.5, 1.0)), columns, classes)
    chosen = experiment(drawing)
    assert chosen.loss == loss
    trainer = Trainer(chosen)
    before = trainer.loss()
    trainer.step(100)
    assert trainer.loss() < before


def test_one_point_is_enough_to_train_on() -> None:
    trainer = Trainer(experiment(Drawing(((0.5, 0.5, 1.0),), class_names=("a", "b"))))
    trainer.step(200)
    assert trainer.loss() < 0.1


def test_weights_are_kept_when_a_point_is_added() -> None:
    trainer = Trainer(experiment(PLANE))
    trainer.step(20)
    before = trainer.theta.copy()
    more = replace(PLANE, points=(*PLANE.points, (0.75, 0.75, 0.0)))
    assert trainer.change(experiment(more))
    assert trainer.theta.tolist() == before.tolist()
    assert trainer.step_count == 20


def test_a_new_point_leaves_the_others_in_training_or_test() -> None:
    points = tuple((float(x), float(-x), 0.0) for x in np.linspace(-1, 1, 200))
    settings = replace(drawn(DataSettings(), replace(PLANE, points=points[:199])), test_share=0.3)
    fewer, more = load_data(settings), load_data(replace(settings, drawing=replace(PLANE, points=points)))
    assert set(fewer.test) <= set(more.test)
    assert set(fewer.train) <= set(more.train)
    assert 30 <= len(fewer.test) <= 90


def test_however_large_the_test_share_one_point_is_trained_on() -> None:
    for seed in range(20):
        settings = replace(drawn(DataSettings(), PLANE), test_share=0.9, seed=seed)
        assert len(load_data(settings).train) >= 1


@pytest.mark.parametrize("drawing", [PLANE, CURVE, replace(PLANE, class_names=("a", "b", "ç «d»"))])
def test_a_drawing_survives_the_file(drawing: Drawing) -> None:
    chosen = experiment(drawing)
    assert decode(encode(chosen)) == chosen


def test_a_point_takes_one_line_of_the_file() -> None:
    lines = encode(experiment(PLANE)).decode().splitlines()
    assert any(line.strip() == "[0.5, -0.5, 0.0]," for line in lines)


def test_a_file_from_before_there_was_drawing_is_read() -> None:
    body = json.loads(encode(Experiment()))
    for field in ("drawing", "checksum", "content"):
        del body["experiment"]["data"][field]
    assert decode(json.dumps(body).encode()) == Experiment()


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        (replace(PLANE, points=()), "points", "1 to 5"),
        (replace(PLANE, points=((0.0, 0.0, 0.0),) * (MOST_POINTS + 1)), "points", "5000"),
        (replace(PLANE, points=((0.0, 0.0, 0.0), (0.0, 0.0))), "points[1]", "2 numbers"),
        (replace(PLANE, points=((0.0, 0.0, 0.0), (0.0, math.nan, 0.0))), "points[1][1]", "nan"),
        (replace(PLANE, points=((math.inf, 0.0, 0.0),)), "points[0][0]", "inf"),
        (replace(PLANE, points=((0.0, 1.2, 0.0),)), "points[0][1]", "x2 from -1.1 to 1.1"),
        (replace(PLANE, points=((0.0, 0.0, 2.0),)), "points[0][2]", "0 to 1"),
        (replace(PLANE, points=((0.0, 0.0, 0.5),)), "points[0][2]", "class"),
        (replace(CURVE, points=((0.0, 3.0),)), "points[0][1]", "t from -2 to 2"),
        (replace(PLANE, class_names=("a",)), "class_names", "one"),
        (replace(PLANE, class_names=("a", "a")), "class_names", "once"),
        (replace(PLANE, class_names=("a", "")), "class_names[1]", "length"),
        (replace(PLANE, class_names=tuple("abcdefghijk")), "class_names", "10"),
        (replace(PLANE, columns=(DrawnColumn(),) * 3), "columns", "1 or 2 inputs"),
        (replace(CURVE, columns=(DrawnColumn(),)), "columns", "target"),
        (replace(CURVE, columns=(DrawnColumn(low=1.0, high=1.0), DrawnColumn())), "columns[0].high", "more than low"),
        (replace(CURVE, columns=(DrawnColumn(high=math.inf), DrawnColumn())), "columns[0].high", "finite"),
        (replace(CURVE, columns=(DrawnColumn(sd=0.0), DrawnColumn())), "columns[0].sd", "more than 0"),
        (replace(CURVE, columns=(DrawnColumn(sd=1e-300), DrawnColumn())), "columns[0].sd", "at most 1000"),
        (replace(CURVE, columns=(DrawnColumn(mean=math.nan), DrawnColumn())), "columns[0].mean", "nan"),
    ],
)
def test_a_drawing_that_cannot_be_is_refused_by_field(wrong: Drawing, field: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        validate(replace(Experiment(), data=replace(DataSettings(), name="drawn", drawing=wrong)))
    assert caught.value.field == f"data.drawing.{field}"
    assert says in str(caught.value)


def test_drawn_data_without_a_drawing_are_refused() -> None:
    with pytest.raises(InputError, match=r"data\.drawing"):
        validate(replace(Experiment(), data=DataSettings("drawn")))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["points", "columns", "low"]), inner),
    max_leaves=12,
)


@given(st.fixed_dictionaries({"points": json_values}, optional={"columns": json_values, "class_names": json_values}))
def test_whatever_a_file_says_is_a_drawing_it_is_trained_on_or_refused(found: dict[str, object]) -> None:
    body = json.loads(encode(experiment(PLANE)))
    body["experiment"]["data"]["drawing"] = found
    with contextlib.suppress(InputError):
        Trainer(decode(json.dumps(body).encode())).step(1)


@pytest.mark.parametrize("name", ["circle", "plane", "sine"])
def test_a_drawing_begins_from_the_points_of_a_data_set(name: str) -> None:
    data = load_data(DataSettings(name, samples=50))
    again = load_data(drawn(DataSettings(), drawing_of(data)))
    np.testing.assert_allclose(again.inputs, data.inputs, atol=2e-5)
    np.testing.assert_allclose(np.asarray(again.targets), np.asarray(data.targets), atol=2e-5)
    assert (again.class_names, again.input_ranges) == (data.class_names, data.input_ranges)
    assert drawing_of(again) == drawing_of(load_data(drawn(DataSettings(), drawing_of(again))))


def test_of_too_many_points_some_of_each_class_are_kept() -> None:
    drawing = drawing_of(load_data(DataSettings("circle", samples=20_000)))
    assert len(drawing.points) == MOST_POINTS
    assert abs(sum(point[2] for point in drawing.points) / MOST_POINTS - 0.5) < 0.05


def test_what_cannot_be_drawn_says_why() -> None:
    with pytest.raises(InputError, match="64 inputs"):
        drawing_of(load_data(DataSettings("digits")))


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_rounding_keeps_a_coordinate_on_its_axis(value: float, low: float, width: float) -> None:
    high = low + width
    rounded = round_to_axis(value, low, high)
    assert low <= rounded <= high
    if low <= value <= high:
        assert abs(rounded - value) <= 1e-5 * width
