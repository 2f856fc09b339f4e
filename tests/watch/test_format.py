"""What the recorder writes, the reader reads; damage is passed over and counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepviz.recordings.blocks import BlockReader, NotARecording, Rows, Said
from stepviz_watch.blocks import HEADER, MAGIC, MARK, Table, block, words
from stepviz_watch.thinning import Gathered, extremes, rows_in_one


def events(data: bytes, piece: int = 1 << 20) -> tuple[list[Said | Rows], BlockReader]:
    reader = BlockReader()
    return [e for at in range(0, len(data), piece) for e in reader.feed(data[at : at + piece])], reader


TABLE = Table(7, "numbers", [("step", "i8", ()), ("values", "f4", (3, 2))])


def a_file(rows: int = 5) -> bytes:
    blocks = [TABLE.block(TABLE.row(step=step, values=np.full((3, 2), step))) for step in range(rows)]
    return MAGIC + words(what="head", layers=[]) + TABLE.declaration(about={"why": "a test"}) + b"".join(blocks)


@given(st.integers(1, 200))
def test_pieces_of_any_length(piece: int) -> None:
    found, reader = events(a_file(), piece)
    rows = [event for event in found if isinstance(event, Rows)]
    assert [int(event.rows["step"][0]) for event in rows] == [0, 1, 2, 3, 4]
    assert rows[3].rows["values"].tolist() == [[[3.0] * 2] * 3]
    assert rows[0].table.about == {"why": "a test"}
    assert reader.damaged == 0
    data = a_file()
    assert all(data[event.offset : event.offset + 4] == MARK for event in rows)


def test_a_torn_block_waits_for_the_rest() -> None:
    data = a_file()
    found, reader = events(data[:-3])
    assert sum(isinstance(event, Rows) for event in found) == 4
    assert reader.damaged == 0
    assert [int(event.rows["step"][0]) for event in reader.feed(data[-3:])] == [4]


@pytest.mark.parametrize("offset", range(HEADER.size + 10))
def test_a_damaged_block_is_passed_over(offset: int) -> None:
    data = bytearray(a_file())
    row = len(TABLE.block(TABLE.row()))
    data[len(data) - 3 * row + offset] ^= 0xFF
    found, reader = events(bytes(data))
    assert [int(event.rows["step"][0]) for event in found if isinstance(event, Rows)] == [0, 1, 3, 4]
    assert reader.damaged == 1


def test_a_torn_block_between_whole_ones_is_passed_over() -> None:
    """As a disk leaves it that was full for a while."""
    data = a_file()
    row = len(TABLE.block(TABLE.row()))
    found, reader = events(data[: -2 * row - 20] + data[-2 * row :])
    assert [int(event.rows["step"][0]) for event in found if isinstance(event, Rows)] == [0, 1, 3, 4]
    assert reader.damaged == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04 and so on, a zip archive", "not a recording"),
        (b'{"layers": [1, 2]}       ', "not a recording"),
        (b"stepviz run 2\r\n\x00 and more", "format that this version"),
    ],
)
def test_what_is_no_recording_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(NotARecording, match=message):
        events(data)


@pytest.mark.parametrize(
    "fields",
    [
        [["step", "O", []]], [["step", "i8", [-1]]], [["step", "i8", [2**40]]], [["step", "f4", [70_000, 70_000]]],
        [["a", "i8", []], ["a", "i8", []]], [["a", "i8", [True]]], [["", "i8", []]], "step", [["step", "i8"]], [],
        [["step", "i8", [[1]]]], [["step", "S900", []]], [["step", ">i8", []]], [["step", "i8", [1] * 9]],
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_is_not_declared(fields: object) -> None:
    found, reader = events(MAGIC + words(what="table", kind=9, name="bad", fields=fields) + block(9, b"\0" * 8))
    assert found == []
    assert reader.damaged == 1
    assert not reader.tables


def test_what_inflates_to_too_much_is_damage() -> None:
    import zlib

    bomb = zlib.compress(b"\0" * (80 * 2**20), 9)
    found, reader = events(MAGIC + TABLE.declaration() + block(7, bomb, 1))
    assert found == []
    assert reader.damaged == 1


@pytest.mark.parametrize("text", [b"[" * 100_000, b"{}" * 3, b"\xff\xfe", b"1", b'{"a":' + b"9" * 10_000 + b"}"])
def test_words_that_are_none_are_damage(text: bytes) -> None:
    found, reader = events(MAGIC + block(0, text))
    assert found == []
    assert reader.damaged == 1


def test_marks_without_end_do_not_hold_the_reader_up() -> None:
    attack = HEADER.pack(MARK, 4_000_000, 1, 5, 0) * 400_000
    with pytest.raises(NotARecording, match="too many places"):
        events(MAGIC + attack)


def test_a_later_version_may_add_flags_kinds_and_words() -> None:
    found, reader = events(MAGIC + block(7, b"x", 4) + block(999, b"y") + words(what="news", of=[1]) + a_file()[16:])
    assert sum(isinstance(event, Rows) for event in found) == 5
    assert reader.damaged == 0


@given(st.lists(st.floats(width=32), min_size=1, max_size=60))
def test_thinning_keeps_extremes(values: list[float]) -> None:
    rows = np.zeros(len(values), [("step", "i8"), ("loss", "f8")])
    rows["step"], rows["loss"] = np.arange(len(values)), values
    kept = extremes(rows, "loss")
    assert len(kept) <= 4
    assert (np.diff(kept["step"]) > 0).all()
    assert kept["step"][-1] == len(values) - 1
    finite = [value for value in values if np.isfinite(value)]
    if finite:
        assert np.nanmin(np.where(np.isfinite(kept["loss"]), kept["loss"], np.nan)) == min(finite)
        assert np.nanmax(np.where(np.isfinite(kept["loss"]), kept["loss"], np.nan)) == max(finite)
    if len(finite) < len(values):
        assert not np.isfinite(kept["loss"]).all()


def test_gathered_rows_keep_the_least_and_the_largest() -> None:
    table = Table(1, "flow", [("of", "i8", ()), ("rms", "f8", (2,)), ("rms_low", "f8", (2,)), ("rms_high", "f8", (2,))])
    gathered = Gathered()
    for rms in ([3.0, np.nan], [1.0, 5.0], [2.0, 4.0]):
        gathered.add(table.row(of=1, rms=rms, rms_low=rms, rms_high=rms))
    row = gathered.take()
    assert row["of"] == 3
    assert row["rms"].tolist() == [[2.0, 4.0]]
    assert row["rms_low"].tolist() == [[1.0, 4.0]]
    assert row["rms_high"].tolist() == [[3.0, 5.0]]
    assert gathered.count == 0


def test_a_file_never_outgrows_its_limit() -> None:
    limit, written, stands_for = 1_000_000, 0, 0
    for _ in range(20_000):
        stands_for += rows_in_one(written, limit)
        written += 1000 if written < limit - 1000 else 0
        if written >= limit - 1000:
            break
    assert written <= limit
    assert stands_for > 200_000
    assert rows_in_one(0, limit) == rows_in_one(limit // 2 - 1, limit) == 1
    assert rows_in_one(3 * limit // 4, limit) == 16


def test_the_documented_example_is_read(tmp_path: Path) -> None:
    """FORMAT.md stands beside the package, and its magic is the one that is written."""
    import stepviz_watch

    text = (Path(stepviz_watch.__file__).parent / "FORMAT.md").read_text(encoding="utf-8")
    assert 'magic = "stepviz run 1\\r\\n\\0"' in text
    assert MAGIC == b"stepviz run 1\r\n\0"
