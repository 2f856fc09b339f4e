"""What pandas reads of a table is what is read here, to 1e-12; without pandas, the values that it gave."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from stepviz.engine.data.csv_columns import read_columns
from stepviz.engine.data.csv_dataset import csv_dataset
from stepviz.engine.settings.experiment import DataSettings
from stepviz.engine.setup.open_file import usual_table

GAPS = ("NA", "", "NaN", "null", "#N/A")


def table(delimiter: str, decimal: str, thousands: str) -> str:
    source = random.Random(0)
    lines = [delimiter.join(["a", "b", "c", "t"])]
    for place in range(60):
        numbers = [source.uniform(-1e4, 1e4), source.gauss(0, 1), source.uniform(1e6, 1e9)]
        texts = [form.format(number) for form, number in zip(("{:,.4f}", "{:.17g}", "{:,.1f}"), numbers, strict=True)]
        written = [text.replace(",", "\0").replace(".", decimal).replace("\0", thousands) for text in texts]
        if place % 11 == 3:
            written[place % 3] = GAPS[place % 5] or ("NA" if delimiter == " " else "")
        lines.append(delimiter.join([*written, "xyz"[place % 3]]))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("delimiter", "decimal", "thousands"),
    [(",", ".", ""), (";", ",", "."), (";", ",", ""), (";", ".", ","), ("\t", ",", "."), ("\t", ".", ","),
     ("|", ".", ""), (" ", ".", "")],
)  # fmt: skip
def test_as_pandas_reads_it(tmp_path: Path, delimiter: str, decimal: str, thousands: str) -> None:
    pandas = pytest.importorskip("pandas")
    path = tmp_path / "table.csv"
    path.write_text(table(delimiter, decimal, thousands))
    frame = pandas.read_csv(path, sep=delimiter, decimal=decimal, thousands=thousands or None)
    found = read_columns(path.read_bytes(), "table.csv")
    for name, column in zip("abc", found.columns, strict=False):
        np.testing.assert_allclose(column.numbers, frame[name].to_numpy(dtype=float), rtol=1e-12)
        assert column.gaps == frame[name].isna().sum()
        assert column.range() == pytest.approx((frame[name].min(), frame[name].max()), rel=1e-12)
    columns, settings = usual_table(DataSettings(), path)
    whole = frame.dropna()
    dataset = csv_dataset(columns, settings)
    np.testing.assert_allclose(dataset.inputs, whole[["a", "b", "c"]].to_numpy(), rtol=1e-12)
    assert [dataset.class_names[code] for code in dataset.targets] == whole["t"].tolist()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a;b\n1.234,5;0,1\n-7;1e-3\n0,25;2\n", [[1234.5, 0.1], [-7.0, 0.001], [0.25, 2.0]]),
        ("a,b\n1.5,\n,2\n3,4\n", [[1.5, np.nan], [np.nan, 2.0], [3.0, 4.0]]),
        ("a\tb\n1\tNA\n2\t3.25\n5\t6\n", [[1.0, np.nan], [2.0, 3.25], [5.0, 6.0]]),
        ("a,b\n 1, 2\n3,4\n+5,-6.5E+2\n", [[1.0, 2.0], [3.0, 4.0], [5.0, -650.0]]),
    ],
)
def test_values_that_pandas_gave(text: str, values: list[list[float]]) -> None:
    found = read_columns(text.encode(), "table.csv")
    np.testing.assert_allclose(np.column_stack([column.numbers for column in found.columns]), values, rtol=1e-12)
