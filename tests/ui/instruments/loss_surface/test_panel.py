"""The panel of the loss surface."""

from __future__ import annotations

from dataclasses import replace as changed
from itertools import combinations

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import number_text
from stepviz.engine.settings.experiment import Choice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.probes.loss_surface import LossSurface, LossSurfaces, SurfaceOptions, flat_share
from stepviz.runtime.commands import Change, Command, PutParameters, SetOptions
from stepviz.runtime.frame import Frame
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import LIGHT, Theme
from stepviz.ui.instruments.loss_surface.controls import CHOICES, DirectionsKind
from stepviz.ui.instruments.loss_surface.geometry import View
from stepviz.ui.instruments.loss_surface.image import colour_axis, colour_table, flat_cells, rectangles, surface_image
from stepviz.ui.instruments.loss_surface.map import ZOOM
from stepviz.ui.instruments.loss_surface.painter import mark_places, places_off
from stepviz.ui.instruments.loss_surface.panel import MOVING, STANDING, LossSurfacePanel
from stepviz.ui.instruments.loss_surface.readouts import _in_two_columns, readouts
from stepviz.ui.plotting.axes import Axis
from stepviz.ui.widgets.slider_scale import PLACES
from tests.ui.built_panels import network, walk

SENT: list[Command] = []


@pytest.fixture
def panel(qtbot: QtBot) -> LossSurfacePanel:
    SENT.clear()
    panel = LossSurfacePanel(Lab(Experiment(), SENT.append), Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(460, 300)
    panel.show()
    return panel


def asked() -> SurfaceOptions:
    """Return the options sent last."""
    command = SENT[-1]
    assert isinstance(command, SetOptions)
    assert command.probe == "loss_surface"
    options = command.options
    assert isinstance(options, SurfaceOptions)
    return options


def measured(run: Run, options: SurfaceOptions) -> LossSurface:
    with np.errstate(all="ignore"):
        *_, last = (found for found in LossSurfaces().measure(run.look(), options) if found is not None)
    return last


def framed(activation: str = "tanh", options: SurfaceOptions | None = None) -> tuple[Frame, LossSurface]:
    """Return a frame after 40 steps with a surface."""
    run = Run(network(4, activation=activation))
    frame = walk(run, 20, 2)
    surface = measured(run, replace(options or SurfaceOptions(closer=True), resolution=32))
    return changed(frame, readings={LossSurface: surface}), surface


def shown(panel: LossSurfacePanel, activation: str = "tanh", options: SurfaceOptions | None = None) -> LossSurface:
    frame, surface = framed(activation, options)
    panel.choose(replace(surface.options, resolution=STANDING))
    panel.show_frame(frame)
    return surface


def picture(panel: LossSurfacePanel) -> QImage:
    return panel.map.grab(panel.map.plot().box.toRect()).toImage()


def share_of(image: QImage, colour: str, tolerance: int = 40) -> float:
    wanted = QColor(colour)
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    near = [
        abs(pixel.red() - wanted.red()) + abs(pixel.green() - wanted.green()) + abs(pixel.blue() - wanted.blue())
        for pixel in pixels
    ]
    return sum(distance < tolerance for distance in near) / len(near)


def wheel(panel: LossSurfacePanel, place: QPointF, notches: int) -> None:
    event = QWheelEvent(
        place, panel.map.mapToGlobal(place), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    panel.map.wheelEvent(event)


# The picture


def test_low_losses_are_dark_high_ones_light_and_the_lowest_beta_is_at_the_bottom() -> None:
    loss: Array = np.array([[1.0, 1.0], [10.0, np.inf]])
    image = surface_image(loss, Axis(1.0, 10.0, logarithmic=True))
    table = colour_table()
    assert image.pixel(0, 1) == image.pixel(1, 1) == table[0]
    assert image.pixel(0, 0) == table[255]
    assert image.pixelColor(1, 0).alpha() == 0


@pytest.mark.parametrize("logarithmic", [False, True])
def test_the_colours_span_all_finite_losses_between_round_ends(logarithmic: bool) -> None:
    for loss in ([0.103, 48.4, np.inf, np.nan], [0.69311, 0.69352], [0.0, 3.0], [0.5, 0.5], [0.0, 0.0]):
        axis = colour_axis(np.array(loss), logarithmic)
        finite = [value for value in loss if np.isfinite(value) and (value > 0 or not axis.logarithmic)]
        assert axis.low <= min(finite) + 1e-9
        assert axis.high >= max(finite) - 1e-9
        assert axis.high > axis.low
    assert colour_axis(np.array([0.101, 48.4]), logarithmic) == colour_axis(np.array([0.104, 48.2]), logarithmic)


def test_a_surface_without_a_finite_loss_has_a_scale_too() -> None:
    assert colour_axis(np.full((2, 2), np.nan), True).high == 1.0


def test_rectangles_cover_the_flat_cells_once_and_nothing_else() -> None:
    generator = np.random.default_rng(0)
    for share in (0.0, 0.3, 0.9, 1.0):
        cells = generator.random((9, 13)) < share
        covered = np.zeros(cells.shape, dtype=int)
        for left, bottom, right, top in rectangles(cells).tolist():
            covered[bottom:top, left:right] += 1
        assert (covered == cells).all()
    assert len(rectangles(np.ones((63, 63), dtype=bool))) == 1


def test_flat_cells_are_those_of_the_flat_share() -> None:
    loss: Array = np.array([[1.0, 1.0, 2.0], [1.0, 1.0, 1.0], [np.inf, np.inf, np.inf]])
    assert flat_cells(loss).tolist() == [[True, False], [False, False]]
    assert flat_share(loss) == flat_cells(loss).mean()


def test_a_step_networks_flats_are_hatched_and_a_gentle_slope_is_not(panel: LossSurfacePanel) -> None:
    near = SurfaceOptions(directions="parameters", span=1e-3, centre=(0.3, 0.3))
    surface = shown(panel, "step", near)
    panel.map.look(near.centre, near.span)
    assert surface.flat_share > 0.5
    assert share_of(picture(panel), LIGHT.zero) > 0.05
    slope = shown(panel, "tanh", replace(near, span=0.05))
    panel.map.look(near.centre, 0.05)
    assert slope.flat_share == 0.0
    assert share_of(picture(panel), LIGHT.zero) == 0.0


def test_jumps_are_not_smoothed_over(panel: LossSurfacePanel) -> None:
    shown(panel, "step")
    assert panel.map.surface is not None
    assert panel.map.surface.jumps
    shown(panel, "tanh")
    assert not panel.map.surface.jumps


def test_losses_that_are_not_finite_are_left_blank_and_counted(panel: LossSurfacePanel) -> None:
    frame, surface = framed()
    loss = surface.loss.copy()
    loss[:16] = np.inf
    panel.choose(replace(surface.options, resolution=STANDING))
    panel.show_frame(changed(frame, readings={LossSurface: changed(surface, loss=loss)}))
    box = panel.map.plot().box
    image = panel.map.grab().toImage()
    assert image.pixelColor(int(box.left()) + 5, int(box.bottom()) - 5) == QColor(LIGHT.raised)
    assert any("not finite on 50 %" in line.text for line in panel.map.readouts)


# What stands beside it


def test_the_readouts_say_how_flat_it_is_and_what_the_projection_hides() -> None:
    _, surface = framed()
    lines = [line.text for line in readouts(changed(surface, flat_share=0.872, explained=0.631))]
    assert "87 % of the map is exactly flat" in lines
    assert "63 % of the path's variance lies in this plane" in lines
    short = changed(surface, explained=float("nan"), path=surface.path[:1], path_steps=surface.path_steps[:1])
    assert "No path yet: it takes 3 points" in [line.text for line in readouts(short)]


def test_a_flat_share_that_is_nearly_all_is_not_rounded_to_all() -> None:
    _, surface = framed()
    assert readouts(changed(surface, flat_share=0.9999))[0].text.startswith("99.9 %")
    assert readouts(changed(surface, flat_share=1.0))[0].text.startswith("100 %")


def test_losses_that_hardly_differ_are_told_apart() -> None:
    _, surface = framed()
    loss: Array = np.array([[0.131914, 0.131915], [0.131917, 0.131916]])
    assert readouts(changed(surface, loss=loss))[1].short == "0.131914 to 0.131917"


def test_differences_that_are_only_rounding_are_called_so() -> None:
    _, surface = framed()
    steps = np.float32(0.7) + np.arange(4, dtype=np.float32).reshape(2, 2) * np.float32(6e-8)
    words = "These losses differ by little more than float32 rounds off"
    assert words in [line.text for line in readouts(changed(surface, loss=steps))]
    assert words not in [line.text for line in readouts(surface)]
    assert words not in [line.text for line in readouts(changed(surface, loss=np.full((2, 2), 0.7)))]


def test_a_switch_is_marked_where_it_happened_on_the_path(panel: LossSurfacePanel) -> None:
    run = Run(network(4))
    walk(run, 10, 2)
    run.change(with_activation(run.trainer.experiment, "relu"), "Switch to ReLU")
    frame = walk(run, 10, 2)
    surface = measured(run, SurfaceOptions(directions="path", resolution=STANDING))
    panel.choose(surface.options)
    panel.show_frame(changed(frame, readings={LossSurface: surface}))
    (place,) = mark_places(panel.map.plot(), surface, frame.history.marks)
    at = surface.path[int(np.searchsorted(surface.path_steps, 20))]
    assert panel.map.place(place) == pytest.approx(tuple(at))
    assert "Step 20: Switch to ReLU" in panel.map.describe(place)
    assert any(line.sign == "change" for line in panel.map.readouts)


def test_the_loss_under_the_mouse_is_read_out(panel: LossSurfacePanel) -> None:
    surface = shown(panel)
    words = panel.map.describe(panel.map.plot().box.center())
    assert words.startswith("α = 0, β = 0\nloss ") or words.startswith("α = −0, β = ")
    assert surface.loss.min() <= float(words.split("loss ")[1].split(",")[0]) <= surface.loss.max()
    assert panel.map.describe(QPointF(1, 1)) == ""


def test_in_a_narrow_instrument_the_words_stand_below_in_two_columns_and_the_map_has_the_room(
    panel: LossSurfacePanel,
) -> None:
    shown(panel)
    panel.resize(258, 290)
    plot, box = panel.map.arrangement.plot, panel.map.arrangement.readouts
    assert box.top() > plot.box.bottom()
    assert plot.box.width() > 100, "beside the words it had about half of that"
    painter = QPainter(picture := QImage(280, 290, QImage.Format.Format_RGB32))
    painter.setFont(panel.map.font())
    places = _in_two_columns(painter, box, panel.map.readouts, 1.0)
    painter.end()
    inside = [place for place in places if place.bottom() <= box.bottom() + 2]
    assert len(inside) >= 6
    assert not any(one.intersects(other) for one, other in combinations(places, 2))
    assert all(picture.rect().contains(place.toAlignedRect()) for place in inside)


def test_the_short_readouts_of_a_small_map_are_told_at_full_length_under_the_mouse(panel: LossSurfacePanel) -> None:
    panel.resize(360, 260)
    shown(panel)
    beside = QPointF(panel.map.width() - 20, panel.map.plot().box.top() + 20)
    words = panel.map.describe(beside)
    assert "of the map is exactly flat" in words
    assert words.count("\n") == len(panel.map.readouts) - 1


# What the person does


def test_the_wheel_zooms_about_the_mouse_and_asks_for_the_losses_there(panel: LossSurfacePanel) -> None:
    shown(panel)
    box = panel.map.plot().box
    corner = QPointF(box.left() + 0.75 * box.width(), box.top() + 0.25 * box.height())
    held = panel.map.place(corner)
    wheel(panel, corner, 2)
    assert asked().span == pytest.approx(ZOOM**-2)
    assert panel.map.place(corner) == pytest.approx(held, abs=0.05)
    assert panel.map.view == View(asked().centre, asked().span)


def test_the_old_picture_is_stretched_until_the_new_one_comes(panel: LossSurfacePanel) -> None:
    surface = shown(panel)
    before = picture(panel).pixelColor(4, 4)
    panel.map.zoom(4.0)
    assert panel.map.surface is surface
    frame, _ = framed()
    fresh = measured(Run(network(4)), replace(asked(), resolution=32))
    panel.show_frame(changed(frame, number=2, readings={LossSurface: fresh}))
    assert panel.map.surface is fresh
    assert not panel.map.waiting
    assert picture(panel).pixelColor(4, 4) != before


def test_keys_zoom_move_and_go_back(panel: LossSurfacePanel) -> None:
    shown(panel)
    QTest.keyClick(panel.map, Qt.Key.Key_Plus)
    assert asked().span == pytest.approx(1 / ZOOM)
    QTest.keyClick(panel.map, Qt.Key.Key_Right)
    assert asked().centre[0] > 0.0
    QTest.keyClick(panel.map, Qt.Key.Key_Minus)
    QTest.keyClick(panel.map, Qt.Key.Key_0)
    assert (asked().centre, asked().span) == ((0.0, 0.0), 1.0)


def test_dragging_moves_the_map_with_the_mouse(panel: LossSurfacePanel) -> None:
    shown(panel)
    start = panel.map.plot().box.center().toPoint()
    held = panel.map.place(QPointF(start))
    QTest.mousePress(panel.map, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(panel.map, start + QPoint(30, -20))
    QTest.mouseRelease(panel.map, Qt.MouseButton.LeftButton, pos=start + QPoint(30, -20))
    assert panel.map.place(QPointF(start + QPoint(30, -20))) == pytest.approx(held)
    assert asked().centre[0] < 0.0


def test_a_reset_ends_the_zoom(panel: LossSurfacePanel) -> None:
    shown(panel)
    assert not panel.controls.home.isEnabled()
    panel.controls.closer.click()
    assert panel.controls.home.isEnabled()
    assert panel.controls.home.text() == "1.5×"
    panel.controls.home.click()
    assert (asked().centre, asked().span) == ((0.0, 0.0), 1.0)
    assert not panel.controls.home.isEnabled()


def test_the_zoom_has_buttons_at_every_width(qtbot: QtBot, panel: LossSurfacePanel) -> None:
    shown(panel)
    controls = panel.controls

    def inside(width: int) -> bool:
        panel.resize(width, 300)
        ends = [button.geometry().right() for button in (controls.closer, controls.home) if not button.isHidden()]
        return controls.width() == width - 12 and max(ends) < controls.width()

    # A third of a window of 1366 pixels beside the editor.
    qtbot.waitUntil(lambda: inside(356))
    assert not controls.home.isHidden()
    # The same at 1024.
    qtbot.waitUntil(lambda: inside(244))
    assert not controls.closer.isHidden()
    assert not controls.wider.isHidden()


def test_of_step_units_the_zoom_shows_terraces_and_says_that_it_is_this_zoom(panel: LossSurfacePanel) -> None:
    surface = shown(panel, "step")
    assert surface.span < 1.0
    assert surface.flat_share > 0.1
    assert panel.map.view == View((0.0, 0.0), surface.span)
    assert panel.controls.home.text() == f"{number_text(1 / surface.span, 2)}×"
    assert "of the map is exactly flat at this zoom" in panel.map.readouts[0].text
    # The person goes on from there, and back to there.
    panel.controls.wider.click()
    assert asked().span == pytest.approx(surface.span * 1.5)
    assert not asked().closer
    panel.controls.home.click()
    assert asked().closer
    shown(panel, "tanh")
    assert panel.map.view == View((0.0, 0.0), 1.0)
    assert "at this zoom" not in panel.map.readouts[0].text


def test_a_surface_says_its_step_unless_the_run_rests_there(panel: LossSurfacePanel) -> None:
    frame, surface = framed()
    panel.show_frame(changed(frame, running=True, step=surface.step + 400))
    where = [line.text for line in panel.map.readouts if line.sign == "now"]
    assert where == [f"the run at step {surface.step:,}"]
    panel.show_frame(changed(frame, running=False, step=surface.step + 400))
    assert [line.text for line in panel.map.readouts if line.sign == "now"] == where
    panel.show_frame(changed(frame, running=False))
    assert [line.text for line in panel.map.readouts if line.sign == "now"] == ["now"]


def test_a_surface_of_units_that_were_switched_since_says_that_another_is_computed(panel: LossSurfacePanel) -> None:
    before = shown(panel, "tanh")
    assert not panel.map.waiting
    after, _ = framed("step")
    panel.show_frame(changed(after, running=True, readings={LossSurface: before}))
    assert panel.map.waiting


def test_the_zoom_buttons_stay_under_the_pointer(qtbot: QtBot, panel: LossSurfacePanel) -> None:
    shown(panel)
    places = panel.controls.closer.geometry(), panel.controls.wider.geometry()
    for _ in range(20):
        panel.controls.closer.click()
        panel.controls.layout().activate()
        assert (panel.controls.closer.geometry(), panel.controls.wider.geometry()) == places


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.key)
def test_every_kind_of_directions_is_in_the_menu_with_its_meaning(
    panel: LossSurfacePanel, choice: DirectionsKind
) -> None:
    shown(panel)
    panel.controls.closer.click()
    (action,) = (a for a in panel.controls.directions.menu().actions() if a.text().startswith(f"{choice.label}:"))
    action.trigger()
    assert choice.key == panel.options.directions
    assert panel.options.span == 1.0
    assert choice.meaning in panel.controls.directions.toolTip()


def test_the_seed_button_asks_for_other_random_directions(panel: LossSurfacePanel) -> None:
    shown(panel)
    panel.controls.seed.click()
    assert asked().seed == 1
    assert panel.map.waiting
    assert panel.controls.seed.text() == "seed 1"


def test_whether_the_bias_belongs_to_the_norm_can_be_chosen(panel: LossSurfacePanel) -> None:
    shown(panel)
    bias = panel.controls.directions.menu().actions()[-1]
    assert bias.isChecked()
    bias.trigger()
    assert asked().bias == "zeroed"
    panel.choose(replace(panel.options, directions="path"))
    assert not bias.isEnabled()


def test_two_parameters_are_chosen_by_number_and_named(panel: LossSurfacePanel) -> None:
    shown(panel)
    panel.choose_parameters(2, 5)
    assert (asked().directions, asked().first, asked().second) == ("parameters", 2, 5)
    assert panel.controls.first.isVisible()
    assert not panel.controls.seed.isVisible()
    panel.controls.first.setValue(3)
    assert asked().first == 3
    assert "layer 1, weight 1→4" in panel.controls.first.toolTip()


def test_the_map_is_finer_while_the_network_stands_still(panel: LossSurfacePanel) -> None:
    frame, _ = framed()
    panel.show_frame(frame)
    assert asked().resolution == STANDING
    panel.show_frame(changed(frame, running=True))
    assert asked().resolution == MOVING
    count = len(SENT)
    panel.show_frame(changed(frame, running=True))
    assert len(SENT) == count


def test_colours_can_be_linear(panel: LossSurfacePanel) -> None:
    shown(panel)
    before = picture(panel)
    panel.controls.scale.click()
    assert not panel.map.logarithmic
    assert picture(panel) != before


def test_the_same_surface_is_not_painted_twice(panel: LossSurfacePanel) -> None:
    frame, _ = framed()
    panel.show_frame(frame)
    panel.map.readouts = []
    panel.show_frame(changed(frame, number=2))
    assert panel.map.readouts == []


@pytest.mark.parametrize("size", [(300, 190), (460, 300), (200, 700), (1900, 1000)])
def test_the_map_is_square_and_all_of_it_visible(panel: LossSurfacePanel, size: tuple[int, int]) -> None:
    shown(panel)
    panel.resize(*size)
    box = panel.map.plot().box
    assert box.width() == box.height() >= 60
    assert panel.map.rect().contains(box.toRect())


def test_without_a_surface_it_says_what_will_appear(panel: LossSurfacePanel) -> None:
    frame, _ = framed()
    panel.show_frame(changed(frame, readings={}))
    assert panel.map.surface is None
    assert not panel.map.grab().isNull()
    assert panel.map.place(QPointF(100, 100)) is None


# Putting the network somewhere


def test_a_click_offers_to_put_the_network_there_and_undo_takes_it_back(panel: LossSurfacePanel, qtbot: QtBot) -> None:
    frame, surface = framed()
    panel.choose(replace(surface.options, resolution=STANDING))
    panel.lab.show(frame)
    panel.show_frame(frame)
    box = panel.map.plot().box
    spot = QPoint(round(box.left() + 0.75 * box.width()), round(box.top() + 0.25 * box.height()))
    qtbot.mouseClick(panel.map, Qt.MouseButton.LeftButton, pos=spot)
    assert panel.put.isVisible()
    assert panel.map.rect().contains(panel.put.geometry())
    alpha, beta = panel.map.pick or (0.0, 0.0)
    assert (alpha, beta) == pytest.approx((0.5, 0.5), abs=0.03)
    qtbot.mouseClick(panel.put, Qt.MouseButton.LeftButton)
    command = SENT[-1]
    assert isinstance(command, PutParameters)
    expected = surface.parameters_at(alpha, beta)
    assert expected is not None
    np.testing.assert_allclose(command.values, expected)
    np.testing.assert_array_equal(command.indices, np.arange(len(expected)))
    assert not panel.put.isVisible()
    panel.lab.undo_stack.undo()
    back = SENT[-1]
    assert isinstance(back, PutParameters)
    np.testing.assert_allclose(back.values, frame.parameters, rtol=1e-6)


def test_a_drag_moves_the_map_and_picks_nothing(panel: LossSurfacePanel, qtbot: QtBot) -> None:
    shown(panel)
    middle = panel.map.plot().box.center().toPoint()
    qtbot.mousePress(panel.map, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(panel.map, middle + QPoint(20, 5))
    QTest.mouseRelease(panel.map, Qt.MouseButton.LeftButton, pos=middle + QPoint(20, 5))
    assert panel.map.pick is None
    assert not panel.put.isVisible()


def test_by_keyboard_the_middle_is_picked_and_let_go(panel: LossSurfacePanel, qtbot: QtBot) -> None:
    shown(panel)
    qtbot.keyClick(panel.map, Qt.Key.Key_Return)
    assert panel.put.isVisible()
    assert panel.map.pick == (0.0, 0.0)
    qtbot.keyClick(panel.map, Qt.Key.Key_Escape)
    assert not panel.put.isVisible()


def test_what_the_projection_hides_is_said(panel: LossSurfacePanel) -> None:
    surface = shown(panel)
    honest = changed(surface, true_loss=np.full(4, 0.5), shown_loss=np.full(4, 0.51), checked=np.arange(4))
    assert any(line.text == "The path's losses are those of the map" for line in readouts(honest))
    off = changed(honest, shown_loss=np.full(4, 1.25))
    words = next(line for line in readouts(off) if line.sign == "off")
    assert words.text == "Path: at 4 of 4 points the map shows another loss, at worst 1.25 instead of 0.5"
    one = changed(honest, shown_loss=np.array([0.5, 0.51, 0.2, 0.5]))
    words = next(line for line in readouts(one) if line.sign == "off")
    assert words.text == "Path: at 1 of 4 points the map shows another loss, at worst 0.2 instead of 0.5"
    assert len(places_off(panel.map.plot(), one)) == 1
    panel.map.surface = off
    assert len(places_off(panel.map.plot(), off)) == 4
    assert places_off(panel.map.plot(), honest) == []


def test_what_was_seen_of_the_last_run_goes_with_it(panel: LossSurfacePanel, qtbot: QtBot) -> None:
    shown(panel)
    qtbot.keyClick(panel.map, Qt.Key.Key_Return)
    assert panel.put.isVisible()
    panel.show_frame(changed(walk(Run(network(4)), 1, 1), readings={}))
    assert panel.map.surface is None
    assert not panel.map.readouts
    assert not panel.put.isVisible()
    panel.map.grab()


def test_a_coarser_picture_of_the_same_instant_does_not_blur_a_finer_one(panel: LossSurfacePanel) -> None:
    run = Run(network(4))
    frame = changed(walk(run, 20, 2), running=False)
    fine, coarse = (measured(run, SurfaceOptions(resolution=size)) for size in (32, 16))
    panel.choose(SurfaceOptions(resolution=STANDING))
    wanted = SurfaceOptions(resolution=64)
    panel.show_frame(changed(frame, readings={LossSurface: changed(fine, options=wanted)}))
    panel.show_frame(changed(frame, number=9, readings={LossSurface: changed(coarse, options=wanted)}))
    assert panel.map.surface is not None
    assert len(panel.map.surface.alpha) == 32


def test_the_slope_slider_deforms_the_network_as_one_change(panel: LossSurfacePanel, qtbot: QtBot) -> None:
    lab = panel.lab
    assert panel.slope.isVisible(), "tanh has a slope"
    lab.change(with_activation(lab.experiment, "sigmoid"), "Sigmoid")
    before = lab.undo_stack.count()
    for place in (600, 800, PLACES):
        panel.slope.slider.setValue(place)
    assert [layer.activation.parameters["slope"] for layer in lab.experiment.layers] == [100.0, 100.0]
    assert panel.slope.value.text() == "a = 100"
    # One drag is one mark, with the value at its end.
    drags = [command for command in SENT if isinstance(command, Change)][-3:]
    assert len({command.drag for command in drags}) == 1
    assert drags[0].drag
    assert drags[-1].note == "Slope a = 100"
    assert lab.undo_stack.count() == before + 1
    lab.undo_stack.undo()
    assert panel.slope.value.text() == "a = 1"
    lab.change(replace(lab.experiment, slope_schedule=Choice("linear")), "Anneal")
    assert not panel.slope.isVisible(), "what it would say of the slope is not so"
    lab.undo_stack.undo()
    assert panel.slope.isVisible()
    lab.change(with_activation(lab.experiment, "relu"), "ReLU")
    assert not panel.slope.isVisible()


def test_a_path_left_behind_lies_on_the_map_and_is_named_beside_it(panel: LossSurfacePanel) -> None:
    run = Run(network(4))
    walk(run, 20, 2)
    run.go_to(10)
    frame = walk(run, 8, 2)
    surface = measured(run, SurfaceOptions(directions="path", resolution=STANDING))
    assert len(surface.left) > 10
    panel.show_frame(changed(frame, readings={LossSurface: surface}))
    assert "later path, left behind" in [line.text for line in panel.map.readouts]
    seen = picture(panel)
    gone = changed(surface, left=surface.left[:0])
    panel.show_frame(changed(frame, readings={LossSurface: gone}))
    assert "later path, left behind" not in [line.text for line in panel.map.readouts]
    assert picture(panel) != seen


def test_a_wide_panel_folds_its_sentences_behind_details(panel: LossSurfacePanel, qtbot: QtBot) -> None:
    panel.resize(900, 420)
    shown(panel)
    button = panel.controls.details
    assert button.isVisible()
    assert "details" in button.text()
    folded = panel.grab().toImage()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel.map.details
    assert panel.grab().toImage() != folded
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel.grab().toImage() == folded
    panel.resize(320, 300)
    shown(panel)
    assert not button.isVisible()
