"""The drawing of the network, pointed at, clicked and edited as a person does."""

from __future__ import annotations

import time
from dataclasses import replace as changed
from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Choice, DataSettings, Experiment
from stepviz.probes.probe_table import PROBES
from stepviz.probes.trace import TraceOptions
from stepviz.runtime.commands import Command, PutParameters, SetOptions
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.network_diagram.layout import Hit, distances_to
from stepviz.ui.instruments.network_diagram.panel import NetworkDiagramPanel
from stepviz.ui.instruments.network_diagram.scene import NEGATIVE, POSITIVE, ZERO, Scene
from tests.ui.built_panels import look, network


class Bench:
    """A panel on a run that carries out its commands at once, as the worker would between two updates."""

    def __init__(self, qtbot: QtBot, experiment: Experiment, steps: int = 5, theme: str = "light") -> None:
        self.run = Run(experiment)
        self.run.step(steps)
        self.sent: list[Command] = []
        self.table = dict(PROBES)
        self.number = 0
        self.lab = Lab(experiment, self.carry_out)
        self.theme = Theme(theme)
        self.panel = NetworkDiagramPanel(self.lab, self.theme)
        qtbot.addWidget(self.panel)
        self.panel.resize(620, 420)
        self.panel.show()
        self.qtbot = qtbot
        self.show()

    def carry_out(self, command: Command) -> None:
        self.sent.append(command)
        if isinstance(command, PutParameters):
            self.run.put(command.indices, command.values, command.note)
        elif isinstance(command, SetOptions):
            self.table[command.probe] = changed(self.table[command.probe], options=command.options)

    def show(self) -> None:
        """Show a frame of the run as it stands, and wait for the panel to have drawn it."""
        self.number += 1
        frame = look(self.run, self.panel.instrument.probes, self.number, self.table)
        self.lab.show(frame)
        self.panel.show_frame(frame)
        self.qtbot.waitUntil(lambda: self.canvas.scene is not None and self.canvas.scene.parameters is frame.parameters)

    @property
    def canvas(self):
        return self.panel.canvas

    def index(self, layer: int, row: int, unit: int) -> int:
        layout = self.run.trainer.network.layout
        return layout.offsets[layer] + row * layout.layers[layer].outputs + unit

    def place(self, index: int) -> QPoint:
        """Return a point on an edge near its start, where no other edge lies on top."""
        diagram = self.canvas.diagram
        at = np.flatnonzero(diagram.edges == index)
        if not len(at):
            return self.canvas.place_of(index).toPoint()
        x1, y1, x2, y2 = diagram.ends[at[0]]
        for share in np.linspace(0.1, 0.9, 33):
            x, y = round(x1 + share * (x2 - x1)), round(y1 + share * (y2 - y1))
            away = np.sort(distances_to(diagram.ends, x, y))
            if away[0] < 1.5 < 3.0 < away[1]:
                return QPoint(x, y)
        raise AssertionError(f"parameter {index} lies under others everywhere")

    def click(self, index: int) -> None:
        self.qtbot.mouseClick(self.canvas, Qt.MouseButton.LeftButton, pos=self.place(index))

    def double_click(self, index: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.mouseDClick(self.canvas, Qt.MouseButton.LeftButton, keys, self.place(index))

    @property
    def theta(self) -> np.ndarray:
        return self.run.trainer.theta[0]


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot, network(3, 3))


def colour_count(bench: Bench, colour: str) -> int:
    image = bench.canvas.grab().toImage()
    wanted = QColor(colour).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


def test_a_click_on_an_edge_selects_it_and_traces_its_gradient(bench: Bench, qtbot: QtBot) -> None:
    index = bench.index(0, 1, 0)
    with qtbot.waitSignal(bench.panel.parameter_chosen) as heard:
        bench.click(index)
    assert heard.args == [index]
    assert bench.sent == [SetOptions("trace", TraceOptions(0, 1, 0, 0))]
    bench.show()
    assert bench.panel.strip.sentence.text().startswith("layer 1, weight 2→1: its gradient is ")
    assert bench.panel.strip.chain.trace.index == index
    assert bench.panel.strip.chain.isVisible()


def test_a_click_on_nothing_lets_go(bench: Bench, qtbot: QtBot) -> None:
    bench.click(bench.index(0, 1, 0))
    with qtbot.waitSignal(bench.panel.parameter_chosen) as heard:
        qtbot.mouseClick(bench.canvas, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert heard.args == [-1]
    assert "Click a weight" in bench.panel.strip.sentence.text()
    assert not bench.panel.strip.chain.isVisible()


def test_another_example_is_asked_for(bench: Bench) -> None:
    bench.click(bench.index(0, 1, 0))
    bench.show()
    bench.panel.strip.example.setValue(8)
    assert bench.sent[-1] == SetOptions("trace", TraceOptions(0, 1, 0, 7))
    bench.show()
    assert bench.panel.strip.chain.trace.options.example == 7


def test_the_trace_follows_the_run_at_reading_speed(bench: Bench, qtbot: QtBot) -> None:
    bench.click(bench.index(0, 1, 0))
    bench.show()
    bench.run.step(5)
    bench.show()
    bench.run.step(5)
    bench.show()
    newest = bench.run.trainer.gradients()["layer1.weights"][1, 0]
    qtbot.waitUntil(lambda: bench.panel.strip.chain.trace.gradient == newest)


def test_a_step_network_is_cut_off(qtbot: QtBot) -> None:
    step = Bench(qtbot, network(3, 3, activation="step"), steps=20)
    tanh = Bench(qtbot, network(3, 3), steps=20)
    hidden = np.arange(step.run.trainer.network.layout.offsets[2])
    output = np.arange(hidden[-1] + 1, step.run.trainer.network.layout.size)
    assert set(step.canvas.scene.looks(hidden)[0]) == {ZERO}
    assert ZERO not in tanh.canvas.scene.looks(np.concatenate([hidden, output]))[0]
    zero = step.theme.colours.zero
    assert colour_count(step, zero) > 1000 > 0 == colour_count(tanh, zero)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_have_their_own_colours(qtbot: QtBot, theme: str) -> None:
    bench = Bench(qtbot, network(3, activation="step"))
    bench.theme.choose(theme)
    assert colour_count(bench, bench.theme.colours.zero) > 300
    assert colour_count(bench, bench.theme.colours.surface) > 10_000


def test_signs_and_strengths(bench: Bench) -> None:
    scene = bench.canvas.scene
    indices = np.arange(scene.setup.network.layout.size)
    sign, strength = scene.looks(indices)
    np.testing.assert_array_equal(sign == NEGATIVE, scene.parameters < 0)
    assert strength[np.argmax(np.abs(scene.parameters))] == strength.max() >= 2
    by_gradient = changed(scene, mode="gradient")
    np.testing.assert_array_equal(by_gradient.looks(indices)[0] == POSITIVE, scene.gradient > 0)


def test_the_buttons_switch_between_weights_and_gradient(bench: Bench, qtbot: QtBot) -> None:
    assert bench.panel.legend.wide.replace(".", "").isdigit()
    qtbot.mouseClick(bench.panel.findChild(object, "gradient"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bench.canvas.scene.mode == "gradient")
    assert "1e−7" in bench.panel.legend.wide


def test_the_pointer_reads_the_numbers(bench: Bench, qtbot: QtBot) -> None:
    index = bench.index(2, 1, 0)

    def read_at(place: QPoint) -> list[str]:
        # An X server sends moves of its own when the window has come up; the last one counts.
        qtbot.mouseMove(bench.canvas, place)
        under = bench.canvas.under
        return [] if under is None else bench.canvas.scene.describe(under, bench.canvas.diagram.columns)

    qtbot.waitUntil(lambda: read_at(bench.place(index))[:1] == ["layer 3, weight 2→1"])
    assert bench.canvas.under.index == index
    lines = bench.canvas.scene.describe(bench.canvas.under, bench.canvas.diagram.columns)
    assert lines[0] == "layer 3, weight 2→1"
    assert float(lines[1].removeprefix("weight ").replace("−", "-")) == pytest.approx(bench.theta[index], rel=5e-3)
    column = bench.canvas.diagram.columns[1]
    unit = QPointF(column.x, column.y[1]).toPoint()
    qtbot.waitUntil(lambda: "\n".join(read_at(unit)).startswith("layer 1, unit 2: Tanh, active"))
    text = "\n".join(read_at(unit))
    assert "f′(z) not 0 for 100%" in text


def test_a_backward_rule_is_named_where_the_gradient_is(qtbot: QtBot) -> None:
    experiment = network(3, 3, activation="step")
    choice = replace(experiment.layers[0].activation, rule=Choice("straight-through"))
    layers = tuple(replace(layer, activation=choice) for layer in experiment.layers)
    bench = Bench(qtbot, replace(experiment, layers=layers))

    def last_line() -> str:
        qtbot.mouseMove(bench.canvas, bench.place(bench.index(0, 0, 0)))
        under = bench.canvas.under
        return "" if under is None else bench.canvas.scene.describe(under, bench.canvas.diagram.columns)[-1]

    qtbot.waitUntil(lambda: last_line() == "backward rule: Straight-through")


def test_a_normalisation_is_named_and_its_parameters_are_read(qtbot: QtBot) -> None:
    plain = network(3, 3)
    bench = Bench(qtbot, replace(plain, layers=tuple(replace(layer, normalization="batch") for layer in plain.layers)))
    lines = bench.canvas.scene.describe(Hit("unit", layer=0, unit=1), ())
    assert ", batch norm" in lines[0]
    assert [line.split()[0] for line in lines if line.startswith(("bias", "gamma", "beta"))] == [
        "bias",
        "gamma",
        "beta",
    ]
    assert lines[lines.index("bias 0") + 1] == "its gradient is exactly 0"


def test_a_weight_is_edited_in_place_and_undone(bench: Bench, qtbot: QtBot) -> None:
    index = bench.index(0, 1, 0)
    before = bench.theta.copy()
    bench.double_click(index)
    box = bench.panel.box
    assert box.isVisible()
    assert box.value() == pytest.approx(before[index], abs=1e-4)
    box.selectAll()
    qtbot.keyClicks(box, "1.5")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert not box.isVisible()
    assert bench.theta[index] == 1.5
    np.testing.assert_array_equal(np.delete(bench.theta, index), np.delete(before, index))
    assert "layer 1, weight 2→1 to 1.5" in bench.lab.undo_stack.undoText()
    bench.show()
    bench.lab.undo_stack.undo()
    np.testing.assert_array_equal(bench.theta, before)
    bench.lab.undo_stack.redo()
    assert bench.theta[index] == 1.5


def test_steps_of_one_editing_are_undone_together_and_training_is_kept(bench: Bench, qtbot: QtBot) -> None:
    index = bench.index(0, 1, 0)
    before = bench.theta[index]
    bench.double_click(index)
    for _ in range(3):
        qtbot.keyClick(bench.panel.box, Qt.Key.Key_Up)
    assert bench.theta[index] == pytest.approx(before + 0.3, abs=1e-4)
    assert bench.lab.undo_stack.count() == 1
    bench.run.step(10)
    bench.show()
    trained = bench.theta.copy()
    bench.lab.undo_stack.undo()
    assert bench.theta[index] == before
    np.testing.assert_array_equal(np.delete(bench.theta, index), np.delete(trained, index))


def test_escape_leaves_the_weight_alone(bench: Bench, qtbot: QtBot) -> None:
    bench.double_click(bench.index(0, 1, 0))
    qtbot.keyClicks(bench.panel.box, "9")
    qtbot.keyClick(bench.panel.box, Qt.Key.Key_Escape)
    assert not bench.panel.box.isVisible()
    assert not any(isinstance(command, PutParameters) for command in bench.sent)


def test_two_edits_before_the_next_frame_both_last(bench: Bench) -> None:
    one, other = bench.index(0, 0, 0), bench.index(1, 0, 0)
    bench.panel.edits.edit(one, 3.0)
    bench.panel.edits.edit(other, 4.0)
    assert (bench.theta[one], bench.theta[other]) == (3.0, 4.0)


def test_a_double_click_with_ctrl_puts_the_first_value_back(bench: Bench) -> None:
    bias, weight = bench.index(0, 2, 1), bench.index(0, 1, 0)
    first = Run(bench.lab.experiment).trainer.theta[0]
    assert bench.theta[bias] != first[bias]
    for index in (bias, weight):
        bench.double_click(index, Qt.KeyboardModifier.ControlModifier)
        assert bench.theta[index] == first[index]
    assert not bench.panel.box.isVisible()


def test_the_menu_sets_to_zero(bench: Bench) -> None:
    index = bench.index(0, 1, 0)
    menu = bench.panel.menu_for(Hit("edge", index))
    texts = [action.text() for action in menu.actions()]
    assert texts[:3] == ["Trace its gradient", "Edit…", "Set to 0"]
    menu.actions()[2].trigger()
    assert bench.theta[index] == 0.0


def test_an_undo_after_the_shape_has_changed_does_nothing(qtbot: QtBot) -> None:
    bench = Bench(qtbot, network(3, 3))
    bench.panel.edits.edit(0, 2.0)
    bench.run.change(network(5, 3), "wider")
    bench.show()
    before = bench.theta.copy()
    bench.lab.undo_stack.undo()
    np.testing.assert_array_equal(bench.theta, before)
    assert bench.lab.undo_stack.count() == 0


def test_another_shape_lets_the_selection_go(bench: Bench, qtbot: QtBot) -> None:
    bench.click(bench.index(0, 1, 0))
    bench.run.change(network(5, 3), "wider")
    with qtbot.waitSignal(bench.panel.parameter_chosen) as heard:
        bench.show()
    assert heard.args == [-1]
    assert bench.canvas.diagram.columns[1].shown == 5


def test_a_wide_layer_folds_with_a_count_and_unfolds(qtbot: QtBot) -> None:
    bench = Bench(qtbot, network(64, 3))
    column = bench.canvas.diagram.columns[1]
    assert column.shown < 64
    fold = QPointF(column.x, column.fold).toPoint()
    qtbot.mouseMove(bench.canvas, fold)
    lines = bench.canvas.scene.describe(bench.canvas.under, bench.canvas.diagram.columns)
    assert lines[:2] == [f"{64 - column.shown} more units", f"{64 - column.shown} active"]
    qtbot.mouseClick(bench.canvas, Qt.MouseButton.LeftButton, pos=fold)
    unfolded = bench.canvas.diagram.columns[1]
    assert unfolded.shown > 2 * column.shown
    again = QPointF(unfolded.x, unfolded.fold).toPoint()
    qtbot.mouseClick(bench.canvas, Qt.MouseButton.LeftButton, pos=again)
    assert bench.canvas.diagram.columns[1].shown == column.shown


def test_the_keys_move_the_selection_and_edit_it(bench: Bench, qtbot: QtBot) -> None:
    keys = Qt.Key
    for key, expected in (
        (keys.Key_Down, bench.index(0, 0, 0)),
        (keys.Key_Down, bench.index(0, 1, 0)),
        (keys.Key_Right, bench.index(0, 1, 1)),
        (keys.Key_PageDown, bench.index(1, 1, 1)),
        (keys.Key_Up, bench.index(1, 0, 1)),
        (keys.Key_Up, bench.index(1, 0, 1)),
    ):
        qtbot.keyClick(bench.canvas, key)
        assert bench.canvas.selected == expected
    qtbot.keyClick(bench.canvas, keys.Key_Return)
    assert bench.panel.box.isVisible()
    qtbot.keyClick(bench.panel.box, keys.Key_Escape)
    qtbot.keyClick(bench.canvas, keys.Key_Escape)
    assert bench.canvas.selected == -1


@pytest.mark.parametrize(
    "experiment",
    [
        replace(network(4), data=DataSettings("sine"), loss="squared-error"),
        replace(network(16, 16), data=DataSettings("digits", samples=100), loss="softmax-cross-entropy"),
        network(),
        network(*[3] * 12),
        replace(network(4), precision="float16"),
    ],
    ids=["curve", "digits", "no hidden layer", "deep", "float16"],
)
@pytest.mark.parametrize("size", [(320, 200), (1900, 1000)])
def test_every_kind_of_network_is_drawn(qtbot: QtBot, experiment: Experiment, size: tuple[int, int]) -> None:
    bench = Bench(qtbot, experiment)
    bench.panel.resize(*size)
    bench.panel.choose_parameter(0)
    bench.show()
    image = bench.panel.grab().toImage()
    assert (image.width(), image.height()) == size
    shades = {image.pixel(x, y) for x in range(0, size[0], 3) for y in range(30, size[1], 3)}
    assert len(shades) > 20


def test_numbers_that_are_not_finite_are_drawn(bench: Bench) -> None:
    frame = bench.lab.frame
    rows = frame.parameters.copy()
    rows[:4] = [np.nan, np.inf, -np.inf, 1e38]
    scene = Scene.of(changed(frame, parameters=rows), "weights")
    sign, strength = scene.looks(np.arange(len(rows)))
    assert strength.min() >= 0
    assert sign[2] == NEGATIVE
    bench.canvas.scene = scene
    bench.canvas.redraw()
    bench.canvas.grab()


def test_before_the_first_frame_it_says_what_will_come(qtbot: QtBot) -> None:
    panel = NetworkDiagramPanel(Lab(Experiment(), lambda _command: None), Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(400, 300)
    image = panel.grab().toImage()
    assert len({image.pixel(x, y) for x in range(80, 320) for y in range(60, 240)}) > 10
    qtbot.mouseMove(panel.canvas, QPoint(50, 50))
    qtbot.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Down)
    panel.edits.edit(0, 1.0)
    assert panel.canvas.selected == -1


def test_a_frame_costs_the_window_little(bench: Bench) -> None:
    frames = [look(bench.run, bench.panel.instrument.probes, number, bench.table) for number in range(20)]
    best = 1.0
    for frame in frames:
        began = time.perf_counter()
        bench.panel.show_frame(frame)
        best = min(best, time.perf_counter() - began)
    assert best < 0.0015


@pytest.mark.parametrize("depth", [1, 3, 20])
def test_the_counts_of_folded_layers_do_not_reach_into_each_other(qtbot: QtBot, depth: int) -> None:
    bench = Bench(qtbot, network(*[16] * depth, activation="step"), steps=0)
    folds = [column for column in bench.canvas.diagram.columns if column.fold is not None]
    assert len(folds) == depth
    picture = bench.canvas.grab().toImage()
    y = round(folds[0].fold)
    surface = QColor(bench.theme.colours.surface)
    for before, after in pairwise(folds):
        middle = round((before.x + after.x) / 2)
        assert picture.pixelColor(middle, y) == surface
