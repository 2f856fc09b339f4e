"""Whether «1.201» in a column is one and a bit or more than a thousand: by what else stands in the table."""

from __future__ import annotations

from collections.abc import Sequence

from stepviz.engine.data.csv_cells import Cells

# Where nothing else tells: semicolons come from where the comma is the decimal sign.
_UNTOLD = {";"}


def decimal_signs(columns: Sequence[Cells], delimiter: str, chosen: str = "") -> list[str]:
    """Return the decimal sign of each column, "." or ","; for a column that cannot be told, why not.

    A column goes by its own numbers: «1.5» and «1,234.5» can be read in one way only. Where all of its numbers could
    be either, «1.201» or «1,201», it goes by the other columns; where these do not tell, or not with one voice, a point
    is the decimal sign unless semicolons separate the cells, and commas separate thousands where commas separate the
    cells. ``chosen`` ("." or ",") settles it for all.
    """
    points = any("." in cells.marks for cells in columns)
    commas = any("," in cells.marks for cells in columns)
    return [_sign(cells, delimiter, chosen, points=points, commas=commas) for cells in columns]


def _sign(cells: Cells, delimiter: str, chosen: str, *, points: bool, commas: bool) -> str:
    marks = cells.marks
    if "." in marks and "," in marks:
        return "both a point and a comma are decimal signs: write them alike"
    if chosen:
        other = "," if chosen == "." else "."
        words = "commas" if other == "," else "points"
        return f"there are decimal {words}: data.decimal={other}" if other in marks else chosen
    if "." in marks:
        return "."
    if "," in marks:
        return ","
    if "1.201" in marks and "1,201" in marks:
        return "1.201 beside 1,201: write them alike"
    for mark, sign in (("1.201", "."), ("1,201", ",")):
        if mark not in marks:
            continue
        if points != commas:
            return "." if points else ","
        if not points and (delimiter not in _UNTOLD if sign == "." else delimiter == ","):
            return "."
        return f"numbers such as {mark} can be thousands or decimals: data.decimal=. or data.decimal=, says which"
    return "," if commas and not points else "."


def need_care(columns: Sequence[Cells]) -> bool:
    """Return whether a table has to be read again, each point looked at: it has commas in its numbers."""
    return any("," in cells.marks or "1,201" in cells.marks for cells in columns)
