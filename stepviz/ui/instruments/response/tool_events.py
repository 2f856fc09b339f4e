"""What mouse and keys do with the drawing tool over the view of the data."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, SignalInstance
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent

from stepviz.engine.data.drawing_strokes import Place, Sketch
from stepviz.ui.core.guarded import guarded_filter
from stepviz.ui.instruments.response.toolbar import DrawingTools, Tool
from stepviz.ui.instruments.response.view import ResponseView
from stepviz.ui.plotting.axes import Plot

# A brush that is held still begins to spray after so many sendings, so many points each time.
PATIENCE, HELD_POINTS = 3, 2
# A point is caught from so far away, in pixels; a key moves the crosshair by this share of the map.
CATCH, NUDGE = 12.0, 0.02
_TOOLS: dict[int, Tool] = {Qt.Key.Key_D: "draw", Qt.Key.Key_M: "move", Qt.Key.Key_E: "erase"}
_MOVES = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip

_BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
# Another window or a menu has the keys for a while: whoever comes back goes on as before.
_PASSING = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)


class DrawingTarget(Protocol):
    """What is drawn on: the view that shows the points, the points themselves, and how strokes begin and end."""

    tools: DrawingTools
    view: ResponseView | None
    sketch: Sketch | None
    drawing: bool

    @property
    def left(self) -> SignalInstance:
        """Emitted when the person wants to draw no more."""

    def begin_stroke(self) -> None:
        """Begin one entry of the undo stack."""

    def end_stroke(self) -> None:
        """End it."""

    def touch(self, changed: bool = True) -> None:
        """Take note that the tool changed points, or that it did not."""

    def note_full(self) -> None:
        """Say that there are as many points as there may be."""


class DrawingTool(QObject):
    """Filters the events of the view that is drawn on.

    A click adds, erases or picks up a point, a drag sprays or bends the curve. Keys: 1 to 9 and 0 the brushes, D, M
    and E the tools, + and − the size, Escape leaves; where the focus came by the Tab key, the arrows move the
    crosshair and Enter uses the tool there. (After a click the arrows and Space stay with the run.)
    """

    def __init__(self, target: DrawingTarget, parent: QObject) -> None:
        super().__init__(parent)
        self._target, self._tools = target, target.tools
        self._at, self._path, self._held, self._still = QPointF(), 0.0, -1, 0
        self._by_keyboard = False
        self._measured: Plot | None = None
        self._generator = np.random.default_rng()

    # Events

    @guarded_filter
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Take the mouse and the keys of drawing from the view; all else goes its way."""
        view = self._target.view
        if view is None or watched is not view or self._target.sketch is None:
            return False
        kind, self._measured = event.type(), None
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if kind == QEvent.Type.Leave:
            view.brush = None
            view.update()
        elif isinstance(event, QFocusEvent):
            if event.reason() in _PASSING:
                return False
            self._by_keyboard = event.gotFocus() and event.reason() in _BY_KEYBOARD
            if self._by_keyboard:
                self._at = self._plot().box.center()
                self.show_brush()
        elif isinstance(event, QKeyEvent) and kind == QEvent.Type.ShortcutOverride:
            if self._means(event):
                event.accept()
                return True
        elif isinstance(event, QKeyEvent) and kind == QEvent.Type.KeyPress:
            return self._key(event)
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        kind, left, view = event.type(), Qt.MouseButton.LeftButton, self._target.view
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            if event.button() == left and view is not None and self._is_near(event.position()):
                view.setFocus(Qt.FocusReason.MouseFocusReason)
                self.press(event.position())
                return True
        elif kind == QEvent.Type.MouseMove:
            self.drag(event.position())
            return True
        elif kind == QEvent.Type.MouseButtonRelease and event.button() == left:
            self._target.end_stroke()
            return True
        return False

    # The tool

    def press(self, at: QPointF) -> None:
        """Put the tool down."""
        sketch = self._target.sketch
        if sketch is None:
            return
        self._target.begin_stroke()
        self._at, self._path, self._held, self._still = at, 0.0, -1, 0
        place = self._place(at)
        if self._tools.tool == "erase":
            self._target.touch(sketch.erase(place, self._reach()))
        elif self._tools.tool == "move":
            found = sketch.nearest(place, self._reach(CATCH))
            self._held = -1 if found is None else found
        elif sketch.is_curve:
            self._draw(sketch.bend(place, place))
        else:
            self._draw(sketch.add(place, self._tools.value))

    def drag(self, to: QPointF) -> None:
        """Draw the tool to a place, if it is down."""
        start, self._at, sketch = self._at, to, self._target.sketch
        if sketch is not None and self._target.drawing:
            self._still = 0
            if self._tools.tool == "erase":
                self._rub(start, to)
            elif self._tools.tool == "move":
                if self._held >= 0:
                    sketch.move(self._held, self._place(to))
                    self._target.touch()
            elif sketch.is_curve:
                self._draw(sketch.bend(self._place(start), self._place(to)))
            else:
                self._spray(start, to)
        self.show_brush()

    def hold(self) -> None:
        """Spray on where the brush is held still."""
        self._measured = None
        sketch = self._target.sketch
        if sketch is not None and self._tools.tool == "draw" and not sketch.is_curve:
            self._still += 1
            if self._still > PATIENCE:
                place = self._place(self._at)
                self._draw(sketch.spray(place, self._reach(), self._tools.value, HELD_POINTS, self._generator))

    def _rub(self, start: QPointF, to: QPointF) -> None:
        # A fast hand must not leap over points.
        parts = max(1, int(_distance(start, to) / self._radius()) + 1)
        for part in range(1, parts + 1):
            between = start + (to - start) * (part / parts)
            if self._target.sketch is not None:
                self._target.touch(self._target.sketch.erase(self._place(between), self._reach()))

    def _spray(self, start: QPointF, to: QPointF) -> None:
        spacing, length = max(6.0, 0.4 * self._radius()), _distance(start, to)
        self._path += length
        points = int(self._path / spacing)
        self._path -= points * spacing
        for point in range(points):
            between = start + (to - start) * ((point + 1) / points)
            if self._target.sketch is not None:
                place, value = self._place(between), self._tools.value
                self._draw(self._target.sketch.spray(place, self._reach(), value, 1, self._generator))

    def _draw(self, had_room: bool) -> None:
        self._target.touch()
        if not had_room:
            self._target.note_full()

    # Keys

    def _means(self, event: QKeyEvent) -> bool:
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        key = event.key()
        if Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
            return True
        keys = (Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Equal, Qt.Key.Key_Escape)
        if key in _TOOLS or key in keys:
            return True
        return self._by_keyboard and (key in _MOVES or key in (Qt.Key.Key_Return, Qt.Key.Key_Enter))

    def _key(self, event: QKeyEvent) -> bool:
        if not self._means(event):
            return False
        key = Qt.Key(event.key())
        if Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
            self._tools.take("draw", (int(key) - int(Qt.Key.Key_1)) % 10)
        elif key == Qt.Key.Key_Escape:
            self._target.left.emit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self._tools.resize_brush(-2 if key == Qt.Key.Key_Minus else 2)
        elif key in _MOVES:
            self._nudge(*_MOVES[key], 5.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._use()
        else:
            self._tools.take(_TOOLS[key])
        return True

    def _nudge(self, across: int, down: int, times: float) -> None:
        box, step = self._plot().box, NUDGE * times
        x = min(max(self._at.x() + across * step * box.width(), box.left()), box.right())
        y = min(max(self._at.y() + down * step * box.height(), box.top()), box.bottom())
        self.drag(QPointF(x, y))

    def _use(self) -> None:
        """Use the tool at the crosshair; a point is picked up by one press and put down by the next."""
        if not self._target.drawing:
            self.press(self._at)
            if self._tools.tool == "move" and self._held >= 0:
                return
        self._target.end_stroke()

    # Where it is

    def show_brush(self) -> None:
        """Show the circle of the tool."""
        view, sketch, self._measured = self._target.view, self._target.sketch, None
        if view is None or sketch is None:
            return
        radius = CATCH if self._tools.tool == "move" else self._radius()
        if self._tools.tool == "draw" and sketch.is_curve:
            radius = 4.0
        view.brush = (self._at, radius, self._tools.colour) if self._is_near(self._at) else None
        view.update()

    def _is_near(self, at: QPointF) -> bool:
        view = self._target.view
        if view is None or view.examples is None:
            return False
        return self._plot().box.adjusted(-6, -6, 6, 6).contains(at)

    def _plot(self) -> Plot:
        """Return where the picture is; measured anew for each event only: texts are dear to measure."""
        assert self._target.view is not None
        if self._measured is None:
            self._measured = self._target.view.plot()
        return self._measured

    def _radius(self) -> float:
        return max(4.0, self._tools.size_slider.value() / 200 * self._plot().box.width())

    def _place(self, at: QPointF) -> Place:
        plot = self._plot()
        across = (at.x() - plot.box.left()) / plot.box.width()
        up = (plot.box.bottom() - at.y()) / plot.box.height()
        return plot.across.value(across), plot.up.value(up)

    def _reach(self, radius: float = 0.0) -> Place:
        """Return the half axes of the brush, or of a circle of so many pixels, in the units of the axes."""
        plot, radius = self._plot(), radius or self._radius()
        return (
            radius / plot.box.width() * (plot.across.high - plot.across.low),
            radius / plot.box.height() * (plot.up.high - plot.up.low),
        )


def _distance(start: QPointF, to: QPointF) -> float:
    return float(np.hypot(to.x() - start.x(), to.y() - start.y()))
