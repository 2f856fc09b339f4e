"""The panel of what the network computes."""

from __future__ import annotations

from dataclasses import replace as changed
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from stepviz.engine.common.number_format import measured_text
from stepviz.engine.data.datasets import dataset_from_arrays
from stepviz.engine.settings.experiment import DataSettings, Experiment
from stepviz.probes.response import ClassResponse, CurveResponse, MapResponse, Response
from stepviz.runtime.frame import Frame
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import DARK, LIGHT, Theme
from stepviz.ui.instruments.response.class_map import ClassesView
from stepviz.ui.instruments.response.colours import class_colours, class_pixels, picture, score_pixels
from stepviz.ui.instruments.response.curve import CurveView
from stepviz.ui.instruments.response.decision_map import MapView
from stepviz.ui.instruments.response.panel import ResponsePanel
from stepviz.ui.instruments.response.points import MOST_POINTS, Entry, Examples
from stepviz.ui.instruments.response.scatter import ScatterView
from tests.ui.built_panels import network, walk

SIZES = [(300, 190), (460, 300), (260, 640), (1900, 1000)]


@pytest.fixture
def panel(qtbot: QtBot) -> ResponsePanel:
    panel = ResponsePanel(Lab(Experiment(), lambda command: None), Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(460, 300)
    panel.show()
    return panel


def framed(data: DataSettings | None = None, *, loss: str = "", activation: str = "tanh", steps: int = 60) -> Frame:
    """Return a frame with a response after ``steps`` updates."""
    experiment = network(6, activation=activation)
    experiment = replace(experiment, data=data or experiment.data, loss=loss or experiment.loss)
    return walk(Run(experiment), 1, steps, ["response"])


def csv(tmp_path: Path, header: str, rows: list[list[object]]) -> DataSettings:
    path = tmp_path / "table.csv"
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return DataSettings(name="csv", path=str(path))


def count_of(image: QImage, name: str, tolerance: int = 12) -> int:
    wanted = QColor(name)
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return sum(
        abs(pixel.red() - wanted.red()) + abs(pixel.green() - wanted.green()) + abs(pixel.blue() - wanted.blue())
        <= tolerance
        for pixel in pixels
    )


def every_frame(tmp_path: Path) -> dict[str, Frame]:
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(60, 3)).round(3)
    numbers = csv(tmp_path, "a,b,c,price", [[*row.tolist(), round(float(row.sum()), 3)] for row in rows])
    return {
        "map": framed(),
        "plane": framed(DataSettings(name="plane"), loss="squared-error"),
        "curve": framed(DataSettings(name="sine"), loss="squared-error"),
        "digits": framed(DataSettings(name="digits", samples=300), loss="softmax-cross-entropy"),
        "scatter": framed(numbers, loss="squared-error"),
    }


# Which view


def test_each_kind_of_data_has_its_view_in_every_size_and_theme(panel: ResponsePanel, tmp_path: Path) -> None:
    views = {"map": MapView, "plane": MapView, "curve": CurveView, "digits": ClassesView, "scatter": ScatterView}
    for kind, frame in every_frame(tmp_path).items():
        panel.show_frame(frame)
        assert type(panel.view) is views[kind]
        for size in SIZES:
            panel.resize(*size)
            for theme in ("dark", "light"):
                panel.theme.choose(theme)
                assert not panel.grab().isNull()


def test_without_a_response_it_says_what_will_appear(panel: ResponsePanel) -> None:
    panel.show_frame(changed(framed(), readings={}))
    assert panel.view is None
    assert panel.empty.isVisible()


def test_the_share_of_right_answers_is_read_out(panel: ResponsePanel) -> None:
    frame = framed()
    response = frame.reading(Response)
    assert response is not None
    scored = changed(response, train_accuracy=1.0, test_accuracy=0.9999)
    panel.show_frame(changed(frame, readings={Response: scored}))
    assert panel.score.text() == "Right: train 100 %, test 99.9 %"


def test_a_regression_reads_out_its_losses(panel: ResponsePanel) -> None:
    frame = framed(DataSettings(name="sine"), loss="squared-error")
    panel.show_frame(frame)
    assert panel.score.text().startswith(f"Loss: train {frame.train_loss:.3g}")


def test_a_scaled_regression_reads_out_its_typical_error_in_the_units_of_the_table(
    panel: ResponsePanel, tmp_path: Path
) -> None:
    rows: list[list[object]] = [[x, 1000.5 + 50.0 * x] for x in range(40)]
    frame = framed(csv(tmp_path, "size,price", rows), loss="squared-error")
    panel.show_frame(frame)
    error = np.sqrt(frame.train_loss) * frame.setup.dataset.target_scaling.sd[0]
    assert panel.score.text().startswith(f"Typical error: train ±{measured_text(error)}")


def test_the_same_response_is_not_shown_twice(panel: ResponsePanel) -> None:
    frame = framed()
    panel.show_frame(frame)
    view = panel.view
    assert isinstance(view, MapView)
    view.shape = None
    panel.show_frame(changed(frame, number=frame.number + 1))
    assert view.shape is None


# The decision map


def test_scores_become_the_colours_of_the_classes_and_row_0_is_at_the_bottom(qtbot: QtBot) -> None:
    theme = Theme("light")
    image = picture(score_pixels(theme, np.array([[0.0, 1.0], [0.5, np.nan]])))
    blue, orange, middle = image.pixelColor(0, 1), image.pixelColor(1, 1), image.pixelColor(0, 0)
    assert blue.blue() > blue.red() + 80
    assert orange.red() > orange.blue() + 80
    assert min(middle.red(), middle.green(), middle.blue()) > 240
    assert image.pixelColor(1, 0).alpha() == 0


def test_a_class_is_paler_the_less_sure_it_is(qtbot: QtBot) -> None:
    pixels = class_pixels(Theme("light"), np.array([[1.0, 0.5, 1 / 3, np.nan]]), np.array([[2, 2, 2, 0]]), 3)
    sure, unsure, not_at_all = (QColor.fromRgb(int(pixel)) for pixel in pixels[0, :3])
    assert sure.saturationF() > unsure.saturationF() > not_at_all.saturationF()
    assert pixels[0, 3] == 0


def test_classes_have_different_colours_in_both_themes() -> None:
    for colours in (LIGHT, DARK):
        for classes in (2, 3, 10):
            assert len(set(class_colours(colours, classes))) == classes
        assert len(class_colours(colours, 25)) == 25


def test_the_wrong_ones_are_those_that_the_network_answers_wrongly(panel: ResponsePanel) -> None:
    frame = framed(steps=5)
    panel.show_frame(frame)
    view, response = panel.view, frame.reading(Response)
    assert isinstance(view, MapView)
    assert view.examples is not None
    assert response is not None
    train = ~view.examples.test
    assert 0.0 < view.wrong.mean() < 1.0
    assert 1.0 - view.wrong[train].mean() == pytest.approx(response.train_accuracy)
    assert 1.0 - view.wrong[~train].mean() == pytest.approx(response.test_accuracy)


def test_wrong_examples_are_crossed_out(panel: ResponsePanel) -> None:
    panel.show_frame(framed(steps=5))
    view = panel.view
    assert isinstance(view, MapView)
    box = view.plot().box.toRect()
    crossed = count_of(view.grab(box).toImage(), LIGHT.text, 60)
    view.wrong[:] = False
    view.update()
    assert count_of(view.grab(box).toImage(), LIGHT.text, 60) < crossed / 2


def test_a_map_with_jumps_is_not_smoothed(panel: ResponsePanel) -> None:
    for activation, smooth in (("step", False), ("tanh", True)):
        panel.show_frame(framed(activation=activation))
        view = panel.view
        assert isinstance(view, MapView)
        assert view.smooth is smooth


def test_a_map_is_looked_at_more_finely_where_it_is_large(panel: ResponsePanel) -> None:
    found = []
    for size in ((460, 300), (1500, 900), (3800, 1900), (460, 300)):
        panel.resize(*size)
        found.append(panel.lab.options("response").points)
    assert found == [64, 128, 192, 64]


def test_the_answer_under_the_mouse_is_read_out(panel: ResponsePanel) -> None:
    frame = framed()
    panel.show_frame(frame)
    view, response = panel.view, frame.reading(Response)
    assert isinstance(view, MapView)
    assert response is not None
    shape = response.shape
    assert isinstance(shape, MapResponse)
    assert shape.classes is not None
    words = view.describe(view.plot().box.center())
    name = frame.setup.dataset.class_names[int(shape.classes[32, 32])]
    assert words.startswith("x1 = ")
    assert f"\n{name} (" in words
    assert view.describe(QPointF(-1, -1)) == ""


def test_two_inputs_of_one_scale_are_drawn_to_scale(panel: ResponsePanel) -> None:
    panel.show_frame(framed())
    view = panel.view
    assert isinstance(view, MapView)
    for size in SIZES:
        panel.resize(*size)
        plot = view.plot()
        units = plot.box.width() / (plot.across.high - plot.across.low)
        assert units == pytest.approx(plot.box.height() / (plot.up.high - plot.up.low), rel=0.03)
        assert view.rect().contains(plot.box.toRect())


def test_the_legend_names_classes_and_marks(panel: ResponsePanel) -> None:
    panel.show_frame(framed())
    view = panel.view
    assert isinstance(view, MapView)
    assert [entry.text for entry in view.entries()] == ["ring", "disc", "train", "test", "wrong"]
    assert view.entries()[0] == Entry("ring", LIGHT.first_class)


def test_of_very_many_examples_some_are_drawn_and_it_says_so(panel: ResponsePanel) -> None:
    panel.show_frame(framed(DataSettings(samples=4000)))
    assert panel.drawn.text().startswith("1,500 of 4,000")
    panel.show_frame(framed())
    assert panel.drawn.text() == ""


def test_the_examples_drawn_are_spread_evenly_and_know_their_set() -> None:
    dataset = dataset_from_arrays(np.arange(6000.0).reshape(3000, 2), np.arange(3000) % 2, test_share=0.3)
    examples = Examples.of(dataset)
    assert len(examples.chosen) == MOST_POINTS
    assert np.array_equal(examples.test, np.isin(examples.chosen, dataset.test))
    assert np.diff(examples.chosen).max() <= 2
    assert np.array_equal(examples.classes, examples.chosen % 2)


# The other views


def test_the_curve_and_its_points_are_in_the_persons_units(panel: ResponsePanel, tmp_path: Path) -> None:
    rows: list[list[object]] = [[x, 1000.0 + 5.0 * x] for x in range(100, 140)]
    frame = framed(csv(tmp_path, "size,price", rows), loss="squared-error", steps=300)
    panel.show_frame(frame)
    view = panel.view
    assert isinstance(view, CurveView)
    plot = view.plot()
    assert plot.across.low < 100 < 139 < plot.across.high
    assert plot.up.low < 1500 < 1695 < plot.up.high
    assert plot.across.label == "size"
    assert plot.up.label == "price"
    words = view.describe(QPointF(*plot.points(np.array(120.0), np.array(1600.0))))
    assert words.startswith("size = 1")
    assert abs(float(words.split("price: ")[1].replace(",", "")) - 1600) < 30


def test_a_curve_that_is_not_finite_leaves_the_points(panel: ResponsePanel) -> None:
    frame = framed(DataSettings(name="sine"), loss="squared-error")
    response = frame.reading(Response)
    assert response is not None
    shape = response.shape
    assert isinstance(shape, CurveResponse)
    gone = changed(response, shape=changed(shape, y=np.full((256, 1), np.nan)))
    panel.show_frame(changed(frame, readings={Response: gone}))
    assert count_of(panel.grab().toImage(), LIGHT.train) > 100


def test_the_confusion_matrix_reads_true_class_down_and_answer_across(panel: ResponsePanel) -> None:
    frame = framed(DataSettings(name="digits", samples=300), loss="softmax-cross-entropy", steps=2)
    response = frame.reading(Response)
    assert response is not None
    shape = response.shape
    assert isinstance(shape, ClassResponse)
    confusion = np.zeros((10, 10), dtype=np.int64)
    confusion[3, 3], confusion[3, 8] = 9, 1
    only = changed(response, shape=changed(shape, confusion=confusion))
    panel.show_frame(changed(frame, readings={Response: only}))
    view = panel.view
    assert isinstance(view, ClassesView)
    box = view.matrix_box()
    cell = box.width() / 10

    def middle(row: int, column: int) -> QPointF:
        return QPointF(box.left() + (column + 0.5) * cell, box.top() + (row + 0.5) * cell)

    assert view.describe(middle(3, 8)) == "1 of 10 of class «3» taken for «8»"
    assert view.describe(middle(3, 3)) == "9 of 10 of class «3» recognised as «3»"
    image = view.grab().toImage()
    right, wrong = (image.pixelColor((middle(3, k) - QPointF(cell / 2 - 2, cell / 2 - 2)).toPoint()) for k in (3, 8))
    assert right.blue() > right.red()
    assert wrong.red() > wrong.blue()


def test_wrong_samples_are_framed(panel: ResponsePanel) -> None:
    frame = framed(DataSettings(name="digits", samples=300), loss="softmax-cross-entropy", steps=2)
    response = frame.reading(Response)
    assert response is not None
    shape = response.shape
    assert isinstance(shape, ClassResponse)
    truth = np.asarray(frame.setup.dataset.targets, dtype=np.int64)[shape.shown]
    counts = []
    for number, predicted in enumerate((truth, (truth + 1) % 10)):
        answered = changed(response, shape=changed(shape, predicted=predicted))
        panel.show_frame(changed(frame, number=number, readings={Response: answered}))
        counts.append(count_of(panel.grab().toImage(), LIGHT.test))
    assert counts[0] == 0
    assert counts[1] > 300


def test_right_answers_of_a_scatter_lie_on_the_diagonal(panel: ResponsePanel, tmp_path: Path) -> None:
    frame = every_frame(tmp_path)["scatter"]
    panel.show_frame(frame)
    view = panel.view
    assert isinstance(view, ScatterView)
    plot = view.plot()
    assert (plot.across.low, plot.across.high) == (plot.up.low, plot.up.high)
    assert plot.across.label == "price (test examples)"
    assert count_of(view.grab().toImage(), LIGHT.test) > 50
