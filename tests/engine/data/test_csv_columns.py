"""Tables as people have them, each with what is read from it and what is learned by default."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_columns import CsvColumns, Reading, read_columns
from stepviz.engine.data.csv_dataset import csv_dataset
from stepviz.engine.data.csv_report import TableReport, report_on
from stepviz.engine.data.datasets import load_data
from stepviz.engine.settings.experiment import DataSettings
from stepviz.engine.setup.open_file import read_table, usual_table


def rows(row: Callable[[int], str], count: int = 30) -> str:
    return "".join(row(place) + "\n" for place in range(count))


def columns(text: str | bytes, reading: Reading = Reading()) -> CsvColumns:  # noqa: B008  # frozen
    return read_columns(text.encode() if isinstance(text, str) else text, "table.csv", (), reading)


@pytest.fixture
def report(tmp_path: Path) -> Callable[..., TableReport]:
    def report(text: str | bytes, name: str = "table.csv", **chosen: object) -> TableReport:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        if not chosen:
            # The window's dialog begins with what the command line takes.
            assert read_table(DataSettings(), path)[1] == usual_table(DataSettings(), path)[1]
        found, data = usual_table(DataSettings("csv", path=str(path), **chosen), path)
        dataset = csv_dataset(found, data)
        again = load_data(data)
        assert again.inputs.tobytes() == dataset.inputs.tobytes()
        assert again.class_names == dataset.class_names
        result = report_on(found, data, dataset)
        assert result.examples + sum(part.rows for part in result.left_out) == result.rows
        return result

    return report


Report = Callable[..., TableReport]
GAPS = ["NA", "N/A", "n/a", "nan", "NaN", "?", " ? ", "-", "--", "null", "NULL", "none", "None", "#N/A", "", "   ",
        "<NA>", "n.a.", ".", "#DIV/0!", "\\N", "missing"]  # fmt: skip


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_gap_takes_its_row_and_no_column(report: Report, gap: str, place: int) -> None:
    def row(number: int) -> str:
        cells = [f"{number / 2}", str(number * number), "ab"[number % 2]]
        if number == 5:
            cells[place] = gap
        return ",".join(cells)

    found = report("x,y,t\n" + rows(row))
    assert (found.examples, found.inputs, found.target) == (29, ("x", "y"), "t")
    assert [(part.rows, part.column, part.line) for part in found.left_out] == [(1, "xyt"[place], 7)]
    assert [column.gaps for column in found.columns] == [int(number == place) for number in range(3)]
    assert found.classes == ("a", "b")


def test_a_gap_in_a_column_that_is_not_used_takes_nothing(report: Report) -> None:
    text = "species,island,mass,t\n" + rows(
        lambda n: f"{'AGC'[n % 3]},{'' if n % 4 else 'Dream'},{'' if n in (3, 9) else 3000 + n},{n % 2}", 344
    )
    found = report(text)
    assert (found.examples, found.inputs) == (342, ("mass",))
    assert found.left_out[0].reason == "a gap in 'mass'"


def test_a_column_that_is_mostly_gaps_is_left_out_rather_than_its_rows(report: Report) -> None:
    found = report("x,y,t\n" + rows(lambda n: f"{n / 2},{n if n % 10 == 5 else ''},{'ab'[n % 2]}"))
    assert (found.examples, found.inputs) == (30, ("x",))
    assert found.columns[1].why_not == "gaps in 27 of 30 rows"
    exactly_half = report("x,y,t\n" + rows(lambda n: f"{n / 2},{n if n % 4 < 2 else ''},{'ab'[n % 2]}", 40))
    assert (exactly_half.examples, exactly_half.inputs) == (20, ("x", "y"))


def test_where_gaps_together_would_take_most_rows_the_worst_columns_go(report: Report) -> None:
    def row(number: int) -> str:
        gaps = ["" if number % 3 == place else str(number) for place in range(3)]
        return ",".join([f"{number / 2}", *gaps, "ab"[number % 2]])

    found = report("x,a,b,c,t\n" + rows(row))
    assert (found.examples, found.inputs) == (20, ("x", "c"))
    assert "fewer than half of the 30 rows" in found.columns[1].why_not


def test_marked_gaps_are_asked_for_and_then_taken(report: Report) -> None:
    text = "x,y,t\n" + rows(lambda n: f"{n / 2},{-999 if n % 7 == 5 else n * n},{'ab'[n % 2]}")
    found = report(text)
    assert found.examples == 30
    assert any("'y' holds -999 in 4 rows" in note and "data.gaps" in note for note in found.notes)
    marked = report(text, gaps=("-999",))
    assert (marked.examples, marked.columns[1].range, marked.columns[1].gaps) == (26, (0, 841), 4)


def test_plus_and_minus_are_classes_where_both_stand(report: Report) -> None:
    found = report("x,y,t\n" + rows(lambda n: f"{n / 2},{n},{'+-'[n % 2]}"))
    assert (found.examples, found.classes) == (30, ("+", "-"))


def test_few_cells_of_text_among_numbers_take_their_rows_and_are_named(report: Report) -> None:
    found = report("x,y,t\n" + rows(lambda n: f"{n / 2},{'oops' if n == 5 else n / 7},{'ab'[n % 2]}"))
    assert (found.examples, found.inputs) == (29, ("x", "y"))
    assert str(found.left_out[0]) == "1 row left out: the text 'oops' in 'y', first in line 7"


def test_many_cells_of_text_among_numbers_leave_out_the_column_with_the_setting_that_helps(report: Report) -> None:
    text = "x,y,t\n" + rows(lambda n: f"{n / 2},{'oops' if n % 9 == 4 else n / 7},{'ab'[n % 2]}")
    found = report(text)
    assert (found.examples, found.inputs) == (30, ("x",))
    assert (
        found.columns[1].why_not == "line 6: the text 'oops' among numbers; data.gaps='[\"oops\"]' counts it as a gap"
    )
    assert report(text, gaps=("oops",)).inputs == ("x", "y")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_every_separator_and_encoding(report: Report, delimiter: str, encoding: str) -> None:
    text = f"größe{delimiter}b{delimiter}c\n" + rows(
        lambda n: delimiter.join([f"{n / 4}", str(n * n), ("ä", "é")[n % 2]])
    )
    found = report(text.encode(encoding))
    assert (found.separator, found.examples, found.inputs) == (delimiter, 30, ("größe", "b"))
    assert found.classes == ("ä", "é")
    assert found.columns[0].range == (0, 7.25)
    assert any("Windows-1252" in note for note in found.notes) == (encoding == "latin-1")


HEAD = "a,b,y\n"
BODY = rows(lambda n: f"{n},{n * n},{n % 2}")
SEMICOLONS = (HEAD + BODY).replace(",", ";")


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\n" + SEMICOLONS,
        '"sep=;"\r\n' + SEMICOLONS.replace("\n", "\r\n"),
        SEMICOLONS + ";;\n;;\n\n",
        HEAD + BODY.replace("\n", ",\n"),
        "a,b,y,\n" + BODY.replace("\n", ",\n"),
        "a,b,y,\n" + BODY,
        HEAD + BODY.replace("\n", ",,,\n"),
        HEAD + BODY.replace("\n", "\r"),
        "# made on a Monday, at noon\n# by hand\n" + HEAD + BODY + "# the end\n",
        "A table of things\n\n" + HEAD + BODY,
        HEAD + BODY + "Source: a friend\n",
        '"a" ,"b","y"\n' + rows(lambda n: f'"{n}" ,"{n * n}" , "{n % 2}"'),
        rows(lambda n: f"\u00a0{n}\u00a0, {n * n},{n % 2}").join([HEAD, ""]),
        "# a b y\n" + BODY.replace(",", " "),
        "   a     b   y\n" + rows(lambda n: f"{n:4d}  {n * n:4d}   {n % 2}"),
    ],
)
def test_the_same_table_in_every_dress(report: Report, text: str) -> None:
    found = report(text)
    assert (found.examples, found.rows, found.inputs, found.target) == (30, 30, ("a", "b"), "y")
    assert [column.range for column in found.columns] == [(0, 29), (0, 841), (0, 1)]
    assert found.classes == ("0", "1")


def test_quoted_cells_hold_tabs_delimiters_and_line_breaks(report: Report) -> None:
    found = report('a;"b\t";"c\nof; all"\n' + rows(lambda n: f'{n};{n * n};"{"ab"[n % 2]}\nx"'))
    assert (found.inputs, found.target, found.classes) == (("a", "b"), "c of; all", ("a x", "b x"))
    with pytest.raises(InputError, match="line 2: the text: found a malformed cell"):
        report('a,b,c\n1,2,"x\n' + BODY)


@pytest.mark.parametrize(
    ("first", "second", "expected", "delimiter"),
    [
        ("{n},5", "{n}.201", 1201.0, ";"),
        ("{n}.5", "{n},201", 1201.0, ";"),
        ("{n}.5", '"{n},201"', 1201.0, ","),
        ('"{n},5"', "{n}.201", 1201.0, ","),
        ("{n},5", "{n}.201", 1201.0, "\t"),
        ("{n},5", "{n},201", 1.201, ";"),
        ("{n}.5", "{n}.201", 1.201, ";"),
        ("{n}.5", "{n}.201", 1.201, ","),
        ("{n}", "{n}.201", 1.201, ","),
        ("{n}", '"{n},201"', 1201.0, ","),
        ("{n}", "{n}.201", None, ";"),
        ("{n}", "{n},201", None, ";"),
        ("{n},5", "{n}.234.567", 1234567.0, ";"),
        ("{n}", "{n}.234,5", 1234.5, ";"),
        ("{n}", "{n}'201", 1201.0, ";"),
        ("{n}", "{n}\u00a0201", 1201.0, ";"),
        ("{n}", "€ {n}.201", 1201.0, ";"),
        ("{n}", '"${n},201"', 1201.0, ","),
        ("{n}", "{n}.5%", 1.5, ","),
        ("{n}", "({n}.5)", -1.5, ","),
    ],
)
def test_thousands_are_thousands_or_refused(first: str, second: str, expected: float | None, delimiter: str) -> None:
    text = f"a{delimiter}b{delimiter}t\n" + rows(
        lambda n: delimiter.join([first.format(n=n + 1), second.format(n=n + 1), "xy"[n % 2]]), 12
    )
    column = columns(text).columns[1]
    if expected is None:
        assert column.kind == "unclear numbers"
        assert "line 2" in column.why_not
        assert "data.decimal" in column.why_not
        for sign, value in ((".", 1.201), (",", 1201.0)):
            chosen = columns(text, Reading(decimal=sign)).columns[1].numbers[0]
            assert chosen == (value if "." in second else {1.201: 1201.0, 1201.0: 1.201}[value])
    else:
        assert column.kind == "number"
        assert column.numbers[0] == pytest.approx(expected, abs=1e-12)


def test_two_conventions_or_units_in_one_column_are_no_numbers() -> None:
    both = columns("a;b;t\n" + rows(lambda n: f"{n};{('1.5', '1,5')[n % 2]};x"))
    assert (both.columns[1].kind, "write them alike" in both.columns[1].why_not) == ("unclear numbers", True)
    mixed = columns("a,b,t\n" + rows(lambda n: f"{n},{n}{'%' * (n % 2)},x"))
    assert mixed.columns[1].why_not == "numbers with different units: % and no unit"


@pytest.mark.parametrize("pair", [("FALSE", "TRUE"), ("no", "yes"), ("False", "True"), ("n", "y"), ("f", "t")])
def test_yes_and_no_are_1_and_0_and_classes_as_the_target(report: Report, pair: tuple[str, str]) -> None:
    found = report("a,flag,t\n" + rows(lambda n: f"{n},{pair[n % 3 == 0]},{pair[n % 2]}"))
    assert (found.inputs, found.classes) == (("a", "flag"), pair)
    assert (found.columns[1].kind, found.columns[1].range) == ("yes or no", (0, 1))


@pytest.mark.parametrize(
    "cell",
    ["2020-01-{:02d}", "{:02d}.01.2020", "01/{:02d}/2020", "2020-01-{:02d} 10:30", "2020-01-{:02d}T10:30:00Z",
     "10:{:02d}", "{}-Jan", "Jan {}, 2020", "{} January 2020", "1-{:02d}", "2020-{:02d}"],
)  # fmt: skip
def test_dates_and_times_are_left_out_with_the_reason(report: Report, cell: str) -> None:
    found = report("x,y,when\n" + rows(lambda n: f'{n / 3},{n / 7},"{cell.format(n % 12 + 1)}"'))
    assert (found.target, found.inputs, found.columns[2].kind) == ("y", ("x",), "date or time")
    assert found.columns[2].why_not == "dates or times are no numbers"
    assert any("'when', is not the target" in note for note in found.notes)


def test_row_numbers_and_identifiers_are_no_inputs_and_this_is_said(report: Report) -> None:
    found = report(",CustomerId,name,x,t\n" + rows(lambda n: f"{n},{9000 + 7 * n},n{n},{n % 5},{'ab'[n % 2]}"))
    assert found.inputs == ("x",)
    assert [column.kind for column in found.columns] == ["row number", "identifier", "identifier", "number", "text"]
    assert found.columns[0].why_not == "it numbers the rows"
    assert any("'column 1': it numbers the rows; 'CustomerId'" in note for note in found.notes)
    # Where there is nothing else they serve.
    assert report("id,t\n" + rows(lambda n: f"{n},{n / 7}")).inputs == ("id",)
    # A column that counts, but is not called so, is an input.
    assert report("hour,t\n" + rows(lambda n: f"{n},{n / 7}")).inputs == ("hour",)


@pytest.mark.parametrize(
    ("target", "task", "count"),
    [
        (lambda n: n % 2, "classification", 30),
        (lambda n: 2 + 2 * (n % 2), "classification", 30),
        (lambda n: (-1) ** n, "classification", 30),
        (lambda n: 3 + n % 6, "classification", 30),
        (lambda n: 2007 + n % 3, "classification", 30),
        (lambda n: f"{n % 3}.0", "classification", 30),
        (lambda n: f"{1000 * (n + 1)}.00", "regression", 15),
        (lambda n: 1000 * (n % 5), "regression", 30),
        (lambda n: n, "regression", 15),
        (lambda n: n % 25, "regression", 100),
        (lambda n: n / 2, "regression", 30),
        (lambda n: "abc"[n % 3], "classification", 30),
    ],
)
def test_whole_numbers_are_classes_only_where_they_look_so(report: Report, target, task: str, count: int) -> None:
    assert report("x,t\n" + rows(lambda n: f"{n / 3},{target(n)}", count)).task == task


def test_texts_that_are_all_different_are_no_target(report: Report) -> None:
    with pytest.raises(InputError, match=r"column 'month': found dates or times .*data\.target"):
        report("sales,month\n" + rows(lambda n: f"{n / 2},{1 + n // 12}-{n % 12 + 1:02d}", 36))
    found = report("x,sales,remark\n" + rows(lambda n: f"{n % 7},{n / 2},remark {n}"))
    assert (found.target, found.columns[2].kind) == ("sales", "identifier")
    assert report("x,sales,t\n" + rows(lambda n: f"{n % 7},{n / 2},only")).target == "sales"
    with pytest.raises(InputError, match="column 't': found only '1', in every row"):
        report("x,t\n" + rows(lambda n: "1,1"))


def test_a_column_called_label_is_the_target_wherever_it_stands(report: Report) -> None:
    found = report("label,x,y\n" + rows(lambda n: f"{n % 10},{n},{n / 3}"))
    assert (found.target, found.inputs, len(found.classes)) == ("label", ("x", "y"), 10)


@pytest.mark.parametrize(
    ("first", "row", "names"),
    [
        ("land,2018,2019,typ", "L{n},{n},{n},a", ("land", "2018", "2019", "typ")),
        ("x,2018,2019", "{n},{n},{n}", ("x", "2018", "2019")),
        ("2018,2019,2020", "{n},{n}.5,{n}", ("2018", "2019", "2020")),
        ("0,1,2,3,target", "{n}.5,{n},{n},{n},1", ("0", "1", "2", "3", "target")),
        ("0,1,2", "{n}.5,{n},1", ("0", "1", "2")),
        (",0,1", "{n},{n}.5,1", ("column 1", "0", "1")),
        ("5.1,3.5,setosa", "{n}.1,{n},setosa", ("column 1", "column 2", "column 3")),
        ("0,7,1", "{n},{n},1", ("column 1", "column 2", "column 3")),
        ("1,2,3", "{n},{n}.5,3", ("column 1", "column 2", "column 3")),
        ("2.5,NA,1", "{n},{n},1", ("column 1", "column 2", "column 3")),
        ("a,b,a", "{n},{n},1", ("a", "b", "a (2)")),
    ],
)
def test_the_first_row_holds_names_or_numbers(first: str, row: str, names: tuple[str, ...]) -> None:
    found = columns(first + "\n" + rows(lambda n: row.format(n=3 * n % 7), 12))
    assert found.names == names
    assert (found.has_header, found.rows) == ((True, 12) if names[0] != "column 1" or first[0] == "," else (False, 13))


def test_names_that_begin_alike_are_different_and_found_in_full() -> None:
    start = "How strongly do you agree with the following statement about your work: I "
    found = columns(f"{start}like it,{start}hate it,y\n" + BODY)
    assert len(set(found.names)) == 3
    assert all(len(name) <= 60 for name in found.names)
    assert (found.names[0][-7:], found.names[1][-7:]) == ("like it", "hate it")
    assert found.position(f"{start}hate it", "data.inputs") == 1


def test_infinite_numbers_take_their_rows(report: Report) -> None:
    found = report("x,y,t\n" + rows(lambda n: f"{n},{['inf', '-Infinity', '1e200'][n] if n < 3 else n},{'ab'[n % 2]}"))
    assert (found.examples, found.columns[1].range) == (27, (3, 1e200))
    assert found.left_out[0].reason == "no finite number in 'y'"


def test_short_rows_are_left_out_and_long_ones_refused_with_what_to_do(report: Report) -> None:
    short = report(HEAD + rows(lambda n: f"{n},{n * n},{n % 2}" if n != 7 else "7,49"))
    assert (short.examples, str(short.left_out[0])) == (
        29, "1 row left out: too few cells, none for 'y', first in line 9",
    )  # fmt: skip
    with pytest.raises(InputError, match=r"line 9: the row: found 4 cells, expected 3 .*quotes"):
        report(HEAD + rows(lambda n: f"{n},{n * n},{n % 2}" + ",extra" * (n == 7)))
    with pytest.raises(InputError, match="line 2: the row: found 2 cells, expected 3"):
        report(HEAD + rows(lambda n: f"{n},{n * n}"))


def test_constant_inputs_are_said(report: Report) -> None:
    assert any(
        "same value in every training row" in note
        for note in report("a,b,t\n" + rows(lambda n: f"5,{n},{n % 2}")).notes
    )


def test_hundreds_of_columns_open(report: Report) -> None:
    names = ",".join(["label", *(f"pixel{n}" for n in range(784))])
    found = report(
        names
        + "\n"
        + rows(lambda n: ",".join(str((n * place) % 256) for place in range(785)).replace("0", str(n % 10), 1))
    )
    assert (len(found.columns), len(found.inputs), found.target) == (785, 784, "label")


def test_settings_that_name_no_columns_mean_the_last_and_all_others_as_ever() -> None:
    text = "id,x,count\n" + rows(lambda n: f"{n},{n / 3},{n}", 15)
    # An experiment of before, with weights for two inputs and fifteen classes, opens as it was.
    dataset = load_data(DataSettings("csv", path="old.csv", content=text))
    assert (dataset.input_names, len(dataset.class_names)) == (("id", "x"), 15)
    # What can only be meant otherwise is chosen as usual.
    odd = text.replace("\n0,", "\nzero,").replace("\n1,", "\none,")
    other = load_data(DataSettings("csv", path="old.csv", content=odd))
    assert (other.input_names, other.target_names) == (("x",), ("count",))


def test_titles_of_several_cells_and_columns_of_fixed_width(report: Report) -> None:
    bank = report(
        '"Data Source","World Development Indicators",\n\n"Last Updated Date","2020-01-01",\n\n'
        '"Country Name","Code","1960","1961",\n' + rows(lambda n: f'"C{n}","X{n}","{n * 3.5}","{n * 2.25}",')
    )
    assert (bank.examples, bank.inputs, bank.target) == (30, ("1960",), "1961")
    mpg = report(
        rows(lambda n: f'{18 + n / 3:.1f}   8   {"?" if n == 5 else 130 + n}.5      3504.\t"buick {n % 4}"'), "mpg.data"
    )
    assert (mpg.examples, len(mpg.columns), mpg.classes[0]) == (29, 5, "buick 0")
    weights = report(rows(lambda n: f"  0.0{n:03d}  18.00   {n % 4}  {24 + n / 3:.2f}"), "housing.data")
    assert (weights.examples, len(weights.columns), weights.columns[0].range) == (30, 4, (0, 0.0029))


def test_a_table_is_parsed_once() -> None:
    data = (HEAD + BODY).encode()
    assert read_columns(data, "/a/table.csv") is read_columns(bytes(data), "/b/table.csv", ("y", "a"))


CELL = st.one_of(
    st.floats(-1e9, 1e9, allow_nan=False).map(repr),
    st.integers(-(10**6), 10**6).map(str),
)
WORD = st.text(alphabet="abcxyzäé \",;|\t\n'", min_size=1, max_size=8).map(lambda word: f"w{word}z")


@settings(max_examples=150, deadline=None)
@given(
    numbers=st.lists(st.tuples(CELL, CELL), min_size=4, max_size=20),
    words=st.lists(WORD, min_size=2, max_size=3, unique=True),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    ending=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    sep_line=st.booleans(),
)
def test_what_is_written_in_any_dialect_is_read_back(
    numbers: list[tuple[str, str]],
    words: list[str],
    delimiter: str,
    ending: str,
    encoding: str,
    quoting: int,
    sep_line: bool,
) -> None:
    text = io.StringIO(newline="")
    if sep_line:
        text.write(f"sep={delimiter}{ending}")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=quoting)
    writer.writerow(["first", "second", "word"])
    written = [(*pair, words[place % len(words)]) for place, pair in enumerate(numbers)]
    writer.writerows(written)
    found = columns(text.getvalue().encode(encoding))
    assert (found.delimiter, found.names, found.rows) == (delimiter, ("first", "second", "word"), len(numbers))
    for place in (0, 1):
        column = found.columns[place]
        # A column of nothing but «1.201» can mean two things; it is refused, not guessed.
        if column.kind == "unclear numbers":
            assert delimiter == ";"
            continue
        assert column.numbers.tolist() == [float(row[place]) for row in written]
    last = found.columns[2]
    assert last.codes is not None
    assert [last.texts[code] for code in last.codes] == [row[2].strip() for row in written]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet='01.5,;\t|\n"aNA?- %€#=', max_size=200).map(str.encode))
@example(b'"" 1 2\n"" 3 4\n"" 5 6\n')
def test_any_bytes_are_a_table_or_an_input_error(data: bytes) -> None:
    try:
        found = read_columns(data, "any.csv")
        chosen = DataSettings("csv", path="any.csv", content=data.decode("utf-8", "replace"))
        dataset = load_data(chosen)
    except InputError as error:
        complaint = str(error)
    else:
        complaint = ""
        assert len(set(found.names)) == len(found.names) >= 2
        assert np.isfinite(dataset.inputs).all()
    # An empty text is printable.
    assert complaint.isprintable()
    assert len(complaint) < 1000
