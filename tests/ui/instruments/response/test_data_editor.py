"""Drawing on the map with mouse and keys: what is drawn becomes the data of the run, stroke by stroke."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from stepviz.engine.data.datasets import load_data
from stepviz.engine.settings.drawing import MOST_POINTS, Drawing, Point
from stepviz.engine.settings.experiment import DataSettings, Experiment
from stepviz.engine.setup.edits import drawn, with_data
from stepviz.runtime.commands import Change, Command
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.response import data_editor as module
from stepviz.ui.instruments.response.curve import CurveView
from stepviz.ui.instruments.response.decision_map import MapView
from stepviz.ui.instruments.response.panel import ResponsePanel
from tests.ui.built_panels import look

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CORNERS = Drawing(((-0.5, -0.5, 0.0), (0.5, 0.5, 1.0)), class_names=("blue", "orange"))


class Studio:
    """A panel with a run behind it that takes every change at once; frames come when asked for."""

    def __init__(self, qtbot: QtBot, data: DataSettings) -> None:
        experiment = with_data(Experiment(seed=1), data)
        self.run, self.sent, self.refusals = Run(experiment), list[Command](), list[str]()
        self.lab = Lab(experiment, self.send)
        self.lab.refused.connect(self.refusals.append)
        self.panel = ResponsePanel(self.lab, Theme("light"))
        qtbot.addWidget(self.panel)
        self.panel.resize(520, 420)
        with qtbot.waitExposed(self.panel):
            self.panel.show()
        self.frame()

    def send(self, command: Command) -> None:
        self.sent.append(command)
        if isinstance(command, Change):
            self.run.change(command.experiment, command.note, command.drag)

    def frame(self) -> None:
        self.panel.show_frame(look(self.run, ["response"], len(self.sent) + 1))

    @property
    def tools(self) -> module.DrawingTools:
        return self.panel.tools

    @property
    def view(self) -> MapView | CurveView:
        assert isinstance(self.panel.view, MapView | CurveView)
        return self.panel.view

    @property
    def points(self) -> tuple[Point, ...]:
        drawing = self.lab.experiment.data.drawing
        return () if drawing is None else drawing.points

    @property
    def changes(self) -> int:
        return sum(isinstance(command, Change) for command in self.sent)

    def place(self, x: float, y: float) -> QPoint:
        return QPointF(*self.view.plot().points(np.array(x), np.array(y)).tolist()).toPoint()

    def click(self, x: float, y: float) -> None:
        QTest.mouseClick(self.view, LEFT, NONE, self.place(x, y))

    def drag(self, *corners: tuple[float, float]) -> None:
        QTest.mousePress(self.view, LEFT, NONE, self.place(*corners[0]))
        for start, end in pairwise(corners):
            for share in np.linspace(0.05, 1.0, 20):
                between = np.asarray(start) * (1 - share) + np.asarray(end) * share
                QTest.mouseMove(self.view, self.place(*between.tolist()))
        QTest.mouseRelease(self.view, LEFT, NONE, self.place(*corners[-1]))


@pytest.fixture
def studio(qtbot: QtBot) -> Studio:
    studio = Studio(qtbot, drawn(DataSettings(), CORNERS))
    qtbot.mouseClick(studio.panel.draw, LEFT)
    assert studio.tools.isVisible()
    return studio


def near(point: Point, place: tuple[float, float], within: float = 0.02) -> bool:
    return abs(point[0] - place[0]) < within and abs(point[1] - place[1]) < within


def test_a_click_adds_a_point_of_the_brush_where_it_is(qtbot: QtBot, studio: Studio) -> None:
    qtbot.mouseClick(studio.tools.brush_buttons[1], LEFT)
    studio.click(0.25, -0.75)
    assert len(studio.points) == 3
    assert studio.points[:2] == CORNERS.points
    assert near(studio.points[2], (0.25, -0.75))
    assert studio.points[2][2] == 1.0


def test_the_weights_are_kept_and_the_run_trains_on_the_point(studio: Studio) -> None:
    studio.run.step(30)
    before = studio.run.trainer.theta.copy()
    studio.click(0.25, -0.75)
    assert studio.run.trainer.theta.tobytes() == before.tobytes()
    assert studio.run.trainer.step_count == 30
    assert len(studio.run.trainer.dataset.train) == 3


def test_a_drag_sprays_points_along_its_way_and_is_one_entry_of_undo(studio: Studio) -> None:
    studio.drag((-0.9, 0.8), (0.9, 0.8))
    sprayed = np.array(studio.points[2:])
    assert len(sprayed) > 8
    assert (np.abs(sprayed[:, 1] - 0.8) < 0.2).all()
    assert np.ptp(sprayed[:, 0]) > 1.5
    assert studio.lab.undo_stack.count() == 1
    assert studio.lab.undo_stack.undoText() == "Draw points"
    studio.lab.undo_stack.undo()
    assert studio.points == CORNERS.points
    studio.lab.undo_stack.redo()
    assert len(studio.points) == 2 + len(sprayed)


def test_after_undo_the_next_stroke_goes_on_from_there(studio: Studio) -> None:
    studio.click(0.0, 0.0)
    studio.lab.undo_stack.undo()
    studio.click(0.7, 0.0)
    assert len(studio.points) == 3
    assert near(studio.points[2], (0.7, 0.0))


def test_two_strokes_are_two_entries(studio: Studio) -> None:
    studio.click(0.0, 0.0)
    studio.click(0.1, 0.0)
    assert studio.lab.undo_stack.count() == 2


def test_the_eraser_removes_what_is_under_it(qtbot: QtBot, studio: Studio) -> None:
    qtbot.mouseClick(studio.tools.erase_tool, LEFT)
    studio.drag((-0.8, -0.5), (0.0, -0.5))
    assert studio.points == (CORNERS.points[1],)


def test_an_eraser_that_meets_nothing_changes_nothing(qtbot: QtBot, studio: Studio) -> None:
    qtbot.mouseClick(studio.tools.erase_tool, LEFT)
    studio.click(0.0, 0.9)
    assert studio.changes == 0
    assert studio.lab.undo_stack.count() == 0


def test_a_point_is_dragged_and_keeps_its_class(qtbot: QtBot, studio: Studio) -> None:
    qtbot.mouseClick(studio.tools.move_tool, LEFT)
    studio.drag((0.5, 0.5), (-0.9, 0.9))
    assert studio.points[0] == CORNERS.points[0]
    assert near(studio.points[1], (-0.9, 0.9))
    assert studio.points[1][2] == 1.0


def test_while_a_tool_is_dragged_the_run_is_told_at_most_ten_times_a_second(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module.SEND_EVERY == 100
    monkeypatch.setattr(studio.panel.easel._send_timer, "start", lambda: None)
    studio.drag((-0.9, 0.8), (0.9, 0.8))
    # Without a tick of the timer: where the tool came down, and where it was lifted.
    assert studio.changes <= 2


def test_a_long_stroke_is_sent_while_it_goes_on(qtbot: QtBot, studio: Studio) -> None:
    QTest.mousePress(studio.view, LEFT, NONE, studio.place(0.0, 0.0))
    QTest.mouseMove(studio.view, studio.place(0.5, 0.0))
    qtbot.waitUntil(lambda: studio.changes >= 1 and len(studio.points) > 3)
    held = len(studio.points)
    # Held still, the brush sprays.
    qtbot.waitUntil(lambda: len(studio.points) > held + 2)
    QTest.mouseRelease(studio.view, LEFT, NONE, studio.place(0.5, 0.0))
    assert studio.lab.undo_stack.count() == 1
    assert [mark.text for mark in studio.run.recorder.view().marks] == ["Draw points"]


@pytest.mark.parametrize("name", ["circle", "plane"])
def test_what_is_painted_over_the_earlier_points_looks_as_if_painted_anew(qtbot: QtBot, name: str) -> None:
    studio = Studio(qtbot, DataSettings(name, samples=60))
    qtbot.mouseClick(studio.panel.draw, LEFT)
    studio.click(0.0, 0.9)
    studio.frame()
    studio.panel.grab()
    for brush in (0, 1, 1, 0):
        studio.tools.take("draw", brush)
        studio.drag((-0.9, 0.2 * brush), (0.9, -0.4))
        studio.panel.easel._present()
        studio.frame()
    assert studio.view._layer is not None, "kept all the time"
    grown = studio.view.grab().toImage()
    studio.view.refresh()
    anew = studio.view.grab().toImage()
    # Where points overlap another class may lie on top; all the rest is the same.
    different = sum(grown.pixel(x, y) != anew.pixel(x, y) for x in range(grown.width()) for y in range(grown.height()))
    assert different < 0.02 * grown.width() * grown.height()


def test_points_are_shown_before_the_run_has_them(qtbot: QtBot, studio: Studio) -> None:
    QTest.mousePress(studio.view, LEFT, NONE, studio.place(0.0, 0.0))
    qtbot.waitUntil(lambda: studio.view.examples is not None and len(studio.view.examples.chosen) == 3)
    QTest.mouseRelease(studio.view, LEFT, NONE, studio.place(0.0, 0.0))


def test_cleared_it_waits_for_the_first_point_and_says_so(qtbot: QtBot, studio: Studio) -> None:
    qtbot.mouseClick(studio.tools.clear, LEFT)
    assert studio.changes == 0
    assert "until then the network goes on" in studio.view.hint
    assert not studio.panel.grab().isNull()
    studio.frame()
    studio.click(0.3, 0.3)
    assert len(studio.points) == 1
    assert studio.lab.undo_stack.count() == 1
    studio.frame()
    qtbot.waitUntil(lambda: studio.view.hint == "")
    studio.lab.undo_stack.undo()
    assert studio.points == CORNERS.points


def test_no_more_points_than_there_is_room_for(studio: Studio) -> None:
    full = replace(CORNERS, points=CORNERS.points * (MOST_POINTS // 2))
    studio.lab.change(with_data(studio.lab.experiment, drawn(DataSettings(), full)), "Fill")
    studio.frame()
    studio.click(0.0, 0.0)
    assert len(studio.points) == MOST_POINTS
    assert studio.panel.drawn.text() == "5,000 points are the most"


# Beginning


def test_the_first_stroke_on_a_data_set_begins_from_its_points(qtbot: QtBot) -> None:
    studio = Studio(qtbot, DataSettings("circle", samples=60))
    qtbot.mouseClick(studio.panel.draw, LEFT)
    assert studio.changes == 0
    studio.click(0.9, 0.9)
    before = load_data(DataSettings("circle", samples=60))
    assert studio.lab.experiment.data.name == "drawn"
    np.testing.assert_allclose(np.array(studio.points)[:60, :2], before.inputs, atol=2e-5)
    assert len(studio.points) == 61
    assert studio.lab.undo_stack.count() == 1
    studio.lab.undo_stack.undo()
    assert studio.lab.experiment.data == DataSettings("circle", samples=60)


def test_start_from_these_points_takes_them_as_they_are(qtbot: QtBot) -> None:
    studio = Studio(qtbot, DataSettings("circle", samples=60))
    qtbot.mouseClick(studio.panel.draw, LEFT)
    assert studio.tools.start_action.isEnabled()
    studio.tools.start_action.trigger()
    assert len(studio.points) == 60
    assert not studio.tools.start_action.isEnabled()


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_a_blank_drawing_of_several_classes_has_a_brush_for_each(qtbot: QtBot, studio: Studio, classes: int) -> None:
    studio.tools.blank_actions[classes].trigger()
    studio.frame()
    assert len(studio.tools.brush_buttons) == classes
    qtbot.mouseClick(studio.tools.brush_buttons[-1], LEFT)
    studio.click(0.8, 0.8)
    assert studio.points[-1][2] == classes - 1
    studio.run.step(20)
    studio.frame()
    assert not studio.panel.grab().isNull()


def test_a_class_is_added_with_a_brush_in_the_hand(studio: Studio) -> None:
    studio.tools.add_action.trigger()
    studio.frame()
    assert studio.lab.experiment.loss == "softmax-cross-entropy"
    studio.click(0.8, -0.8)
    assert studio.points[-1][2] == 2.0


def test_a_curve_is_drawn_by_dragging_over_it(studio: Studio) -> None:
    studio.tools.take("erase")
    studio.tools.blank_actions[0].trigger()
    assert studio.tools.tool == "draw"
    studio.frame()
    assert isinstance(studio.view, CurveView)
    studio.drag((-0.5, 1.0), (0.0, 0.0))
    points = np.array(studio.points)
    over = points[(points[:, 0] > -0.45) & (points[:, 0] < -0.05)]
    np.testing.assert_allclose(over[:, 1], -2 * over[:, 0], atol=0.05)
    assert len(over) > 20
    assert studio.lab.undo_stack.undoText() == "Draw the curve"
    assert studio.lab.experiment.loss == "squared-error"


def test_heights_of_a_plane_are_drawn_with_a_brush_for_each(qtbot: QtBot) -> None:
    studio = Studio(qtbot, DataSettings("plane", samples=50))
    qtbot.mouseClick(studio.panel.draw, LEFT)
    assert len(studio.tools.brush_buttons) == 5
    qtbot.mouseClick(studio.tools.brush_buttons[-1], LEFT)
    studio.click(0.5, 0.5)
    assert studio.points[-1][2] == max(brush.value for brush in studio.tools.brushes)


@pytest.mark.parametrize("data", [DataSettings("digits", samples=100)])
def test_what_is_no_plane_cannot_be_drawn_on_and_says_why(qtbot: QtBot, data: DataSettings) -> None:
    experiment = with_data(Experiment(), data)
    panel = ResponsePanel(Lab(experiment, lambda command: None), Theme("light"))
    qtbot.addWidget(panel)
    panel.show_frame(look(Run(experiment), ["response"]))
    assert not panel.draw.isEnabled()
    assert "two inputs" in panel.draw.toolTip()


def test_other_data_leave_drawing_or_begin_it_anew(qtbot: QtBot, studio: Studio) -> None:
    for data, on in ((DataSettings("moons", samples=40), True), (DataSettings("digits", samples=100), False)):
        studio.lab.change(with_data(studio.lab.experiment, data), "Other data")
        studio.frame()
        assert studio.panel.draw.isChecked() is on
        assert studio.tools.isVisible() is on


# Keys


def test_keys_choose_brush_tool_and_size_where_the_map_has_the_focus(qtbot: QtBot, studio: Studio) -> None:
    studio.click(0.0, 0.0)
    for key, expected in (
        ("2", ("draw", 1)),
        ("M", ("move", 1)),
        ("E", ("erase", 1)),
        ("1", ("draw", 0)),
        ("9", ("draw", 0)),
    ):
        QTest.keyClick(studio.view, Qt.Key(ord(key)))
        assert (studio.tools.tool, studio.tools.brush) == expected
    size = studio.tools.size_slider.value()
    QTest.keyClick(studio.view, Qt.Key.Key_Plus)
    assert studio.tools.size_slider.value() == size + 2
    QTest.keyClick(studio.view, Qt.Key.Key_Escape)
    assert not studio.panel.draw.isChecked()
    assert not studio.tools.isVisible()


def tab_to(view: QWidget) -> None:
    # Sent by hand: without a window manager no window is active, and Qt tells nobody of the focus.
    view.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))


def test_by_keyboard_alone_a_point_is_added_and_moved(qtbot: QtBot, studio: Studio) -> None:
    tab_to(studio.view)
    QTest.keyClick(studio.view, Qt.Key.Key_2)
    QTest.keyClick(studio.view, Qt.Key.Key_Return)
    assert near(studio.points[2], (0.0, 0.0))
    assert studio.points[2][2] == 1.0
    QTest.keyClick(studio.view, Qt.Key.Key_M)
    QTest.keyClick(studio.view, Qt.Key.Key_Return)
    for _ in range(3):
        QTest.keyClick(studio.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(studio.view, Qt.Key.Key_Return)
    assert near(studio.points[2], (0.3 * 2.2, 0.0))
    assert len(studio.points) == 3


def test_the_crosshair_outlives_a_look_at_another_window(studio: Studio) -> None:
    tab_to(studio.view)
    QTest.keyClick(studio.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    for kind in (QEvent.Type.FocusOut, QEvent.Type.FocusIn):
        QApplication.sendEvent(studio.view, QFocusEvent(kind, Qt.FocusReason.ActiveWindowFocusReason))
    QTest.keyClick(studio.view, Qt.Key.Key_Return)
    assert near(studio.points[2], (0.1 * 2.2, 0.0))


def test_after_drawing_the_mouse_draws_no_more(qtbot: QtBot, studio: Studio) -> None:
    qtbot.mouseClick(studio.panel.draw, LEFT)
    studio.click(0.0, 0.0)
    assert studio.points == CORNERS.points
    assert studio.view.brush is None


# Looks


@pytest.mark.parametrize("size", [(300, 190), (520, 420), (1900, 1000)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_tool_that_is_shown_fits(qtbot: QtBot, studio: Studio, size: tuple[int, int], theme: str) -> None:
    studio.panel.theme.choose(theme)
    for classes in (2, 5, 0):
        studio.tools.blank_actions[classes].trigger()
        studio.frame()
        studio.panel.resize(*size)
        QApplication.processEvents()
        studio.panel.grab()
        buttons = [*studio.tools.brush_buttons, studio.tools.move_tool, studio.tools.erase_tool, studio.tools.begin]
        boxes = [button.geometry() for button in buttons if button.isVisible()]
        assert len(boxes) == len(buttons)
        for number, box in enumerate(boxes):
            assert studio.tools.rect().contains(box)
            assert box.width() >= buttons[number].minimumSizeHint().width()
            assert not any(box.intersects(other) for other in boxes[number + 1 :])
