"""Where the docks stand: the default layout, one of them enlarged, and the layout as the person left it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QObject, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QHoverEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from stepviz.instruments import INSTRUMENTS, SHOWN_AT_FIRST
from stepviz.ui.core.theme import scaled
from stepviz.ui.docks.dock import Dock, PanelDock
from stepviz.ui.docks.tiling import Plan

# Qt does not restore the layout of another version: an instrument more or less, or elsewhere at first, makes another.
LAYOUT_VERSION = len(INSTRUMENTS) - 9
EDITOR_WIDTH = 272
COLUMNS = 3


def editor_width() -> int:
    """Return the width of the editor; its pictures of data stay as large where the type is small."""
    return max(EDITOR_WIDTH, scaled(EDITOR_WIDTH))


class DockLayout(QObject):
    """Arranges the editor and the panels. ``changed`` is emitted when a dock was enlarged or put back."""

    changed = Signal()

    def __init__(self, window: QMainWindow, editor: Dock, panels: Mapping[str, PanelDock]) -> None:
        super().__init__(window)
        self._window, self._editor, self._panels = window, editor, panels
        self._before: QByteArray | None = None
        self._own: QByteArray | None = None
        self._settled = False
        self._heights: tuple[QSize, dict[Dock, int]] | None = None
        self.enlarged: PanelDock | None = None
        for dock in panels.values():
            dock.wants_size.connect(lambda dock=dock: self.toggle(dock))

    @property
    def _all(self) -> Iterable[Dock]:
        return (self._editor, *self._panels.values())

    def reset(self) -> None:
        """Put everything where it stands at the first start: the editor at the left, the panels in a 3 x 2 grid."""
        self._forget_enlarged()
        let_go_of_separator(self._window)
        window = self._window
        for dock in self._all:
            dock.setFloating(False)
            window.removeDockWidget(dock)
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self._editor)
        first = [self._panels[name] for name in SHOWN_AT_FIRST]
        for place, dock in enumerate(first):
            if place < COLUMNS:
                window.splitDockWidget(first[place - 1] if place else self._editor, dock, Qt.Orientation.Horizontal)
            else:
                window.splitDockWidget(first[place - COLUMNS], dock, Qt.Orientation.Vertical)
        for name, instrument in INSTRUMENTS.items():
            if instrument.behind is not None:
                window.tabifyDockWidget(self._panels[instrument.behind], self._panels[name])
        for dock in self._all:
            dock.setVisible(dock is self._editor or dock in first)
        self.share_room()

    def settle(self) -> None:
        """Share the room of the default layout once, as soon as the window has its size, and never over a lesson."""
        if not self._settled:
            self._settled = True
            self.share_room()

    def share_room(self) -> None:
        """Give all panels of the default layout the same room; it needs the window's final size."""
        row = [self._panels[name] for name in SHOWN_AT_FIRST[:COLUMNS]]
        editor = editor_width()
        width = max(1, (self._window.width() - editor) // COLUMNS)
        docks: list[Dock] = [self._editor, *row]
        self._window.resizeDocks(docks, [editor, *[width] * COLUMNS], Qt.Orientation.Horizontal)
        for upper, lower in zip(SHOWN_AT_FIRST[:COLUMNS], SHOWN_AT_FIRST[COLUMNS : 2 * COLUMNS], strict=True):
            pair: list[Dock] = [self._panels[upper], self._panels[lower]]
            self._window.resizeDocks(pair, [1000, 1000], Qt.Orientation.Vertical)

    # A lesson's own arrangement

    def lend(self) -> None:
        """Keep the person's own layout until ``give_back``: a lesson arranges the docks meanwhile."""
        self.restore()
        # A lesson may be opened before all else.
        self.settle()
        if self._own is None:
            self._own = self._window.saveState(LAYOUT_VERSION)

    def give_back(self) -> None:
        """Put the docks where they stood before the lesson."""
        own, self._own = self._own, None
        if own is not None:
            self._forget_enlarged()
            self._restore_state(own)
            self.changed.emit()

    def arrange(self, beside: Dock, plan: Plan, width: int) -> None:
        """Put the instruments of ``plan`` to the right of a dock ``width`` pixels wide, and hide all others."""
        self._forget_enlarged()
        let_go_of_separator(self._window)
        window, panels = self._window, self._panels
        shown = [name for column in plan for place in column for name in place]
        editing = self._editor.isVisibleTo(window)
        # Qt splits no dock that stands, or stood, among tabs: all are put in anew.
        for dock in (beside, *self._all):
            dock.setFloating(False)
            window.removeDockWidget(dock)
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, beside)
        beside.show()
        heads: list[Dock] = [beside]
        # First the columns, then the rows of each, and last those that stand behind others.
        for column in plan:
            head = panels[column[0][0]]
            window.splitDockWidget(heads[-1], head, Qt.Orientation.Horizontal)
            heads.append(head)
        for column in plan:
            for above, below in pairwise(column):
                window.splitDockWidget(panels[above[0]], panels[below[0]], Qt.Orientation.Vertical)
        for place in (place for column in plan for place in column):
            for name in place[1:]:
                window.tabifyDockWidget(panels[place[0]], panels[name])
        last: Dock = panels[shown[-1]] if shown else beside
        for name, dock in panels.items():
            if name not in shown:
                window.tabifyDockWidget(last, dock)
            dock.setVisible(name in shown)
        for place in (place for column in plan for place in column):
            panels[place[0]].raise_()
        window.tabifyDockWidget(beside, self._editor)
        self._editor.setVisible(editing)
        beside.raise_()
        each = max(1, (window.width() - width) // max(1, len(plan)))
        window.resizeDocks(heads, [width] + [each] * len(plan), Qt.Orientation.Horizontal)
        for column in plan:
            window.resizeDocks([panels[place[0]] for place in column], [1000] * len(column), Qt.Orientation.Vertical)

    # One dock enlarged

    def toggle(self, dock: PanelDock) -> None:
        """Let the dock fill the window, or put everything back."""
        if self.enlarged is None:
            self.enlarge(dock)
        else:
            self.restore()

    def enlarge(self, dock: PanelDock) -> None:
        """Hide all other docks until ``restore``."""
        self.restore()
        self._before = self._window.saveState(LAYOUT_VERSION)
        dock.setFloating(False)
        for other in self._all:
            other.setVisible(other is dock)
        dock.raise_()
        self.enlarged = dock
        dock.bar.show_enlarged(True)
        self.changed.emit()

    def restore(self) -> None:
        """Put everything back as it was before one dock was enlarged."""
        before = self._before
        self._forget_enlarged()
        if before is not None:
            self._restore_state(before)
            self.changed.emit()

    def _forget_enlarged(self) -> None:
        if self.enlarged is not None:
            self.enlarged.bar.show_enlarged(False)
        self.enlarged, self._before = None, None

    # Room that is lent for a while

    def note_heights(self) -> None:
        """Remember how high the docks are: something is about to take room from all of them for a while."""
        docks = (dock for dock in self._all if dock.isVisible() and not dock.isFloating() and dock.x() >= 0)
        self._heights = self._window.size(), {dock: dock.height() for dock in docks}

    def give_heights_back(self) -> None:
        """Let the docks be as high again: of themselves they come back a pixel or two off."""
        noted, self._heights = self._heights, None
        if noted is None:
            return
        size, heights = noted
        if self._window.size() == size and all(dock.isVisible() and not dock.isFloating() for dock in heights):
            QCoreApplication.sendPostedEvents(self._window, QEvent.Type.LayoutRequest)
            self._window.resizeDocks(list(heights), list(heights.values()), Qt.Orientation.Vertical)

    # On stage and back

    @property
    def lent(self) -> bool:
        """Return whether a lesson arranges the docks."""
        return self._own is not None

    def state(self) -> QByteArray:
        """Return where the docks stand, or stood before one was enlarged, for ``put_back``."""
        return self._before or self._window.saveState(LAYOUT_VERSION)

    def put_back(self, state: QByteArray) -> None:
        """Put the docks where they stood; where one is enlarged, once it is no longer."""
        if self.enlarged is not None:
            self._before = state
        else:
            self._restore_state(state)
            self.changed.emit()

    # From one start to the next

    def save(self) -> bytes:
        """Return the layout as bytes for ``load``; that before one dock was enlarged, or a lesson began."""
        state = self._own or self._before or self._window.saveState(LAYOUT_VERSION)
        return bytes(state.data())

    def load(self, layout: bytes) -> bool:
        """Restore a saved layout; False where the bytes are none of this version's."""
        loaded = bool(layout) and self._restore_state(QByteArray(layout))
        self._settled = self._settled or loaded
        return loaded

    def _restore_state(self, state: QByteArray) -> bool:
        let_go_of_separator(self._window)
        return self._window.restoreState(state, LAYOUT_VERSION)


def let_go_of_separator(window: QMainWindow) -> None:
    """End the drag of a line between two docks, if there is one, as its release would, and take the pointer off it.

    Qt keeps the layout of before the drag until its end, and the place in it of the line under the pointer until the
    pointer moves. Where all docks are put elsewhere meanwhile, the next press or move reads what is no more, and the
    process ends (Qt 6.11).
    """
    away, left, none = QPointF(-1, -1), Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    release = QEvent.Type.MouseButtonRelease
    end = QMouseEvent(release, away, window.mapToGlobal(away), left, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, end)
    QApplication.sendEvent(window, QHoverEvent(QEvent.Type.HoverLeave, away, window.mapToGlobal(away), away))
