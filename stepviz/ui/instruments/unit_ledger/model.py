"""The ledger of hidden units as a table: rows, their order and filter, and their text for other programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QSortFilterProxyModel, Qt
from PySide6.QtGui import QFont, QIcon

from stepviz.probes.stuck_units import ALL_STATES, STUCK
from stepviz.runtime.subject import Subject
from stepviz.runtime.unit_ledger import EMPTY, LedgerView, moment_text
from stepviz.runtime.unit_words import fate_words, moment_range
from stepviz.ui.widgets.flat_table_model import FlatTableModel, Index, header_of

SORT_ROLE = Qt.ItemDataRole.UserRole
# Beyond these a table is no instrument any more: the grid shows them all.
MOST_ROWS = 4096
LAYER, UNIT, STATE, SINCE, FATE, REVIVED, CAUSE = range(7)
HEADERS = (
    ("Layer", "Hidden layer, from 1"),
    ("Unit", "Unit of the layer, from 1"),
    ("State", "Active, saturated, flat or starved; the last two are stuck"),
    ("Since step", "Since when the state holds. Units are looked at once a frame: «121–180» means at one of these"),
    ("Stuck", "Born dead: new weights, stuck at step 0. Died: stuck from a later step on, as near as the frames tell"),
    ("Revived", "How often it was stuck and then no longer"),
    ("Cause", "Why it is in this state"),
)
_CENTRED = frozenset({LAYER, UNIT, REVIVED})
_SEVERITY = (0, 1, 6, 4, 5, 3, 2)


# State, since (after, by), born dead, died (after, by), times revived, cause in words.
Facts = tuple[int, tuple[int, int], bool, tuple[int, int], int, str]


class Row(NamedTuple):
    """What stands in a row: ``texts`` by column, ``keys`` that order them, the state's code, the ``words`` that a
    filter finds, and the ``facts`` that it was made of.
    """  # noqa: D205  # one sentence

    texts: tuple[str, ...]
    keys: tuple[int | str, ...]
    state: int
    words: str
    facts: Facts


class LedgerModel(FlatTableModel):
    """One row per hidden unit; an update touches only the rows that changed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ledger = EMPTY
        self.subject: Subject | None = None
        self.rows: list[Row] = []
        self.chips: Sequence[QIcon] = ()
        self.header_font = QFont()

    def show_ledger(self, ledger: LedgerView, subject: Subject) -> None:
        """Show another state of the ledger."""
        known = self.subject is not None and subject.key is self.subject.key
        if known and ledger.since is self.ledger.since:
            # No unit has changed its state.
            self.ledger = ledger
            return
        same = ledger.widths == self.ledger.widths
        rows = rows_of(ledger, subject, self.rows if same else ())
        if not same:
            self.beginResetModel()
        before, self.rows = self.rows, rows
        self.ledger, self.subject = ledger, subject
        if not same:
            self.endResetModel()
            return
        for first, last in _ranges(number for number, row in enumerate(rows) if row is not before[number]):
            self.touch(first, last)

    def show_chips(self, chips: Sequence[QIcon]) -> None:
        """Take the pictures of the states, by their code."""
        self.chips = chips
        if self.rows:
            role = [Qt.ItemDataRole.DecorationRole]
            self.dataChanged.emit(self.index(0, STATE), self.index(len(self.rows) - 1, STATE), role)

    def row_total(self) -> int:
        """Return the number of units."""
        return len(self.rows)

    def column_total(self) -> int:
        """Return the number of columns."""
        return len(HEADERS)

    def cell(self, row: int, column: int, role: int) -> Any:
        """Return what Qt asks of a cell."""
        unit = self.rows[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return unit.texts[column]
        if role == SORT_ROLE:
            return unit.keys[column]
        if role == Qt.ItemDataRole.DecorationRole and column == STATE and self.chips:
            return self.chips[unit.state]
        if role == Qt.ItemDataRole.TextAlignmentRole and column in _CENTRED:
            return Qt.AlignmentFlag.AlignCenter
        if role == Qt.ItemDataRole.ToolTipRole and self.subject is not None:
            return tip_of(self.ledger, self.subject, row)
        return None

    def heading(self, column: int, role: int) -> Any:
        """Return what Qt asks of a header."""
        return self.header_font if role == Qt.ItemDataRole.FontRole else header_of(HEADERS, column, role)


class LedgerFilter(QSortFilterProxyModel):
    """Orders the rows and leaves out those that are not asked for."""

    def __init__(self, model: LedgerModel) -> None:
        super().__init__(model)
        self._model = model
        self._patterns: list[re.Pattern[str]] = []
        self._states: frozenset[int] = frozenset()
        self.setSortRole(SORT_ROLE)
        self.setSourceModel(model)

    def ask(self, text: str, states: frozenset[int]) -> None:
        """Show the rows that have all that ``text`` names, between commas, and one of the ``states`` (none: any)."""
        phrases = [" ".join(phrase.lower().split()) for phrase in text.split(",")]
        # «unit 1» is not unit 12, but «sat» is saturated.
        self._patterns = [re.compile(rf"(?<!\w){re.escape(phrase)}(?!\d)") for phrase in phrases if phrase]
        self._states = states
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, _source_parent: Index) -> bool:  # Qt's name
        """Return whether a row is shown."""
        row = self._model.rows[source_row]
        if self._states and row.state not in self._states:
            return False
        return all(pattern.search(row.words) for pattern in self._patterns)


def rows_of(ledger: LedgerView, subject: Subject, before: Sequence[Row] = ()) -> list[Row]:
    """Return the rows of a ledger, layer after layer; rows ``before`` of the same units are kept where they hold."""
    rows: list[Row] = []
    facts = zip(
        ledger.states.tolist(),
        map(tuple, ledger.since.tolist()),
        ledger.born_dead.tolist(),
        map(tuple, ledger.died.tolist()),
        ledger.revived.tolist(),
        strict=True,
    )
    for layer, width in enumerate(ledger.widths):
        causes = {state: subject.cause(ledger, layer, state) for state in subject.states}
        label = subject.unit_labels[layer]
        for unit, fact in zip(range(width), facts, strict=False):
            at = len(rows)
            if at == MOST_ROWS:
                return rows
            known = (*fact, causes[fact[0]])
            kept = at < len(before) and before[at].facts == known
            rows.append(before[at] if kept else _row(at, label, unit, known))
    return rows


def _row(at: int, label: str, unit: int, facts: Facts) -> Row:
    state, since, born_dead, died, revived, cause = facts
    fate = fate_words(died, born_dead=born_dead)
    texts = (label, str(unit + 1), ALL_STATES[state], moment_range(*since), fate, str(revived), cause)
    keys = (at, unit, _SEVERITY[state], since[1], died[1] if died[1] >= 0 else -1 + born_dead, revived, cause)
    stuck = "stuck" if state in STUCK else ""
    revivals = f"revived {revived}" if revived else ""
    words = f"layer {texts[0]} unit {texts[1]} {texts[2]} {stuck} {fate} {revivals} {cause}"
    return Row(texts, keys, state, words.lower(), facts)


def tip_of(ledger: LedgerView, subject: Subject, at: int) -> str:
    """Return what is known of a unit in sentences, by its place in the ledger."""
    layer, unit = ledger.place(at)
    state, revived = int(ledger.states[at]), int(ledger.revived[at])
    stuck = " (stuck)" if state in STUCK else ""
    since = moment_text(*ledger.since[at].tolist()).removeprefix("at ")
    name = subject.unit_layers[layer]
    lines = [f"{name[:1].upper()}{name[1:]}, unit {unit + 1}: {ALL_STATES[state]}{stuck} since {since}"]
    cause = subject.cause(ledger, layer, state)
    if cause:
        lines.append(f"Cause: {cause}")
    if ledger.fate(at):
        lines.append(ledger.fate(at).capitalize())
    if revived:
        times = f"{revived} times, last " if revived > 1 else ""
        lines.append(f"Revived {times}{moment_text(*ledger.revival[at].tolist())}")
    return "\n".join(lines)


def tab_separated(rows: Iterable[Row]) -> str:
    """Return rows as text for a spreadsheet, with their headers."""
    lines = ["\t".join(header for header, _ in HEADERS), *("\t".join(row.texts) for row in rows)]
    return "\n".join(lines) + "\n"


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return ascending numbers as ranges (first, last)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
