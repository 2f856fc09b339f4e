"""Which hidden units receive no gradient: a cell for each, and how many there were over the steps."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QToolTip, QVBoxLayout

from stepviz.engine.common.number_format import share_text
from stepviz.instruments import INSTRUMENTS, Instrument
from stepviz.probes.findings.words import capital
from stepviz.probes.stuck_units import ALL_STATES, STATES, STUCK, StuckUnits
from stepviz.runtime.frame import Frame
from stepviz.runtime.subject import Subject
from stepviz.runtime.unit_ledger import EMPTY
from stepviz.ui.core.guarded import guarded, guarded_filter
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.plotting.state_legend import StateLegend
from stepviz.ui.plotting.state_plot import StateHistory
from stepviz.ui.plotting.unit_grid import UnitGrid
from stepviz.ui.text.number_format import text_points

ROOM_FOR_HISTORY = 250


class StuckUnitsPanel(Panel):
    """A cell per hidden unit; a stuck one does not change however long training goes on.

    ``unit_chosen`` carries layer and unit (both from 0) of a cell that was clicked.
    """

    unit_chosen = Signal(int, int)

    instrument: ClassVar[Instrument] = INSTRUMENTS["stuck_units"]

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.grid = UnitGrid(theme)
        self.legend = StateLegend(theme)
        self.over_time = StateHistory(theme)
        self.empty = QLabel("One cell per hidden unit appears here once the network has a hidden layer")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setFont(font(10))
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(5)
        column.addWidget(self.legend)
        column.addWidget(self.grid, 1)
        column.addWidget(self.empty, 1)
        column.addWidget(self.over_time)
        self._subject: Subject | None = None
        self._ledger = EMPTY
        self.grid.setMouseTracking(True)
        self.grid.installEventFilter(self)
        self._show_rooms(has_units=False)
        self.retheme()

    def show_numbers(self, whole: Frame) -> None:
        """Show states and counts together: the cells can be counted."""
        units = whole.reading(StuckUnits)
        if units is None:
            return
        self._subject, self._ledger = whole.subject, whole.ledger
        self._show_rooms(has_units=bool(units.total))
        subject = whole.subject
        if units is not self.grid.units:
            self.grid.show_units(units, subject.unit_layers)
        self.legend.show_counts(tuple(units.count(state) for state in subject.states), subject.states)
        if self.over_time.isVisible():
            self.over_time.show_history(whole.history)

    def describe(self, layer: int, unit: int) -> str:
        """Return what is known of a unit (layer and unit from 0), in words with its numbers."""
        units, subject = self.grid.units, self._subject
        if units is None or subject is None:
            return ""
        state = int(units.states[layer][unit])
        share, signal = float(units.active_share[layer][unit]), float(units.signal_share[layer][unit])
        stands, cause = subject.derivative(layer), subject.cause(self._ledger, layer, state)
        name = capital(subject.unit_layers[layer]) if len(subject.states) == len(STATES) else subject.unit_layers[layer]
        lines = [f"{name}, unit {unit + 1}: {ALL_STATES[state]}{' (stuck)' if state in STUCK else ''}"]
        if cause:
            lines.append(f"Cause: {cause}")
        # A recording need not know them.
        if share >= 0:
            lines.append(f"{stands} is not 0 for {share_text(share)} of the examples")
        if signal >= 0:
            lines.append(f"A gradient arrives for {share_text(signal)} of the examples")
        return "\n".join(lines)

    @guarded_filter
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Show the unit under the mouse as a tool tip; a click chooses it."""
        if watched is self.grid and isinstance(event, QMouseEvent):
            found = self.grid.unit_at(event.position().toPoint())
            if event.type() == QEvent.Type.MouseMove:
                QToolTip.showText(event.globalPosition().toPoint(), self.describe(*found) if found else "", self.grid)
            elif event.type() == QEvent.Type.MouseButtonRelease and found is not None:
                self.unit_chosen.emit(*found)
        return super().eventFilter(watched, event)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Show the counts over time where there is room for them."""
        super().resizeEvent(event)
        points = text_points(9.5, self.width(), self.height())
        self.legend.setFont(font(points, tabular=True))
        self.grid.setFont(font(points))
        self.over_time.setFixedHeight(min(240, max(84, self.height() // 4)))
        self._show_rooms(has_units=not self.grid.isHidden())

    def _show_rooms(self, *, has_units: bool) -> None:
        self.grid.setVisible(has_units)
        self.legend.setVisible(has_units)
        self.empty.setVisible(not has_units)
        self.over_time.setVisible(has_units and self.height() >= ROOM_FOR_HISTORY)

    def retheme(self) -> None:
        """Take the colours of the theme."""
        self.empty.setStyleSheet(f"color: {self.theme.colours.muted}")
        self.setStyleSheet(f"StuckUnitsPanel {{ background: {self.theme.colours.surface}; }}")
        self.update()
