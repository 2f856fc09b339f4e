import csv
import io
import os
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepviz.engine.common.errors import InputError
from stepviz.engine.data import csv_columns
from stepviz.engine.data.csv_table import read_csv
from stepviz.engine.data.dataset import Table
from stepviz.engine.data.datasets import fitting_loss, load_data
from stepviz.engine.settings.experiment import DataSettings


@pytest.fixture
def write(tmp_path):
    def write(content: str | bytes) -> str:
        path = tmp_path / "data.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


def test_text_in_the_last_column_makes_classes(write):
    table = read_csv(write("width,height,kind\n1,2,dog\n3,4.5,cat\n5,6e1,dog\n"))
    assert table.inputs.tolist() == [[1, 2], [3, 4.5], [5, 60]]
    assert table.class_names == ("cat", "dog")
    assert table.targets.tolist() == [1, 0, 1]
    assert (table.input_names, table.target_names) == (("width", "height"), ("kind",))


def test_few_whole_numbers_make_classes_in_the_order_of_numbers(write):
    table = read_csv(write("x,y\n1,10\n2,9\n3,10.0\n4,-0\n5,0\n"))
    assert table.class_names == ("0", "9", "10")
    assert table.targets.tolist() == [2, 1, 2, 0, 0]


@pytest.mark.parametrize("targets", [[0.5, 1, 2], list(range(21))])
def test_fractions_or_many_whole_numbers_make_a_regression(write, targets):
    table = read_csv(write("x,y\n" + "".join(f"{row},{target}\n" for row, target in enumerate(targets))))
    assert table.class_names == ()
    assert table.targets.tolist() == [[target] for target in targets]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiters_byte_order_marks_and_line_endings(write, delimiter, start, ending):
    rows = [("a", "b", "t"), ("1", "2", "0.5"), ("3", "4", "0.25"), ()]
    table = read_csv(write(start + ending.join(delimiter.join(row) for row in rows)))
    assert table.input_names == ("a", "b")
    assert table.inputs.tolist() == [[1, 2], [3, 4]]
    assert table.targets.tolist() == [[0.5], [0.25]]


def test_decimal_commas_between_semicolons(write):
    table = read_csv(write("1,5;2,5;0,1\n-3,5;4;0,2\n"))
    assert table.inputs.tolist() == [[1.5, 2.5], [-3.5, 4]]
    assert table.targets.tolist() == [[0.1], [0.2]]
    assert table.input_names == ("column 1", "column 2")


def test_the_target_may_be_any_column_by_name(write):
    path = write("kind,x,y\na,1,2\nb,3,4\n")
    table = read_csv(path, "kind")
    assert (table.class_names, table.input_names) == (("a", "b"), ("x", "y"))
    assert read_csv(write("1,2,3\n2,5,6\n"), "column 1").inputs.tolist() == [[2, 3], [5, 6]]
    assert read_csv(write("1980,1990,y\n2,5,0\n1,2,1\n"), "y").input_names == ("1980", "1990")


def test_a_bad_input_beyond_the_target_is_named_by_its_own_column(write):
    with pytest.raises(InputError, match="line 3: column 'y': found the text 'much'"):
        read_csv(write("x,kind,y\n1,a,2\n3,b,much\n"), "kind")


def test_quoted_cells_may_hold_delimiters_quotes_and_line_breaks(write):
    table = read_csv(write('"width, m","the ""kind""\nof it"\n"1",a\n2,"b"\n'))
    assert (table.input_names, table.target_names) == (("width, m",), ('the "kind" of it',))
    with pytest.raises(InputError, match="line 5: column 'width, m'"):
        read_csv(write('"width, m","kind\nof it"\n1,a\n2,"b"\nx,a\n'))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x,y,t\n1,2,0.5\n3,abc,0.25\n", "data.csv, line 3: column 'y': found the text 'abc', expected a number"),
        ("x,t\n1,0.5\n1_0,0.25\n", "line 3: column 'x': found the text '1_0', expected a number"),
        ("x,t\n1,0.5\n2,zero\n3,0.25\n", "line 3: column 't': found the text 'zero', expected a number"),
        ("x,t\n1,0\n2,1\n3,l\n", "line 4: column 't': found the text 'l', expected a number"),
        ("1,2;5\n2;x;3\n", "line 2: the row: found 3 cells, expected 2 as in the first row"),
        ("x,y,t\n1,2,0\n\n,4,1\n", "1 row left out: a gap in 'x', first in line 4"),
        ("x,t\n1,a\n2, \n", "1 row left out: a gap in 't', first in line 3"),
        ("x,t\n1,a\nnan,b\n", "the rows: found 1 without a gap, expected at least 2"),
        ("x,t\n1,a\n-inf,b\n", "1 row left out: no finite number in 'x', first in line 3"),
        ("x,t\n1,a\n1e999,b\n", "no finite number in 'x', first in line 3"),
        ("x,t\n1,a\n1e101,b\n", "no finite number in 'x', first in line 3"),
        ("x,t\n1,1.5\n2,NaN\n", "a gap in 't', first in line 3"),
        ("x,y,t\n1,2,0\n1,2\n", "line 3: the row: found 2 cells, expected 3 as in the first row"),
        ("x,y,t\n1,2,0\n1,2,3,4\n", "line 3: the row: found 4 cells, expected 3 as in the first row"),
        ("x,t\n1,a\n2,a\n", "column 't': found only 'a', in every row, expected at least two different values"),
        ("x,t\n1,1.5\n2,1.5\n", "column 't': found only '1.5', in every row"),
        ("x,t\n1,a\n", "the table: found 1 row of data, expected at least 2"),
        ("x,t\n", "the table: found 0 rows of data, expected at least 2"),
        ("x\n1\n2\n", "the table: found 1 column, expected at least 2 columns, separated by"),
        ("\n \n", "the table: found nothing but blank lines"),
        (b"", "the file: found an empty file"),
        (b"\xef\xbb\xbf", "the table: found nothing but blank lines"),
        (b"x,t\n1,\0\n", "line 2: the text: found a NUL byte"),
        (b"x,t\n1,2\n\xe9,3\n", "line 3: column 'x': found the text '\u00e9', expected a number"),
        ("x,t\n1,2\n".encode("utf-16"), "the table: found 1 row of data"),
        (b"\xff\xfex\0,\0t\0\n\0\0", "found bytes that are not UTF-16"),
        ('x,t\n1,"2\n3,4\n', "line 2: the text: found a malformed cell"),
        ("x,t\n1," + "9" * 200_000 + "\n", "line 2: the text: found a malformed cell"),
        ("1," * 600_000, "line 1: the text: found more than 1,000,000 characters"),
        (",".join("1" * 4097), "line 1: the table: found 4,097 columns, expected at most 4,096"),
        ("x,t\n" + "".join(f"{n},name {n}\n" for n in range(101)), "column 't': found 101 different texts"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_place(write, content, message):
    with pytest.raises(InputError) as caught:
        read_csv(write(content))
    assert message in str(caught.value)
    assert "data.csv" in str(caught.value)


def test_an_unknown_target_is_refused_with_the_columns_there_are(write):
    with pytest.raises(InputError, match=r"data\.target: found the name 'z', expected one of the columns x, t"):
        read_csv(write("x,t\n1,a\n2,b\n"), "z")


def test_what_is_not_a_file_is_refused(tmp_path):
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    for path, found in (
        (tmp_path, "a folder"),
        (tmp_path / "none.csv", "no such file"),
        (fifo, "a device or pipe"),
        (tmp_path / ("x" * 5000), "a file that cannot be read"),
    ):
        with pytest.raises(InputError, match=found):
            read_csv(str(path))
    with pytest.raises(InputError, match="NUL"):
        read_csv("a\0b")


def test_an_unreadable_file_is_refused(write, monkeypatch):
    path = write("x,t\n1,a\n2,b\n")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    # The tests may run as root, whom no file refuses.
    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(InputError, match="cannot be read \\(Permission denied\\)"):
        read_csv(path)


def test_five_gigabytes_are_refused_without_reading(tmp_path):
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(5 * 2**30)
    start = time.perf_counter()
    with pytest.raises(InputError, match="found 5,120 MB, expected at most 64 MB"):
        read_csv(str(path))
    assert time.perf_counter() - start < 0.5


def test_ten_million_rows_are_refused_early(write):
    path = write(b"1,2\n" * 10_000_000)
    with pytest.raises(InputError, match="found more than 100,000 rows"):
        read_csv(path)


def test_too_many_cells_are_refused(write, monkeypatch):
    monkeypatch.setattr(csv_columns, "MOST_CELLS", 20)
    with pytest.raises(InputError, match="found more than 20 cells"):
        read_csv(write("1,2,3\n" * 20))


@settings(max_examples=300, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.text(alphabet='0123456789.,;\t\n\r"-eEnaif_ x\ufeff\0é', max_size=200).map(str.encode),
    ),
    target=st.sampled_from(["", "x", "column 1"]),
)
def test_any_bytes_give_a_sound_table_or_an_input_error(tmp_path_factory, content, target):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    result = attempt(str(path), target)
    if isinstance(result, InputError):
        assert str(result).isprintable()
    else:
        assert_sound(result)


def attempt(path: str, target: str) -> Table | InputError:
    try:
        return read_csv(path, target)
    except InputError as error:
        return error


def assert_sound(table: Table) -> None:
    rows, columns = table.inputs.shape
    assert rows >= 2
    assert len(table.input_names) == columns >= 1
    assert len(table.targets) == rows
    assert np.isfinite(table.inputs).all()
    if table.class_names:
        assert set(table.targets.tolist()) == set(range(len(table.class_names)))
        assert len(table.class_names) >= 2
    else:
        assert np.isfinite(table.targets).all()


NUMBERS = st.floats(-1e100, 1e100, allow_nan=False)


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=2, max_size=30),
    delimiter=st.sampled_from([",", ";", "\t"]),
    header=st.booleans(),
    decimal_comma=st.booleans(),
)
def test_what_was_written_is_read_bit_for_bit(tmp_path_factory, rows, delimiter, header, decimal_comma):
    rows[0] = (*rows[0][:2], 0.5)
    rows[1] = (*rows[1][:2], 0.25)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    if header:
        writer.writerow(["a", "b", "t"])
    for row in rows:
        cells = [repr(number) for number in row]
        writer.writerow([cell.replace(".", ",") for cell in cells] if decimal_comma and delimiter == ";" else cells)
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    table = read_csv(str(path))
    assert np.column_stack([table.inputs, table.targets]).tolist() == [list(row) for row in rows]


def test_a_regression_file_is_standardised_over_its_training_rows_and_can_be_undone(write):
    path = write("a,b,c,t\n" + "".join(f"{n},{n * n},7,{100 + n / 2}\n" for n in range(40)))
    data = load_data(DataSettings(name="csv", path=path, test_share=0.25))
    assert (len(data.train), len(data.test)) == (30, 10)
    assert np.allclose(data.network_inputs[data.train].mean(axis=0), 0)
    assert np.allclose(data.network_inputs[data.train].std(axis=0), [1, 1, 0])
    assert np.allclose(data.targets[data.train].std(), 1)
    assert np.allclose(data.to_target_units(data.targets)[:, 0], 100 + np.arange(40) / 2)
    assert np.allclose(data.transform(data.inputs), data.network_inputs)
    assert data.notes == ("The same value in every training row, so nothing to learn from: 'c'.",)
    assert data.target_names == ("t",)
    assert fitting_loss(data) == "squared-error"


def test_a_file_with_two_inputs_takes_features_of_the_scaled_inputs(write):
    path = write("height,width,kind\n" + "".join(f"{n},{n % 3},{'ab'[n % 2]}\n" for n in range(10)))
    data = load_data(DataSettings(name="csv", path=path, features=("x1", "x1*x2")))
    assert data.feature_names == ("height", "height*width")
    scaled = data.input_scaling.apply(data.inputs)
    assert np.allclose(data.network_inputs[:, 1], scaled[:, 0] * scaled[:, 1])
    assert fitting_loss(data) == "binary-cross-entropy"
    assert data.inputs[:, 0].tolist() == list(range(10))


def test_a_hundred_thousand_rows_are_read(write):
    table = read_csv(write(b"1.5,2.5,0\n1,2,1\n" * 50_000))
    assert table.inputs.shape == (100_000, 2)
