"""A choice in the making: what a tick changes, and what comes of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_columns import read_columns
from stepviz.engine.data.csv_dataset import suggested
from stepviz.engine.data.datasets import load_data
from stepviz.engine.settings.experiment import DataSettings, Experiment
from stepviz.engine.settings.limits import MOST_CONTENT
from stepviz.engine.setup.validation import validate
from stepviz.ui.table_wizard.table_choice import TableChoice

TABLE = "name,width,height,size\n" + "".join(f"n{n},{n},{n * n},{n % 3}\n" for n in range(12))
NUMBERS = "a,b,t\n" + "".join(f"{n},{n * n},{n / 8}\n" for n in range(12))


def choice_of(text: str = TABLE) -> TableChoice:
    columns = read_columns(text.encode(), "table.csv")
    return TableChoice(columns, suggested(columns, DataSettings("csv", path="/data/table.csv", test_share=0.25)))


def test_what_is_preselected_is_what_can_be_learned() -> None:
    choice = choice_of()
    assert (choice.settings.target, choice.settings.inputs) == ("size", ("width", "height"))
    assert choice.words == "2 inputs → 3 classes, 12 examples, 3 of them to test"
    assert choice.found_classes == (("0", 4), ("1", 4), ("2", 4))
    assert choice.why_no_input(0).startswith("table.csv, line 2: column 'name': found the text 'n0'")
    assert choice.why_no_input(3) == "It is the target"


def test_the_usual_choice_leaves_no_trace_in_the_settings() -> None:
    assert choice_of(NUMBERS).result() == DataSettings("csv", path="/data/table.csv", test_share=0.25)


def test_ticks_come_and_go_in_the_order_of_the_table_but_never_on_text_or_the_target() -> None:
    choice = choice_of()
    choice.toggle(1)
    assert choice.settings.inputs == ("height",)
    choice.toggle(1)
    choice.toggle(0)
    choice.toggle(3)
    assert choice.settings.inputs == ("width", "height")


def test_no_input_is_said_and_gives_no_data() -> None:
    choice = choice_of()
    choice.use(())
    assert (choice.dataset, choice.words) == (None, "")
    assert choice.complaint == "the inputs: found none, expected at least one column ticked"


def test_another_target_makes_the_one_before_an_input_and_forgets_its_names() -> None:
    choice = choice_of()
    assert choice.rename(1, "middle") == ""
    choice.take_target(1)
    assert (choice.settings.target, choice.settings.inputs) == ("width", ("height", "size"))
    assert choice.settings.class_names == ()
    # 12 whole numbers in 12 rows are no classes, unless the person says so.
    assert (choice.settings.task, choice.found_classes) == ("regression", ())
    choice.take_task("classification")
    assert len(choice.found_classes) == 12


def test_a_class_may_be_taken_for_a_number_and_back() -> None:
    choice = choice_of()
    choice.take_task("regression")
    assert choice.words.startswith("2 inputs → the number «size»")
    assert choice.found_classes == ()
    assert choice.numbers_of(3) is not None
    choice.take_task("classification")
    assert choice.settings.task == "auto"
    assert choice.numbers_of(3) is None


def test_scaling_shows_the_numbers_of_the_training_rows() -> None:
    choice = choice_of(NUMBERS)
    assert choice.dataset is not None
    trained = choice.dataset.inputs[choice.dataset.train]
    assert choice.numbers_of(0) == pytest.approx((trained[:, 0].mean(), trained[:, 0].std()))
    choice.take_scaling("range")
    low, high = trained[:, 1].min(), trained[:, 1].max()
    assert choice.numbers_of(1) == ((low + high) / 2, (high - low) / 2)
    choice.take_scaling("none")
    assert choice.numbers_of(2) == (0.0, 1.0)


def test_classes_are_renamed_once_each_and_nothing_means_as_in_the_file() -> None:
    choice = choice_of()
    assert choice.rename(0, "  small\nones ") == ""
    assert choice.settings.class_names == ("small ones", "1", "2")
    assert choice.rename(2, "small ones") == "Another class is called «small ones»"
    assert choice.settings.class_names == ("small ones", "1", "2")
    assert choice.rename(0, " ") == ""
    assert choice.settings.class_names == ()


def test_the_data_travel_inside_where_they_fit() -> None:
    choice = choice_of()
    choice.inside = True
    data = choice.result()
    assert (data.path, data.content, data.checksum) == ("table.csv", TABLE, "")
    assert (load_data(data).inputs == load_data(data).inputs).all()
    long = choice_of("a,b\n" + "1.00000000000000000000,0.5\n2.00000000000000000000,0.25\n" * 45_000)
    assert len(long.columns.data) > MOST_CONTENT
    assert not long.fits_inside
    long.inside = True
    with pytest.raises(InputError, match="to travel inside the experiment"):
        long.result()


CELLS = st.sampled_from(["1", "2", "-3.5", "a", "b", "", "nan", "7"])
STEPS = st.one_of(
    st.tuples(st.just("toggle"), st.integers(0, 2)),
    st.tuples(st.just("take_target"), st.integers(0, 2)),
    st.tuples(st.just("take_task"), st.sampled_from(["classification", "regression"])),
    st.tuples(st.just("take_scaling"), st.sampled_from(["standard", "range", "none"])),
)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=2, max_size=8), steps=st.lists(STEPS, max_size=6))
def test_whatever_is_clicked_what_is_shown_is_what_the_settings_give(
    rows: list[tuple[str, ...]], steps: list[tuple[str, object]]
) -> None:
    text = "x,y,t\n" + "".join(",".join(row) + "\n" for row in rows)
    try:
        choice = choice_of(text)
    except InputError:
        return
    for name, value in steps:
        getattr(choice, name)(value)
        assert (choice.dataset is None) == bool(choice.complaint)
    if choice.dataset is None:
        return
    choice.inside = True
    data = choice.result()
    validate(Experiment(data=data))
    again = load_data(data)
    assert (again.network_inputs == choice.dataset.network_inputs).all()
    assert (again.targets == choice.dataset.targets).all()
    assert again.class_names == choice.dataset.class_names
