"""Columns of a table chosen, scaled and named, and a choice that can be used where the usual one cannot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_columns import CsvColumns, read_columns
from stepviz.engine.data.csv_dataset import csv_dataset, spelled_out, suggested, what_is_learned
from stepviz.engine.data.dataset import Dataset
from stepviz.engine.data.datasets import load_data
from stepviz.engine.race.joint_training import line_up
from stepviz.engine.race.race import Lane, Race
from stepviz.engine.settings.experiment import DataSettings, Experiment, HiddenLayer
from stepviz.engine.setup.experiment_file import decode, encode
from stepviz.engine.setup.setup import set_up
from stepviz.engine.setup.validation import validate
from stepviz.engine.training.trainer import Trainer

PEOPLE = "name,height,weight,shoe,kind\n" + "".join(
    f"person {n},{150 + n},{50 + n / 2},{36 + n % 5},{'ab'[n % 2]}\n" for n in range(20)
)
CSV = DataSettings("csv", path="people.csv")


def columns(text: str = PEOPLE) -> CsvColumns:
    return read_columns(text.encode(), "people.csv")


def dataset(text: str = PEOPLE, **chosen: object) -> Dataset:
    return csv_dataset(columns(text), replace(CSV, **chosen))


def test_columns_that_are_not_chosen_may_hold_anything() -> None:
    data = dataset(inputs=("shoe", "height"), target="kind")
    assert data.input_names == ("shoe", "height")
    assert data.inputs[:3].tolist() == [[36, 150], [37, 151], [38, 152]]
    assert (data.class_names, data.targets[:3].tolist()) == (("a", "b"), [0, 1, 0])


def test_a_whole_number_is_a_class_or_a_number_as_the_person_says() -> None:
    assert len(dataset(inputs=("height",), target="shoe").class_names) == 5
    data = dataset(inputs=("height",), target="shoe", task="regression")
    assert (data.task, data.to_target_units(np.asarray(data.targets))[:6, 0].round(9).tolist()) == (
        "regression", [36, 37, 38, 39, 40, 36],
    )  # fmt: skip
    weights = dataset(inputs=("height",), target="weight", task="classification")
    assert weights.class_names[:3] == ("50", "50.5", "51")


def test_classes_get_other_names_in_the_order_of_those_in_the_file() -> None:
    data = dataset(inputs=("height",), target="kind", class_names=("cats", "dogs"))
    assert (data.class_names, data.targets[:2].tolist()) == (("cats", "dogs"), [0, 1])


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"inputs": ("size",)}, "data.inputs: found the name 'size', expected one of the columns name, height"),
        ({"inputs": ("kind",)}, "data.inputs: found the target 'kind', expected other columns"),
        ({"inputs": ("height", " height")}, "data.inputs: found height,  height, expected each column once"),
        ({"inputs": ("name",)}, "line 2: column 'name': found the text 'person 0', expected a number"),
        ({"inputs": ("shoe",), "task": "regression"},
         "line 2: column 'kind': found the text 'a', expected a number, for a regression"),
        ({"inputs": ("shoe",), "class_names": ("a", "b", "c")},
         "data.class_names: found 3 names, expected 2: one for each of 'a', 'b'"),
        ({"inputs": ("shoe",), "target": "weight", "task": "regression", "class_names": ("a", "b")},
         "data.class_names: found 2 names, expected none, because the target is a number"),
        ({"inputs": ("shoe",), "scaling": "log"}, "data.scaling: found log, expected one of standard, range, none"),
    ],
)  # fmt: skip
def test_what_the_table_does_not_allow_is_named(chosen: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        dataset(**chosen)
    assert message in str(caught.value)


def test_more_than_a_hundred_numbers_are_no_classes() -> None:
    text = "x,t\n" + "".join(f"{n},{n / 7}\n" for n in range(101))
    with pytest.raises(InputError, match="found 101 different numbers, expected at most 100 classes"):
        dataset(text, task="classification")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scaling": "log"}, "data.scaling"),
        ({"inputs": ("a", "a")}, "data.inputs"),
        ({"class_names": ("a",)}, "data.class_names"),
        ({"class_names": ("a", "a")}, "data.class_names"),
        ({"class_names": ("a", "b\n")}, r"data.class_names\[1\]"),
        ({"class_names": ("a", "")}, r"data.class_names\[1\]"),
        ({"task": "guess"}, "data.task"),
    ],
)
def test_settings_that_no_table_allows_are_refused_with_their_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InputError, match=field):
        validate(replace(Experiment(), data=replace(CSV, **changes)))


def test_a_choice_travels_in_the_file_and_older_files_open() -> None:
    chosen = replace(CSV, inputs=("shoe",), target="kind", class_names=("cats", "dogs"), scaling="range")
    text = encode(replace(Experiment(), data=chosen))
    assert decode(text).data == chosen
    older = encode(Experiment(data=CSV))
    for field in ("inputs", "task", "class_names", "scaling"):
        older = b"\n".join(line for line in older.splitlines() if f'"{field}"'.encode() not in line)
    assert decode(older).data == CSV


def test_to_minus_one_and_one_over_the_training_rows_and_back() -> None:
    data = dataset(inputs=("height", "shoe"), target="weight", scaling="range", test_share=0.25)
    for part in (data.network_inputs[data.train], data.targets[data.train]):
        assert np.allclose((part.min(axis=0), part.max(axis=0)), ([-1.0], [1.0]))
    assert np.allclose(data.input_scaling.undo(data.network_inputs), data.inputs)
    assert np.allclose(data.to_target_units(np.asarray(data.targets))[:, 0], 50 + np.arange(20) / 2)


def test_without_scaling_the_network_sees_the_table_itself() -> None:
    data = dataset(inputs=("height", "shoe"), target="weight", scaling="none")
    assert (data.network_inputs == data.inputs).all()
    assert data.targets[:3, 0].tolist() == [50, 50.5, 51]


@pytest.mark.parametrize("text", ["x,t\n1,0.5\n2e6,1.5\n", "x,t\n1,0.5\n2,2000000.5\n"])
def test_numbers_that_need_scaling_are_refused_without(text: str) -> None:
    assert dataset(text).task == "regression"
    with pytest.raises(InputError, match=r"as large as 2e\+06 without scaling, expected at most 1,000,000"):
        dataset(text, scaling="none")


def test_what_float16_cannot_hold_is_refused_and_not_trained_on() -> None:
    text = "x,t\n" + "".join(f"{n * 10_000},{n / 2}\n" for n in range(20))
    inside = replace(CSV, content=text, scaling="none")
    experiment = replace(Experiment(), data=inside, loss="squared-error")
    trainer = Trainer(experiment)
    trainer.step(3)
    assert trainer.loss("train") > 0
    with pytest.raises(InputError, match="precision: found float16, expected float32 or float64, or another data"):
        set_up(replace(experiment, precision="float16"))
    assert set_up(replace(experiment, precision="float16", data=replace(inside, scaling="range")))


def test_lanes_on_other_columns_or_scalings_are_trained_apart() -> None:
    inside = replace(CSV, content=PEOPLE, inputs=("height", "shoe"))
    base = replace(Experiment(), data=inside, layers=(HiddenLayer(2),))
    others = [replace(inside, scaling="range"), replace(inside, inputs=("shoe", "height")), inside]
    race = Race(base, tuple(Lane(str(n), replace(base, data=data)) for n, data in enumerate(others)))
    lanes = line_up(race)
    assert len({id(lane.trainer) for lane in lanes}) == 3
    same = Race(base, (Lane("a", base), Lane("b", replace(base, learning_rate=0.1))))
    assert len({id(lane.trainer) for lane in line_up(same)}) == 1


def test_a_usual_table_is_suggested_as_it_is() -> None:
    text = "x,y,t\n1,2,a\n3,4,b\n"
    assert suggested(columns(text), CSV) == CSV
    assert spelled_out(columns(text), CSV) == replace(CSV, target="t", inputs=("x", "y"))


def test_columns_of_text_and_gaps_are_left_out_of_the_suggestion() -> None:
    assert suggested(columns(), CSV) == replace(CSV, target="kind", inputs=("height", "weight", "shoe"))
    gaps = "age,x,t,remark\n1,2,a,\n,3,b,\n2,4,a,late\n"
    assert suggested(columns(gaps), CSV) == replace(CSV, target="t", inputs=("x",))


def test_a_choice_of_columns_that_are_gone_gives_way_to_the_usual_one() -> None:
    assert suggested(columns("x,t\n1,a\n2,b\n"), replace(CSV, target="z", scaling="range")) == CSV


def test_where_nothing_can_be_learned_the_usual_choice_is_complained_of() -> None:
    with pytest.raises(InputError, match="line 2: column 'y': found the text 'abc'"):
        suggested(columns("x,y\n1,abc\n2,3\n"), CSV)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"inputs": ("height", "weight"), "test_share": 0.25}, "2 inputs → 2 classes, 20 examples, 5 of them to test"),
        ({"inputs": ("shoe",), "target": "weight", "test_share": 0.0},
         "1 input → the number «weight», 20 examples, none of them to test"),
    ],
)  # fmt: skip
def test_what_will_be_learned_is_said(chosen: dict[str, object], words: str) -> None:
    assert what_is_learned(dataset(**chosen)) == words


CELLS = st.sampled_from(["1", "2", "-3.5", "1e99", "5e-324", "nan", "", "a", "b", "1_0", " 7 ", "1e999"])


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12),
    target=st.sampled_from(["", "x", "t", "nowhere"]),
    inputs=st.sampled_from([(), ("x",), ("t", "y")]),
    task=st.sampled_from(["auto", "classification", "regression"]),
    scaling=st.sampled_from(["standard", "range", "none"]),
)
def test_any_choice_of_any_table_gives_sound_data_or_an_input_error(
    rows: list[tuple[str, ...]], target: str, inputs: tuple[str, ...], task: str, scaling: str
) -> None:
    text = "x,y,t\n" + "".join(",".join(row) + "\n" for row in rows)
    chosen = replace(CSV, target=target, inputs=inputs, task=task, scaling=scaling, content=text)
    complaints: list[str] = []
    for wanted in (chosen, None):
        try:
            data = load_data(wanted or suggested(columns(text), chosen))
        except InputError as error:
            complaints.append(str(error))
            continue
        assert np.isfinite(data.network_inputs).all()
        assert np.isfinite(data.targets).all()
        lost = np.abs(data.input_scaling.undo(data.input_scaling.apply(data.inputs)) - data.inputs)
        assert (lost <= 1e-12 * np.abs(data.inputs).max(axis=0)).all()
        assert data.task == (task if wanted and task != "auto" else data.task)
    assert all(complaint.isprintable() for complaint in complaints)


@pytest.mark.parametrize("scaling", ["standard", "range"])
def test_the_typical_error_is_the_root_mean_square_in_the_units_of_the_table(scaling: str) -> None:
    data = dataset(inputs=("height",), target="weight", scaling=scaling)
    answers = np.linspace(-1, 1, 20)[:, None]
    loss = float(np.mean((answers - data.targets) ** 2))
    brute = np.sqrt(np.mean((data.to_target_units(answers)[:, 0] - (50 + np.arange(20) / 2)) ** 2))
    assert data.typical_error(loss) == pytest.approx(float(brute), rel=1e-12)
    assert dataset(inputs=("height",), target="weight", scaling="none").typical_error(loss) is None
    assert dataset(inputs=("height",), target="kind").typical_error(loss) is None


def test_axes_go_by_the_data_and_not_from_0() -> None:
    data = dataset(inputs=("height",), target="weight", task="regression")
    assert data.input_ranges == (pytest.approx((149.05, 169.95)),)
    assert data.target_ranges == (pytest.approx((49.525, 59.975)),)
