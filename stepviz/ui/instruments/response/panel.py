"""What the network computes, in the form that suits the data: a map, a curve, a class map or a scatter."""

from __future__ import annotations

import math
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QSizePolicy, QStackedLayout, QToolButton, QVBoxLayout

from stepviz.engine.common.number_format import measured_text, share_text
from stepviz.instruments import INSTRUMENTS, Instrument
from stepviz.probes.response import (
    ClassResponse,
    CurveResponse,
    MapResponse,
    Response,
    ResponseOptions,
    ScatterResponse,
)
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.instruments.response.answer_table import AnswerTable
from stepviz.ui.instruments.response.class_map import ClassesView
from stepviz.ui.instruments.response.curve import CurveView
from stepviz.ui.instruments.response.data_editor import DataDrawing
from stepviz.ui.instruments.response.decision_map import MapView
from stepviz.ui.instruments.response.scatter import ScatterView
from stepviz.ui.instruments.response.toolbar import DrawingTools
from stepviz.ui.instruments.response.view import ResponseView
from stepviz.ui.text.number_format import text_points
from stepviz.ui.text.throttled_label import SlowLabel

DRAW = "Draw points of your own on the map, from these points on; the training goes on meanwhile"
CANNOT_DRAW = "Only data of two inputs, or a curve over one, can be drawn on: choose «Drawn by hand» or other data"

# Pixels of a panel's shorter side from which on the map is looked at more finely, and how finely: of a step network
# the grid is seen.
FINENESS = ((1200, 192), (560, 128), (0, 64))

# Pixels that a picture needs to say something beside a list of answers.
LEAST_PICTURE = 64
SPACE = 8

VIEWS: dict[type, type[ResponseView]] = {
    MapResponse: MapView,
    CurveResponse: CurveView,
    ClassResponse: ClassesView,
    ScatterResponse: ScatterView,
}


def fineness(width: int, height: int) -> int:
    """Return at how many points along each input a map in a panel of so many pixels is looked at."""
    return next(points for least, points in FINENESS if min(width, height) >= least)


class ResponsePanel(Panel):
    """The function learned so far, against the examples: where it is wrong, and on what it has no grip."""

    instrument: ClassVar[Instrument] = INSTRUMENTS["response"]

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.score = SlowLabel()
        self.score.setAccessibleName("How well the network answers")
        self.score.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.drawn = QLabel()
        self.drawn.setAccessibleName("How many examples are drawn")
        self.drawn.setToolTip("Not all examples are drawn, so that the map can be seen; all are used")
        self.empty = QLabel("What the network computes appears here")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.views = {kind: view(theme) for kind, view in VIEWS.items()}
        self.draw = QToolButton()
        self.draw.setText("Draw")
        self.draw.setCheckable(True)
        self.draw.setEnabled(False)
        self.draw.setToolTip(CANNOT_DRAW)
        self.draw.setAccessibleName("Draw points")
        self.draw.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tools = DrawingTools(theme)
        self.tools.hide()
        self.easel = DataDrawing(lab, self.tools)
        self.draw.toggled.connect(self._turn)
        self.easel.left.connect(lambda: self.draw.setChecked(False))
        self.easel.noted.connect(self._note)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.score, 1)
        row.addWidget(self.drawn)
        row.addWidget(self.draw)
        self._pages = QStackedLayout()
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 4)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self.tools)
        self.answers = AnswerTable(theme)
        self.answers.hide()
        self._beside = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._beside.setSpacing(SPACE)
        self._beside.addLayout(self._pages, 1)
        self._beside.addWidget(self.answers, 0, Qt.AlignmentFlag.AlignCenter)
        column.addLayout(self._beside, 1)
        # Once it has its place: a stack shows its first page at once, as a window if it has no parent yet.
        for page in (self.empty, *self.views.values()):
            self._pages.addWidget(page)
        self._shown: Response | None = None
        self._scored: Response | None = None
        self.retheme()

    @property
    def view(self) -> ResponseView | None:
        """Return the view that is shown, if any."""
        page = self._pages.currentWidget()
        return page if isinstance(page, ResponseView) else None

    def show_picture(self, frame: Frame) -> None:
        """Draw the newest response, but one that is drawn in numbers."""
        response = frame.reading(Response)
        if response is not None and response is not self._shown and not isinstance(response.shape, ClassResponse):
            self._shown = response
            self._draw(response, frame)

    def show_numbers(self, whole: Frame) -> None:
        """Write how well the network answers; a class map shows counts, and changes with them."""
        response = whole.reading(Response)
        if response is None or response is self._scored:
            return
        self._scored = response
        if isinstance(response.shape, ClassResponse):
            self._shown = response
            self._draw(response, whole)
        self.score.show_now(*score_texts(response, whole))
        if response.listed is not None:
            self.answers.show_answers(response.listed, whole.setup.dataset)
        self._place_answers()

    def _draw(self, response: Response, frame: Frame) -> None:
        view = self.views[type(response.shape)]
        view.show_shape(response.shape, frame)
        self._pages.setCurrentWidget(view)
        assert view.examples is not None
        self.easel.show_frame(frame, view)
        self._offer_drawing(frame)
        if not self.easel.on:
            self._note(view.examples.note() if isinstance(view, MapView | CurveView) else "")

    def _place_answers(self) -> None:
        """Put the list of answers beside the picture, or below where that leaves it more room; nowhere if neither."""
        listed = self._scored is not None and self._scored.listed is not None
        room = self.contentsRect().marginsRemoved(self._column.contentsMargins())
        wide, high = room.width() - SPACE, room.height() - self.score.sizeHint().height() - SPACE
        largest = 0
        for brief in (False, True):
            self.answers.be_brief(brief)
            needed = self.answers.sizeHint()
            beside = min(wide - needed.width(), high) if needed.height() <= high else 0
            below = min(wide, high - needed.height()) if needed.width() <= wide else 0
            largest = max(beside, below)
            if largest >= LEAST_PICTURE:
                break
        directions = QBoxLayout.Direction
        self._beside.setDirection(directions.LeftToRight if beside >= below else directions.TopToBottom)
        self.answers.setVisible(listed and largest >= LEAST_PICTURE)

    def begin_drawing(self) -> None:
        """Show the tools for drawing, as the person would."""
        self.draw.setChecked(True)

    def _offer_drawing(self, frame: Frame) -> None:
        """Let the person draw where the data shown can be drawn on."""
        if frame.experiment.data != self.lab.experiment.data:
            return
        can = self.easel.can_draw()
        if not can:
            self.draw.setChecked(False)
        self.draw.setEnabled(can)
        self.draw.setToolTip(DRAW if can else CANNOT_DRAW)

    def _turn(self, on: bool) -> None:
        self.tools.setVisible(on)
        self.easel.turn(on)
        self._note("")

    def _note(self, note: str) -> None:
        if note != self.drawn.text():
            self.drawn.setText(note)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Make the type larger where the panel is large."""
        super().resizeEvent(event)
        self.lab.look_at(self.instrument.key, ResponseOptions(fineness(self.width(), self.height())))
        points = text_points(9.5, self.width(), self.height())
        for view in self.views.values():
            view.set_type(points)
        self.answers.set_type(points)
        self._place_answers()
        self.score.setFont(font(points, bold=True, tabular=True))
        self.drawn.setFont(font(min(points, 12.0), tabular=True))
        self.draw.setFont(font(min(points, 12.0)))
        self.tools.set_type(font(min(points, 12.0)))
        self.empty.setFont(font(points))

    def retheme(self) -> None:
        """Take the colours of the theme."""
        colours = self.theme.colours
        self.score.setStyleSheet(f"color: {colours.text}")
        self.drawn.setStyleSheet(f"color: {colours.muted}")
        self.draw.setStyleSheet(f"QToolButton:checked {{ border: 2px solid {colours.accent}; }}")
        self.empty.setStyleSheet(f"color: {colours.muted}")
        self.setStyleSheet(f"ResponsePanel {{ background: {colours.surface}; }}")
        for view in self.views.values():
            view.refresh()
        self.answers.update()
        self.easel.retheme()


def score_texts(response: Response, frame: Frame) -> tuple[str, ...]:
    """Return how well the network answers, and the same in short: the share answered rightly, or the losses.

    Where a number is learned that was scaled: the root of the mean squared error, in the person's units.
    """
    dataset, tested = frame.setup.dataset, len(frame.setup.test) > 0
    error = dataset.typical_error(frame.train_loss)
    if error is not None:
        tests = dataset.typical_error(frame.test_loss) if tested else None
        train, test = f"±{measured_text(error)}", f"±{measured_text(tests)}" if tests is not None else ""
        return _with_test(f"Typical error: train {train}", test), _with_test(f"Error: {train}", test)
    if math.isnan(response.train_accuracy):
        train, test = measured_text(frame.train_loss), measured_text(frame.test_loss) if len(frame.setup.test) else ""
        return _with_test(f"Loss: train {train}", test), _with_test(f"Loss: {train}", test)
    train, test = share_text(response.train_accuracy), ""
    if not math.isnan(response.test_accuracy):
        test = share_text(response.test_accuracy)
    return _with_test(f"Right: train {train}", test), _with_test(f"Right: {train}", test)


def _with_test(train: str, test: str) -> str:
    return f"{train}, test {test}" if test else train
