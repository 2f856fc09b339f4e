"""Drawing on the picture of what the network computes: what is drawn becomes the data of the run, stroke by stroke."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.dataset import Dataset
from stepviz.engine.data.drawing_strokes import Sketch, blank
from stepviz.engine.data.drawn import drawing_of, drawn_dataset
from stepviz.engine.settings.drawing import MOST_CLASSES, MOST_POINTS, Drawing
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.edits import drawn, loses_test_set, with_data
from stepviz.runtime.frame import Frame
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.core.timers import single_shot
from stepviz.ui.instruments.response.colours import class_colours, shades
from stepviz.ui.instruments.response.curve import CurveView
from stepviz.ui.instruments.response.decision_map import MapView
from stepviz.ui.instruments.response.tool_events import DrawingTool
from stepviz.ui.instruments.response.toolbar import Brush, DrawingTools
from stepviz.ui.instruments.response.view import ResponseView
from stepviz.ui.text.drawing_words import TEST_SET_GOES

# While a tool is dragged the run gets its new data so often (ms), and the picture its points so often: painting 5,000
# takes 50 ms, and the circle of the tool must follow the hand meanwhile.
SEND_EVERY, SHOW_EVERY, POINTS_PER_MS = 100, 16, 40
# Of a plane of targets, from the lowest to the highest that is drawn.
HEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
EMPTY = "Draw points here: until then the network goes on with those it had"
_TEXTS = {"draw": "Draw points", "move": "Move a point", "erase": "Erase points"}


class DataDrawing(QObject):
    """Holds the sketch: each stroke is one entry of the undo stack, sent ten times a second at most while it lasts.

    ``sketch`` is None where there is nothing to draw on; ``noted`` carries what is to be said of the points, ``left``
    the wish to draw no more. ``drawing``: a tool is down.
    """

    noted = Signal(str)
    left = Signal()

    def __init__(self, lab: Lab, tools: DrawingTools) -> None:
        super().__init__(tools)
        self._lab, self.tools = lab, tools
        self.on = False
        self.drawing = False
        self.sketch: Sketch | None = None
        self.view: ResponseView | None = None
        self.hand = DrawingTool(self, self)
        self._frame: Frame | None = None
        self._touched = self._sending = self._dirty = False
        self._stroke = 0
        self._send_timer = QTimer(self)
        self._send_timer.setInterval(SEND_EVERY)
        self._send_timer.timeout.connect(self._tick)
        self._show_timer = single_shot(self, self._present)
        lab.experiment_changed.connect(self._take_experiment)
        tools.changed.connect(self.hand.show_brush)
        tools.started.connect(self.start)
        tools.cleared.connect(self.clear)
        tools.begun.connect(self.begin_blank)
        tools.class_added.connect(self.add_class)

    # What is drawn on

    def turn(self, on: bool) -> None:
        """Begin or end drawing."""
        if on == self.on:
            return
        self.on = on
        if not on:
            self.end_stroke()
            self.sketch = None
        if self.view is not None:
            self._take_hold(self.view) if on else self._let_go(self.view)
        if on:
            self._load()

    def show_frame(self, frame: Frame, view: ResponseView) -> None:
        """Take note of the newest frame, and of the view that shows it."""
        self._frame = frame
        if view is not self.view:
            if self.view is not None and self.on:
                self._let_go(self.view)
            self.view = view
            if self.on:
                self._take_hold(view)
        if self.on and frame.experiment.data == self._lab.experiment.data:
            if self.sketch is None and self.can_draw():
                self._load()
            elif self._touched and view.draft is None:
                self._present()

    def can_draw(self) -> bool:
        """Return whether the data shown can be drawn on."""
        if not isinstance(self.view, MapView | CurveView) or self.view.examples is None:
            return False
        dataset = self.view.examples.dataset
        inputs, classes = _shape(dataset)
        return inputs == 2 and classes <= MOST_CLASSES if classes else len(dataset.target_names) == 1

    def _take_hold(self, view: ResponseView) -> None:
        view.installEventFilter(self.hand)
        view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        view.setCursor(Qt.CursorShape.CrossCursor)

    def _let_go(self, view: ResponseView) -> None:
        view.removeEventFilter(self.hand)
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        view.unsetCursor()
        view.brush, view.hint = None, ""
        view.show_draft(None)

    def _load(self) -> None:
        """Take up the data in force, if need be once a frame shows them."""
        data = self._lab.experiment.data
        self.sketch, self._touched = None, False
        if data.name == "drawn" and data.drawing is not None:
            self.sketch, self._touched = Sketch(data.drawing), True
        elif self._frame is not None and self._frame.experiment.data == data and self.can_draw():
            self.sketch = Sketch(drawing_of(self._frame.setup.dataset))
        if self.sketch is not None:
            self.tools.show_brushes(brushes(self.sketch.drawing(), self.tools.theme))
        self._present()

    def _take_experiment(self, _experiment: Experiment) -> None:
        if not self._sending and self.on:
            self.drawing = self._dirty = False
            self._send_timer.stop()
            self._load()

    def retheme(self) -> None:
        """Take the colours of the theme."""
        self.tools.retheme()
        if self.sketch is not None:
            self.tools.show_brushes(brushes(self.sketch.drawing(), self.tools.theme))
        self.hand.show_brush()

    # Beginning

    def start(self) -> None:
        """Make the points that are shown a drawing."""
        if self.sketch is not None and not self._touched:
            self.begin_stroke()
            self.touch()
            self.drawing = False
            self._send_timer.stop()
            self._send("Start from these points")
            self._present()

    def clear(self) -> None:
        """Remove all points; the run keeps its data until there is a new one."""
        if self.sketch is not None:
            self.end_stroke()
            self.sketch.clear()
            self._touched = True
            self._present()

    def begin_blank(self, classes: int) -> None:
        """Begin with a point of each of so many classes, or (0) with a flat curve."""
        self._replace(blank(tuple(f"class {number}" for number in range(1, classes + 1))), "New drawing")
        # What was rubbed out or moved last is gone: now somebody wants to draw.
        self.tools.take("draw", 0)

    def add_class(self) -> None:
        """Add a class to draw points of."""
        drawing = self.sketch.drawing() if self.sketch is not None else None
        if drawing is None or not drawing.points or not 2 <= len(drawing.class_names) < MOST_CLASSES:
            self._lab.refused.emit(f"A class can be added where there are points of 2 to {MOST_CLASSES - 1} classes")
            return
        number = len(drawing.class_names) + 1
        while f"class {number}" in drawing.class_names:
            number += 1
        self._replace(replace(drawing, class_names=(*drawing.class_names, f"class {number}")), "Add a class")
        self.tools.take("draw", len(drawing.class_names))

    def _replace(self, drawing: Drawing, text: str) -> None:
        self.end_stroke()
        experiment = self._lab.experiment
        try:
            changed = with_data(experiment, drawn(experiment.data, drawing))
        except InputError as error:
            self._lab.refused.emit(str(error))
            return
        if self._lab.change(changed, text) and loses_test_set(experiment.data, changed.data):
            self._lab.told.emit(TEST_SET_GOES)

    # Strokes

    def begin_stroke(self) -> None:
        """Begin an entry of the undo stack."""
        self.end_stroke()
        self._stroke += 1
        self.drawing = True
        self._send_timer.start()

    def touch(self, changed: bool = True) -> None:
        """Note that the sketch is another now: soon the picture, and then the run."""
        if not changed:
            return
        self._dirty = self._touched = True
        if not self._show_timer.isActive() and self.sketch is not None:
            self._show_timer.start(max(SHOW_EVERY, len(self.sketch.points) // POINTS_PER_MS))

    def end_stroke(self) -> None:
        """Lift the tool."""
        self._send_timer.stop()
        if self.drawing:
            self.drawing = False
            self._send(_TEXTS[self.tools.tool])

    def note_full(self) -> None:
        """Say that there is no room for more points."""
        self.noted.emit(f"{MOST_POINTS:,} points are the most")

    def _tick(self) -> None:
        self.hand.hold()
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
        taken = self._lab.change(replace(experiment, data=data), text, merge=f"stroke {id(self)} {self._stroke}")
        self._sending = False
        if not taken:
            self._load()
        elif loses_test_set(experiment.data, data):
            self._lab.told.emit(TEST_SET_GOES)

    def _present(self) -> None:
        """Show the points as they are drawn; the run has them a little later."""
        self.tools.start_action.setEnabled(self.sketch is not None and not self._touched)
        if self.view is None or not self.on:
            return
        draft = None
        if self.sketch is not None and self._touched and self.view.examples is not None:
            drawing, data = self.sketch.drawing(), self._lab.experiment.data
            if _shape(self.view.examples.dataset) == drawing.shape:
                share = data.test_share if data.name == "drawn" else 0.0
                draft = drawn_dataset(drawing, test_share=share, seed=data.seed, features=data.features)
            if not self.sketch.is_full:
                points = f"{len(drawing.points):,} of {MOST_POINTS:,} points"
                self.noted.emit(points if len(drawing.points) > MOST_POINTS // 2 else "")
        self.view.show_draft(draft)
        self.view.hint = EMPTY if self.sketch is not None and not self.sketch.points else ""
        self.hand.show_brush()


def brushes(drawing: Drawing, theme: Theme) -> list[Brush]:
    """Return the brushes for a drawing: one for each class, one for a curve, or some heights of a plane."""
    names = drawing.class_names
    if names:
        colours = class_colours(theme.colours, len(names))
        return [Brush(f"points of «{name}»", colours[number], float(number)) for number, name in enumerate(names)]
    column = drawing.columns[-1]
    if drawing.inputs == 1:
        return [Brush("the curve", theme.colours.train, 0.0)]
    values = [column.low + share * (column.high - column.low) for share in HEIGHTS]
    table = shades(theme, len(HEIGHTS), strength=1.0)
    return [
        Brush(f"points of {column.name} = {value:.3g}", f"#{int(pixel) & 0xFFFFFF:06x}", value)
        for value, pixel in zip(values, table, strict=True)
    ]


def _shape(dataset: Dataset) -> tuple[int, int]:
    return dataset.inputs.shape[1], len(dataset.class_names)
