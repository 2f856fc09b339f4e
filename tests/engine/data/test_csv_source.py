"""A CSV is the one that was chosen, or travels inside the experiment."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_source import with_checksum, with_content
from stepviz.engine.data.datasets import load_data
from stepviz.engine.settings.experiment import DataSettings, Experiment
from stepviz.engine.settings.limits import MOST_CONTENT
from stepviz.engine.setup.experiment_file import decode, encode
from stepviz.engine.setup.open_file import open_file
from stepviz.engine.setup.validation import validate

TEXT = 'km,"town, of all",hours\n1.5,2,0.1\n2,3,0.25\n4,-1,0.5\n'


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "walks.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_opening_a_csv_notes_its_checksum(table: Path) -> None:
    data = open_file(table).data
    assert data.checksum == hashlib.sha256(TEXT.encode()).hexdigest()
    assert load_data(data).inputs.tolist() == [[1.5, 2.0], [2.0, 3.0], [4.0, -1.0]]


def test_a_changed_file_is_refused_with_both_checksums_and_what_to_do(table: Path) -> None:
    chosen = open_file(table).data
    table.write_text(TEXT + "5,5,5\n", encoding="utf-8")
    now = hashlib.sha256(table.read_bytes()).hexdigest()
    with pytest.raises(InputError) as caught:
        load_data(chosen)
    for word in ("walks.csv", chosen.checksum[:8], now[:8], "open the CSV again"):
        assert word in str(caught.value)
    assert len(load_data(with_checksum(chosen)).inputs) == 4


def test_without_a_checksum_the_file_may_change(table: Path) -> None:
    data = replace(open_file(table).data, checksum="")
    table.write_text(TEXT + "5,5,5\n", encoding="utf-8")
    assert len(load_data(data).inputs) == 4


@pytest.mark.parametrize("wrong", ["abc", "g" * 64, "A" * 64, "0" * 64 + "\n"])
def test_what_is_no_checksum_is_refused(wrong: str) -> None:
    with pytest.raises(InputError, match=r"data\.checksum"):
        validate(replace(Experiment(), data=DataSettings(checksum=wrong)))


def test_a_csv_put_inside_needs_its_file_no_more(table: Path) -> None:
    chosen = open_file(table)
    before = load_data(chosen.data)
    inside = replace(chosen, data=with_content(chosen.data))
    table.unlink()
    travelled = decode(encode(inside))
    after = load_data(travelled.data)
    assert after.inputs.tobytes() == before.inputs.tobytes()
    assert (after.input_names, after.target_names) == (("km", "town, of all"), ("hours",))
    assert travelled.data.path == "walks.csv"
    assert load_data(replace(travelled.data, target="km")).target_names == ("km",)


def test_a_changed_file_is_not_put_inside_unseen(table: Path) -> None:
    chosen = open_file(table).data
    table.write_text(TEXT + "5,5,5\n", encoding="utf-8")
    with pytest.raises(InputError, match="has changed since"):
        with_content(chosen)


def test_too_long_a_table_stays_a_file(table: Path) -> None:
    row = f"{'1.25,' * 99}2.5\n"
    table.write_text("1," * 99 + "3.5\n" + row * (MOST_CONTENT // len(row) + 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"characters, expected at most 2,097,152"):
        with_content(open_file(table).data)


@pytest.mark.parametrize("content", ["\0", "a", "a,b\nx,1\nx,2\n", '"', "a,b\n\ud800,1\n2,2\n"])
def test_hostile_content_is_refused_as_a_file_would_be(content: str) -> None:
    with pytest.raises(InputError):
        load_data(DataSettings("csv", path="walks.csv", content=content))
