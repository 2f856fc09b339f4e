"""Drawing on the map of what the network computes: mouse and keys become points, and those the data of the run."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent

from stepviz.engine.dataset import Dataset
from stepviz.engine.drawing import MOST_CLASSES, MOST_POINTS, Drawing, drawing_of, drawn_dataset
from stepviz.engine.errors import InputError
from stepviz.engine.experiment import Experiment
from stepviz.engine.fitting import drawn, with_data
from stepviz.engine.sketch import Place, Sketch, blank
from stepviz.runtime.frame import Frame
from stepviz.ui.drawing_tools import Brush, DrawingTools, Tool
from stepviz.ui.lab import Lab
from stepviz.ui.panels.response_colours import class_colours, shades
from stepviz.ui.panels.response_curve import CurveView
from stepviz.ui.panels.response_map import MapView
from stepviz.ui.panels.response_view import ResponseView

# While a tool is dragged the run gets its new data so often (ms), and the picture its points so often: painting 5,000
# takes 50 ms, and the circle of the tool must follow the hand meanwhile.
SEND_EVERY, SHOW_EVERY, POINTS_PER_MS = 100, 16, 40
# A brush that is held still begins to spray after so many sendings, so many points each time.
PATIENCE, HELD_POINTS = 3, 2
# A point is caught from so far away, in pixels; a key moves the crosshair by this share of the map.
CATCH, NUDGE = 12.0, 0.02
HEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
EMPTY = "Draw points here: until then the network goes on with those it had"
_TEXTS = {"draw": "Draw points", "move": "Move a point", "erase": "Erase points"}
_TOOLS: dict[int, Tool] = {Qt.Key.Key_D: "draw", Qt.Key.Key_M: "move", Qt.Key.Key_E: "erase"}
_MOVES = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip


class Easel(QObject):
    """Turns strokes into changes of the data: each stroke one entry of the undo stack, ten changes a second at most.

    ``sketch`` is None where the data shown cannot be drawn on; ``noted`` after a change says how many points there are.
    """

    noted = Signal(str)
    left = Signal()

    def __init__(self, lab: Lab, tools: DrawingTools) -> None:
        super().__init__(tools)
        self._lab, self.tools = lab, tools
        self.on = False
        self.sketch: Sketch | None = None
        self.view: ResponseView | None = None
        self._frame: Frame | None = None
        self._source: object = None
        self._touched = self._sending = self._dirty = self._pressed = self._by_keyboard = False
        self._stroke = 0
        self._at, self._path, self._held, self._still = QPointF(), 0.0, -1, 0
        self._generator = np.random.default_rng()
        self._send_timer = QTimer(self, interval=SEND_EVERY)
        self._send_timer.timeout.connect(self._tick)
        self._show_timer = QTimer(self, singleShot=True, interval=SHOW_EVERY)
        self._show_timer.timeout.connect(self._present)
        lab.experiment_changed.connect(self._take_experiment)
        tools.changed.connect(self._show_brush)
        tools.started.connect(self.start)
        tools.cleared.connect(self.clear)
        tools.begun.connect(self.begin_blank)
        tools.class_added.connect(self.add_class)

    # What is drawn on

    def show_frame(self, frame: Frame, view: ResponseView | None) -> None:
        """Take note of the newest frame, and of the view that shows it."""
        self._frame = frame
        if view is not self.view:
            if self.view is not None:
                self._let_go(self.view)
            self.view = view
            if self.on and view is not None:
                self._take_hold(view)
        if not self.on or view is None:
            return
        in_force = frame.experiment.data == self._lab.experiment.data
        if in_force and ((self.sketch is None and self.can_draw()) or (self._touched and view.draft is None)):
            self._load() if self.sketch is None else self._present()

    def turn(self, on: bool) -> None:
        """Begin or end drawing."""
        if on == self.on:
            return
        self.on = on
        if not on:
            self._finish()
            self.sketch = None
            if self.view is not None:
                self._let_go(self.view)
            return
        if self.view is not None:
            self._take_hold(self.view)
        self._load()

    def can_draw(self) -> bool:
        """Return whether the data shown can be drawn on."""
        if not isinstance(self.view, MapView | CurveView) or self.view.examples is None:
            return False
        dataset = self.view.examples.dataset
        inputs, classes = _shape(dataset)
        if classes:
            return inputs == 2 and classes <= MOST_CLASSES
        return len(dataset.target_names) == 1

    def _take_hold(self, view: ResponseView) -> None:
        view.installEventFilter(self)
        view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        view.setCursor(Qt.CursorShape.CrossCursor)

    def _let_go(self, view: ResponseView) -> None:
        view.removeEventFilter(self)
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        view.unsetCursor()
        view.brush, view.hint = None, ""
        view.show_draft(None)

    def _load(self) -> None:
        """Take up the data in force, once a frame shows them."""
        data = self._lab.experiment.data
        self.sketch, self._touched = None, False
        if data.name == "drawn" and data.drawing is not None:
            self.sketch, self._touched = Sketch(data.drawing), True
        elif self._frame is not None and self._frame.experiment.data == data and self.can_draw():
            self.sketch = Sketch(drawing_of(self._frame.setup.dataset))
        if self.sketch is not None:
            self.tools.show_brushes(self._brushes(self.sketch.drawing()))
        self.tools.start_action.setEnabled(self.sketch is not None and not self._touched)
        self._present()

    def _brushes(self, drawing: Drawing) -> list[Brush]:
        theme, names = self.tools.theme, drawing.class_names
        if names:
            colours = class_colours(theme.colours, len(names))
            return [Brush(f"«{name}»", colours[number], float(number)) for number, name in enumerate(names)]
        column = drawing.columns[-1]
        if drawing.inputs == 1:
            return [Brush("the curve", theme.colours.train, 0.0)]
        # The axis of the colours reaches beyond the targets; the brushes stay on it.
        values = [column.low + share * (column.high - column.low) for share in HEIGHTS]
        table = shades(theme, len(HEIGHTS), strength=1.0)
        return [
            Brush(f"{column.name} = {value:.3g}", f"#{int(pixel) & 0xFFFFFF:06x}", value)
            for value, pixel in zip(values, table, strict=True)
        ]

    def retheme(self) -> None:
        """Take the colours of the theme."""
        self.tools.retheme()
        if self.sketch is not None:
            self.tools.show_brushes(self._brushes(self.sketch.drawing()))
        self._show_brush()

    def _take_experiment(self, _experiment: Experiment) -> None:
        if not self._sending and self.on:
            self._pressed = self._dirty = False
            self._send_timer.stop()
            self._load()

    # What the person does

    def start(self) -> None:
        """Make the points that are shown a drawing."""
        if self.sketch is not None and not self._touched:
            self._touched, self._dirty = True, True
            self._stroke += 1
            self._send("Start from these points")
            self.tools.start_action.setEnabled(False)
            self._present()

    def clear(self) -> None:
        """Remove all points; the run keeps its data until there is a new one."""
        if self.sketch is not None:
            self._finish()
            self.sketch.clear()
            self._touched = True
            self._present()

    def begin_blank(self, classes: int) -> None:
        """Begin with a point of each of so many classes, or (0) with a flat curve."""
        self._replace(blank(tuple(f"class {number}" for number in range(1, classes + 1))), "New drawing")

    def add_class(self) -> None:
        """Add a class to draw points of."""
        drawing = self.sketch.drawing() if self.sketch is not None else None
        if drawing is None or not drawing.points or not 2 <= len(drawing.class_names) < MOST_CLASSES:
            self._lab.refused.emit(f"A class can be added to a drawing of 2 to {MOST_CLASSES - 1} classes")
            return
        taken, number = set(drawing.class_names), len(drawing.class_names) + 1
        while f"class {number}" in taken:
            number += 1
        self._replace(replace(drawing, class_names=(*drawing.class_names, f"class {number}")), "Add a class")
        self.tools.take("draw", len(drawing.class_names))

    def _replace(self, drawing: Drawing, text: str) -> None:
        self._finish()
        experiment = self._lab.experiment
        try:
            changed = with_data(experiment, drawn(experiment.data, drawing))
        except InputError as error:
            self._lab.refused.emit(str(error))
            return
        self._lab.change(changed, text)

    # Mouse and keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Take the mouse and the keys of drawing from the view; all else goes its way."""
        if watched is not self.view or self.sketch is None:
            return False
        kind = event.type()
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if kind == QEvent.Type.Leave:
            self.view.brush = None
            self.view.update()
        elif isinstance(event, QFocusEvent):
            reasons = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
            self._by_keyboard = event.gotFocus() and event.reason() in reasons
            if self._by_keyboard:
                self._at = self._plot_box_middle()
                self._show_brush()
        elif isinstance(event, QKeyEvent) and kind == QEvent.Type.ShortcutOverride:
            if self._means(event):
                event.accept()
                return True
        elif isinstance(event, QKeyEvent) and kind == QEvent.Type.KeyPress:
            return self._key(event)
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        kind, left = event.type(), Qt.MouseButton.LeftButton
        assert self.view is not None
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            if event.button() == left and self._is_near(event.position()):
                self.view.setFocus(Qt.FocusReason.MouseFocusReason)
                self.press(event.position())
                return True
        elif kind == QEvent.Type.MouseMove:
            self.drag(event.position())
            return True
        elif kind == QEvent.Type.MouseButtonRelease and event.button() == left:
            self._finish()
            return True
        return False

    def press(self, at: QPointF) -> None:
        """Put the tool down."""
        if self.sketch is None:
            return
        self._finish()
        self._stroke += 1
        self._pressed, self._at, self._path, self._held, self._still = True, at, 0.0, -1, 0
        place = self._place(at)
        if self.tools.tool == "erase":
            self._dirty = self.sketch.erase(place, self._reach())
        elif self.tools.tool == "move":
            found = self.sketch.nearest(place, self._reach(CATCH))
            self._held = -1 if found is None else found
        elif self.sketch.is_curve:
            self._dirty = True
            self._room(self.sketch.bend(place, place))
        else:
            self._dirty = True
            self._room(self.sketch.add(place, self.tools.value))
        self._after()
        self._send_timer.start()

    def drag(self, to: QPointF) -> None:
        """Draw the tool to a place, if it is down."""
        start, self._at = self._at, to
        if self._pressed and self.sketch is not None:
            self._still = 0
            if self.tools.tool == "erase":
                self._rub(start, to)
            elif self.tools.tool == "move":
                if self._held >= 0:
                    self.sketch.move(self._held, self._place(to))
                    self._dirty = True
            elif self.sketch.is_curve:
                self._room(self.sketch.bend(self._place(start), self._place(to)))
                self._dirty = True
            else:
                self._spray(start, to)
            self._after()
        else:
            self._show_brush()

    def _rub(self, start: QPointF, to: QPointF) -> None:
        assert self.sketch is not None
        # A fast hand must not leap over points.
        parts = max(1, int(_distance(start, to) / self._radius()) + 1)
        for part in range(1, parts + 1):
            between = start + (to - start) * (part / parts)
            self._dirty = self.sketch.erase(self._place(between), self._reach()) or self._dirty

    def _spray(self, start: QPointF, to: QPointF) -> None:
        assert self.sketch is not None
        spacing, length = max(6.0, 0.4 * self._radius()), _distance(start, to)
        self._path += length
        points = int(self._path / spacing)
        self._path -= points * spacing
        for point in range(points):
            between = start + (to - start) * ((point + 1) / points)
            self._room(self.sketch.spray(self._place(between), self._reach(), self.tools.value, 1, self._generator))
            self._dirty = True

    def _room(self, enough: bool) -> None:
        if not enough:
            self.noted.emit(f"{MOST_POINTS:,} points are the most".replace(",", "\u202f"))

    def _tick(self) -> None:
        if self._pressed and self.tools.tool == "draw" and self.sketch is not None and not self.sketch.is_curve:
            self._still += 1
            if self._still > PATIENCE:
                place = self._place(self._at)
                self._room(self.sketch.spray(place, self._reach(), self.tools.value, HELD_POINTS, self._generator))
                self._dirty = True
                self._after()
        self._send(_TEXTS[self.tools.tool])

    def _after(self) -> None:
        if self._dirty:
            self._touched = True
            self.tools.start_action.setEnabled(False)
        if not self._show_timer.isActive():
            points = 0 if self.sketch is None else len(self.sketch.points)
            self._show_timer.start(max(SHOW_EVERY, points // POINTS_PER_MS))

    def _finish(self) -> None:
        """Lift the tool."""
        self._send_timer.stop()
        if self._pressed:
            self._pressed = False
            self._send(_TEXTS[self.tools.tool])

    def _send(self, text: str) -> None:
        if not self._dirty or self.sketch is None:
            return
        self._dirty = False
        if not self.sketch.points:
            return
        experiment = self._lab.experiment
        if self.sketch.is_curve and text == _TEXTS["draw"]:
            text = "Draw the curve"
        self._sending = True
        data = drawn(experiment.data, self.sketch.drawing())
        self._lab.change(replace(experiment, data=data), text, merge=f"stroke {id(self)} {self._stroke}")
        self._sending = False

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
            self.tools.take("draw", (int(key) - int(Qt.Key.Key_1)) % 10)
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.tools.resize_brush(-2 if key == Qt.Key.Key_Minus else 2)
        elif key in _MOVES:
            self._nudge(*_MOVES[key], 5.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._act()
        else:
            self.tools.take(_TOOLS[key])
        return True

    def _nudge(self, across: int, down: int, times: float) -> None:
        assert self.view is not None
        box, step = self.view.plot().box, NUDGE * times
        x = min(max(self._at.x() + across * step * box.width(), box.left()), box.right())
        y = min(max(self._at.y() + down * step * box.height(), box.top()), box.bottom())
        self.drag(QPointF(x, y))

    def _act(self) -> None:
        """Use the tool at the crosshair; a point is picked up by one press and put down by the next."""
        if self._pressed:
            self._finish()
            return
        self.press(self._at)
        if self.tools.tool != "move" or self._held < 0:
            self._finish()

    # What is shown

    def _present(self) -> None:
        """Show the points as they are drawn; the run has them a little later."""
        if self.view is None or not self.on:
            return
        shown = self.view.examples.dataset if self.view.examples is not None else None
        draft = None
        if self.sketch is not None and self._touched:
            drawing, data = self.sketch.drawing(), self._lab.experiment.data
            if shown is not None and _shape(shown) == drawing.shape:
                share = data.test_share if data.name == "drawn" else 0.0
                draft = drawn_dataset(drawing, test_share=share, seed=data.seed, features=data.features)
            points = f"{len(drawing.points):,} of {MOST_POINTS:,} points".replace(",", "\u202f")
            self.noted.emit("" if len(drawing.points) < MOST_POINTS // 2 else points)
        self.view.show_draft(draft)
        self.view.hint = EMPTY if self.sketch is not None and not self.sketch.points else ""
        self._show_brush()

    def _show_brush(self) -> None:
        if self.view is None or not self.on or self.sketch is None:
            return
        inside = self._is_near(self._at)
        radius = CATCH if self.tools.tool == "move" else self._radius()
        if self.tools.tool == "draw" and self.sketch.is_curve:
            radius = 4.0
        self.view.brush = (self._at, radius, self.tools.colour) if inside else None
        self.view.update()

    def _plot_box_middle(self) -> QPointF:
        assert self.view is not None
        return self.view.plot().box.center()

    def _is_near(self, at: QPointF) -> bool:
        if self.view is None or self.view.examples is None:
            return False
        return self.view.plot().box.adjusted(-6, -6, 6, 6).contains(at)

    def _radius(self) -> float:
        assert self.view is not None
        return max(4.0, self.tools.size_slider.value() / 200 * self.view.plot().box.width())

    def _place(self, at: QPointF) -> Place:
        assert self.view is not None
        plot = self.view.plot()
        across = (at.x() - plot.box.left()) / plot.box.width()
        up = (plot.box.bottom() - at.y()) / plot.box.height()
        return plot.across.value(across), plot.up.value(up)

    def _reach(self, radius: float = 0.0) -> Place:
        assert self.view is not None
        plot, radius = self.view.plot(), radius or self._radius()
        return (
            radius / plot.box.width() * (plot.across.high - plot.across.low),
            radius / plot.box.height() * (plot.up.high - plot.up.low),
        )


def _shape(dataset: Dataset) -> tuple[int, int]:
    return dataset.inputs.shape[1], len(dataset.class_names)


def _distance(start: QPointF, to: QPointF) -> float:
    return float(np.hypot(to.x() - start.x(), to.y() - start.y()))
