"""A column that scrolls, in which what is looked at stays where it is when something above it grows."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

# Pixels: what is hidden by so little is a margin.
MARGIN = 4
# Of what is seen, so much is still seen a page later.
KEPT = 0.15


class SteadyScroll(QScrollArea):
    """Scrolls a column of widgets, by wheel, scroll bar and keys, where there is no room for all of it.

    ``moved``: something else is seen, or there is another way to go.
    """

    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._content = QWidget()
        self.column = QVBoxLayout(self._content)
        self.setWidget(self._content)
        self._held: tuple[QWidget, int] | None = None
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._hold())
        self.verticalScrollBar().rangeChanged.connect(self._keep)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self.moved.emit())
        self.verticalScrollBar().rangeChanged.connect(lambda _least, _most: self.moved.emit())
        self._keep(0, 0)

    @property
    def scrolls(self) -> bool:
        """Return whether there is more than can be seen at a time."""
        return self.verticalScrollBar().maximum() > 0

    @property
    def more(self) -> bool:
        """Return whether something stands below what is seen."""
        bar = self.verticalScrollBar()
        return bar.maximum() - bar.value() > MARGIN

    def page_down(self) -> None:
        """Show what stands below."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + round((1 - KEPT) * self.viewport().height()))

    def to_top(self) -> None:
        """Show the beginning."""
        self.verticalScrollBar().setValue(0)

    def _hold(self) -> None:
        """Remember what stands at the upper edge, and where; nothing at the beginning, which stays in view."""
        value = self.verticalScrollBar().value()
        above = [part for part in self._parts() if part.y() <= value] if value else []
        self._held = (above[-1], above[-1].y()) if above else None

    def _keep(self, _least: int, most: int) -> None:
        # Of no use to Tab where all of it is seen.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if most else Qt.FocusPolicy.NoFocus)
        if self._held is not None:
            part, before = self._held
            if part in self._parts():
                self.verticalScrollBar().setValue(self.verticalScrollBar().value() + part.y() - before)
            self._hold()

    def _parts(self) -> list[QWidget]:
        """Return what is shown, from above."""
        items = (self.column.itemAt(place) for place in range(self.column.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget for widget in widgets if widget is not None and not widget.isHidden()]
