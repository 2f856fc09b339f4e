"""Files that are no text with rows and columns, called by their names."""

from __future__ import annotations

# First bytes, what the file is, and how to get a table out of it.
_SAVE = "text with one row per line: open it where it was made and save it as «CSV UTF-8»"
_UNPACK = "text with one row per line: unpack the file, and open the CSV that is in it"
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook of the old kind (.xls)", _SAVE),
    (b"\x1f\x8b", "a file packed by gzip (.gz)", _UNPACK),
    (b"BZh", "a file packed by bzip2 (.bz2)", _UNPACK),
    (b"\xfd7zXZ\0", "a file packed by xz (.xz)", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a file packed by Zstandard (.zst)", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive (.7z)", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive (.rar)", _UNPACK),
    (b"PAR1", "a Parquet file (.parquet)", "a CSV: write it with to_csv(…, index=False) of pandas or polars"),
    (b"ARROW1", "an Arrow or Feather file", "a CSV: write it with to_csv(…, index=False) of pandas or polars"),
    (b"FEA1", "a Feather file", "a CSV: write it with to_csv(…, index=False) of pandas or polars"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "a CSV: write the table with to_csv(…, index=False)"),
    (b"\x93NUMPY", "an array of NumPy (.npy)", 'a CSV: write it with numpy.savetxt(name, array, delimiter=",")'),
    (b"MATLAB 5.0", "a file of MATLAB (.mat)", "a CSV: write it with writetable or csvwrite"),
    (b"SQLite format 3\0", "a database of SQLite", "a CSV: export the table as CSV"),
    (b"$FL2", "a file of SPSS (.sav)", _SAVE),
    (b"<stata_dta>", "a file of Stata (.dta)", _SAVE),
    (b"RDX3\n", "a file of R (.RData)", "a CSV: write it with write.csv(…, row.names=FALSE)"),
    (b"%PDF", "a PDF", _SAVE),
    (b"\x89PNG", "a picture (PNG)", _SAVE),
    (b"\xff\xd8\xff", "a picture (JPEG)", _SAVE),
    (b"{\\rtf", "a text document (.rtf)", _SAVE),
)
# In a ZIP archive, what its members are called.
_MEMBERS: tuple[tuple[bytes, str, str], ...] = (
    (b"session.json", "a session of stepviz", "a table; open it as a session, with the ending .stepviz-session"),
    (b"xl/workbook.bin", "an Excel workbook (.xlsb)", _SAVE),
    (b"xl/", "an Excel workbook (.xlsx)", _SAVE),
    (b"opendocument.spreadsheet", "a LibreOffice table (.ods)", _SAVE),
    (b"Index/Tables/", "a table of Numbers (.numbers)", _SAVE),
    (b"word/", "a text document (.docx)", _SAVE),
    (b".npy", "an archive of NumPy (.npz)", 'a CSV: write it with numpy.savetxt(name, array, delimiter=",")'),
)
_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"<!doctype html", "a web page", "the CSV itself: on the page, choose «Download» or «Raw»"),
    (b"<html", "a web page", "the CSV itself: on the page, choose «Download» or «Raw»"),
    (b"<?xml", "XML", _SAVE),
    (b"version https://git-lfs", "a pointer of Git LFS", "the file that it stands for: fetch it with git lfs pull"),
    (b"%!ps", "PostScript", _SAVE),
)
_JSON = "a CSV: in Python, pandas.read_json(name).to_csv(…, index=False) writes one"


def other_format(data: bytes, name: str = "") -> tuple[str, str] | None:
    """Return what a file is that is no table of text, and what to do about it; None where it may be one.

    ``name`` is the file's: text that begins with a brace or bracket is JSON where the name says so too.
    """
    for signature, what, to_do in _SIGNATURES:
        if data.startswith(signature):
            return what, to_do
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(data)
    if data.endswith(b"PAR1") and b"\0" in data:
        return "a Parquet file (.parquet)", "a CSV: write it with to_csv(…, index=False) of pandas or polars"
    start = data[:256].removeprefix(b"\xef\xbb\xbf").lstrip()
    lowered = start.lower()
    for beginning, what, to_do in _BEGINNINGS:
        if lowered.startswith(beginning):
            return what, to_do
    if start[:1] == b"{" or (
        start[:1] == b"[" and (name.lower().endswith((".json", ".ndjson")) or _is_json_list(start))
    ):
        return "JSON", _JSON
    return None


def _is_json_list(start: bytes) -> bool:
    return start[1:].lstrip()[:1] in (b"{", b"[")


def _archive(data: bytes) -> tuple[str, str]:
    for member, what, to_do in _MEMBERS:
        if member in data:
            return what, to_do
    to_do = f"{_UNPACK}; or open it in Excel and save it as «CSV UTF-8»"
    return "a ZIP archive (.zip; an Excel workbook, .xlsx, is one too)", to_do
