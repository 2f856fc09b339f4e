"""The cells of one column while a table is read: numbers are kept as numbers, texts once each."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.data.csv_gaps import is_gap
from stepviz.engine.data.csv_numbers import Mark, Written, written

_NAN = float("nan")
# Numbers of unusual form that are remembered: prices repeat themselves.
_REMEMBERED = 4096


class Cells:
    """What a column holds so far.

    ``marks`` say what its numbers reveal of the decimal sign, with the first row of each; ``units`` how many numbers
    have which; ``texts`` are all different texts, gaps too. ``careful``: points are looked at one by one, because they
    may separate thousands.
    """

    def __init__(self, *, careful: bool) -> None:
        self._careful = careful
        self._points = array("d")
        # Where the cell means another number if the comma is the decimal sign.
        self._comma_rows, self._comma_values = array("q"), array("d")
        self._text_rows, self._text_codes = array("q"), array("q")
        self._remembered: dict[str, Written | None] = {}
        self.texts: dict[str, int] = {}
        self.marks: dict[Mark, int] = {}
        self.units: dict[str, int] = {}

    def add(self, cells: Sequence[str]) -> None:
        """Take the next cells of the column."""
        if not self._taken_at_once(cells):
            for cell in cells:
                self._take(cell.strip())

    def numbers(self, decimal: str) -> Array:
        """Return the numbers (rows,), NaN where there is none, with "." or "," as the decimal sign."""
        values = np.array(self._points, dtype=np.float64)
        if decimal == "," and self._comma_rows:
            values[np.array(self._comma_rows)] = np.array(self._comma_values)
        return values

    def codes(self) -> np.ndarray:
        """Return the place of each cell's text in ``texts`` (rows,) int32; -1 where the cell is a number."""
        codes = np.full(len(self._points), -1, dtype=np.int32)
        if self._text_rows:
            codes[np.array(self._text_rows)] = np.array(self._text_codes)
        return codes

    def _taken_at_once(self, cells: Sequence[str]) -> bool:
        joined = "".join(cells)
        if not self._plain(joined):
            return False
        try:
            # Once a decimal comma was seen the other reading of a number is not asked for any more.
            values = list(map(float, [cell.replace(",", ".") for cell in cells] if "," in joined else cells))
        except ValueError:
            return False
        self._points.extend(values)
        return True

    def _take(self, text: str) -> None:
        row = len(self._points)
        if self._plain(text):
            try:
                # "nan" becomes NaN: a gap.
                self._points.append(float(text.replace(",", ".")))
            except ValueError:
                pass
            else:
                return
        found = None if text in self.texts or is_gap(text) else self._written(text)
        if found is None:
            self._points.append(_NAN)
            self._text_rows.append(row)
            self._text_codes.append(self.texts.setdefault(text, len(self.texts)))
            return
        if found.mark:
            self.marks.setdefault(found.mark, row)
        if found.unit:
            self.units[found.unit] = self.units.get(found.unit, 0) + 1
        self._points.append(_NAN if found.point is None else found.point)
        if found.comma != found.point:
            self._comma_rows.append(row)
            self._comma_values.append(_NAN if found.comma is None else found.comma)

    def _plain(self, text: str) -> bool:
        """Return whether float() reads what stands here as the column means it."""
        # float() takes "1_000" too: no number in a table.
        if "_" in text:
            return False
        if "," in text:
            return "," in self.marks and "." not in self.marks and "." not in text
        return not (self._careful and "." in text and "." not in self.marks)

    def _written(self, text: str) -> Written | None:
        if text not in self._remembered:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            self._remembered[text] = written(text)
        return self._remembered[text]
