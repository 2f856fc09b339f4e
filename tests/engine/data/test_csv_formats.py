"""What is no table of text is called by its name, with what to do."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_formats import other_format
from stepviz.engine.data.csv_text import encoding_of


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as whole:
        for name in names:
            whole.writestr(name, "a,b\n1,2\n")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "what", "to_do"),
    [
        (archive("xl/workbook.xml"), "x.csv", "Excel workbook (.xlsx)", "CSV UTF-8"),
        (archive("data.csv"), "x.zip", "ZIP archive (.zip", "unpack"),
        (b"PK\x03\x04" + bytes(range(256)), "x.csv", ".xlsx", "unpack"),
        (archive("arr_0.npy"), "x.npz", "NumPy (.npz)", "savetxt"),
        (archive("session.json", "a.npy"), "x", "session of stepviz", ".stepviz-session"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "x.csv.gz", "gzip", "unpack"),
        (b"PAR1" + bytes(8) + b"PAR1", "x.parquet", "Parquet", "to_csv"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.xls", "old kind (.xls)", "CSV UTF-8"),
        (b"SQLite format 3\0", "x.db", "SQLite", "export"),
        (b'{"a": [1, 2]}', "x.csv", "JSON", "to_csv"),
        (b'\xef\xbb\xbf\n[{"a": 1}]', "x.csv", "JSON", "to_csv"),
        (b"[1, 2]", "x.json", "JSON", "to_csv"),
        (b"<!DOCTYPE html>\n<html>", "x.csv", "web page", "Download"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "x.csv", "pointer of Git LFS", "git lfs pull"),
        (b"%PDF-1.7", "x.csv", "PDF", "CSV UTF-8"),
    ],
)
def test_other_files_are_named(data: bytes, name: str, what: str, to_do: str) -> None:
    with pytest.raises(InputError) as caught:
        encoding_of(data, name)
    assert str(caught.value).startswith(f"{name}: the file: found ")
    assert what in str(caught.value)
    assert to_do in str(caught.value)


@pytest.mark.parametrize("data", [b"a,b\n1,2\n", b"", b"[a],[b]\n1,2\n", b"PAR\n1\n", b"B,Z\n1,2\n"])
def test_tables_are_none_of_them(data: bytes) -> None:
    assert other_format(data, "x.csv") is None
