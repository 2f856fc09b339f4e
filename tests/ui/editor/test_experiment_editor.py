"""The editor: what a person clicks and types becomes an experiment, and comes back by undo."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.data.datasets import DATASETS
from stepviz.engine.settings.experiment import Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.setup.edits import with_data
from stepviz.runtime.commands import Change, Command
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.editor.experiment_editor import ExperimentEditor
from stepviz.ui.widgets.parameter_control import NumberBox, ParameterSwitch
from tests.ui.built_panels import look


class Bench:
    """An editor on a lab whose commands are kept."""

    def __init__(self, qtbot: QtBot, experiment: Experiment | None = None) -> None:
        self.sent: list[Command] = []
        self.refusals: list[str] = []
        self.lab = Lab(experiment or Experiment(), self.sent.append)
        self.lab.refused.connect(self.refusals.append)
        self.editor = ExperimentEditor(self.lab, Theme("light"))
        qtbot.addWidget(self.editor)
        self.editor.resize(280, 900)
        with qtbot.waitExposed(self.editor):
            self.editor.show()

    @property
    def now(self) -> Experiment:
        return self.lab.experiment


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot)


def pick(combo: QComboBox, key: str) -> None:
    """Choose an entry as a click on it does."""
    index = combo.findData(key) if combo.findData(key) >= 0 else combo.findText(key)
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def press(qtbot: QtBot, widget: object) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("name", [name for name, source in DATASETS.items() if source.generate is not None])
def test_a_click_on_a_picture_takes_that_data_with_a_loss_that_serves_it(qtbot: QtBot, bench: Bench, name: str) -> None:
    if name == "circle":
        press(qtbot, bench.editor.data.pictures["xor"])
    press(qtbot, bench.editor.data.pictures[name])
    assert bench.now.data.name == name
    expected = {"regression": "squared-error"}.get(
        DATASETS[name].task, "binary-cross-entropy" if DATASETS[name].classes == 2 else "softmax-cross-entropy"
    )
    assert bench.now.loss == expected
    assert bench.sent[-1] == Change(bench.now, DATASETS[name].label)


def test_every_picture_is_painted_after_the_window_stands(qtbot: QtBot, bench: Bench) -> None:
    qtbot.waitUntil(lambda: all(not button.icon().isNull() for button in bench.editor.data.pictures.values()))
    pictures = {name: button.icon().pixmap(40, 40).toImage() for name, button in bench.editor.data.pictures.items()}
    assert all(first != other for n, first in pictures.items() for m, other in pictures.items() if n < m)


def test_of_a_table_the_scaling_is_said_and_its_columns_can_be_chosen(qtbot: QtBot, bench: Bench) -> None:
    data = bench.editor.data
    assert (data.columns.isVisible(), data.scaling.isVisible()) == (False, False)
    table = DataSettings("csv", content="x,y,t\n1,2,a\n3,4,b\n")
    bench.lab.change(replace(Experiment(), data=table), "Open")
    assert data.scaling.text() == "Scaled: (value − mean) / standard deviation. Axes and answers are in your units."
    with qtbot.waitSignal(bench.editor.columns_wanted):
        press(qtbot, data.columns)
    bench.lab.change(replace(Experiment(), data=replace(table, scaling="none", inputs=("y",))), "Columns")
    assert data.scaling.text() == "Not scaled: the network sees the numbers of the table."
    press(qtbot, data.pictures["xor"])
    assert not data.columns.isVisible()
    assert bench.now.data == DataSettings("xor")


def test_the_csv_picture_asks_for_a_file_and_changes_nothing(qtbot: QtBot, bench: Bench) -> None:
    with qtbot.waitSignal(bench.editor.csv_wanted):
        press(qtbot, bench.editor.data.pictures["csv"])
    assert not bench.sent
    assert bench.editor.data.pictures["circle"].isChecked()


def test_layers_are_added_widened_and_removed(qtbot: QtBot, bench: Bench) -> None:
    layers = bench.editor.layers
    press(qtbot, layers.add_button)
    assert [layer.width for layer in bench.now.layers] == [8, 8, 8]
    box = layers.rows[1].width_box
    box.selectAll()
    qtbot.keyClicks(box, "12")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert [layer.width for layer in bench.now.layers] == [8, 12, 8]
    press(qtbot, layers.rows[0].remove)
    assert [layer.width for layer in bench.now.layers] == [12, 8]
    assert len(layers.rows) == 2
    for _ in range(3):
        bench.lab.undo_stack.undo()
    assert bench.now == Experiment()
    assert [row.width_box.value() for row in layers.rows] == [8, 8]


@pytest.mark.parametrize("what", ["a layer", "a parameter of the optimizer"])
def test_a_number_typed_but_not_confirmed_goes_with_what_it_is_of(qtbot: QtBot, bench: Bench, what: str) -> None:
    lab, editor = bench.lab, bench.editor
    lab.change(replace(lab.experiment, layers=(HiddenLayer(3),) * 3, optimizer=Choice("momentum")), "more")
    editor.activateWindow()
    qtbot.waitUntil(editor.isActiveWindow)
    # By now the boxes of the optimizer before are deleted.
    if what == "a layer":
        box = editor.layers.rows[2].width_box
        wanted = replace(lab.experiment, layers=(HiddenLayer(3),))
    else:
        (box,) = editor.training.optimizer.findChildren(NumberBox)
        wanted = replace(lab.experiment, optimizer=Choice("sgd"))
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    box.selectAll()
    qtbot.keyClicks(box, "9")
    lab.change(wanted, "fewer")
    assert lab.experiment == wanted


def test_one_layer_can_compute_something_else(bench: Bench) -> None:
    pick(bench.editor.layers.rows[1].activation, "relu")
    assert [layer.activation.name for layer in bench.now.layers] == ["tanh", "relu"]
    assert bench.lab.undo_stack.undoText() == f"{ACTIVATIONS['relu'].label} in layer 2"


def test_dropout_is_set_layer_by_layer_and_the_run_goes_on(qtbot: QtBot, bench: Bench) -> None:
    box = bench.editor.layers.rows[1].dropout
    assert box.text() == "no dropout"
    box.selectAll()
    qtbot.keyClicks(box, "0.5")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert [layer.dropout for layer in bench.now.layers] == [0.0, 0.5]
    assert box.text() == "dropout 0.5"
    assert bench.lab.undo_stack.undoText() == "Dropout 0.5 in layer 2"
    bench.lab.undo_stack.undo()
    assert (bench.now, box.text()) == (Experiment(), "no dropout")


def test_a_layer_is_normalised_and_the_run_goes_on(bench: Bench) -> None:
    combo = bench.editor.layers.rows[1].normalization
    assert combo.currentData() == "none"
    pick(combo, "batch")
    assert [layer.normalization for layer in bench.now.layers] == ["none", "batch"]
    assert bench.sent[-1] == Change(bench.now, "Batch norm in layer 2")
    tip = combo.itemData(combo.findData("batch"), Qt.ItemDataRole.ToolTipRole)
    assert "Ioffe and Szegedy 2015" in tip
    assert "statistics of the whole training set" in tip
    bench.lab.undo_stack.undo()
    assert (bench.now, combo.currentData()) == (Experiment(), "none")


def test_batch_norm_and_batches_of_one_are_refused_together_and_the_box_says_what_is_in_force(bench: Bench) -> None:
    bench.lab.change(replace(bench.now, batch_size=1), "Batch size")
    combo = bench.editor.layers.rows[0].normalization
    pick(combo, "batch")
    assert bench.refusals == [
        "batch_size: found 1, expected 0 or at least 2, because of batch norm in layer 1: one example has no spread"
    ]
    assert combo.currentData() == "none"


def test_the_optimizers_parameters_appear_and_are_set(bench: Bench) -> None:
    optimizer = bench.editor.training.optimizer
    pick(optimizer.combo, "momentum")
    assert bench.now.optimizer == Choice("momentum")
    optimizer._controls["momentum"].box.setValue(0.5)
    assert bench.now.optimizer == Choice("momentum", {"momentum": 0.5})


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_every_optimizer_can_be_chosen(bench: Bench, key: str) -> None:
    pick(bench.editor.training.optimizer.combo, "adam" if key != "adam" else "sgd")
    pick(bench.editor.training.optimizer.combo, key)
    assert bench.now.optimizer.name == key


def test_dragging_the_learning_rate_is_one_entry_of_the_undo_stack_and_one_mark(bench: Bench) -> None:
    slider = bench.editor.training.rate.slider
    for place in (500, 600, 700, 800):
        slider.setValue(place)
    assert bench.lab.undo_stack.count() == 1
    # All of one drag, of which the last mark stays: the value at its end.
    changes = [command for command in bench.sent if isinstance(command, Change)]
    assert len({command.drag for command in changes}) == 1
    assert changes[0].drag
    assert changes[-1].note == f"Learning rate {bench.now.learning_rate:g}"
    assert bench.now.learning_rate > 0.5
    bench.lab.undo_stack.undo()
    assert bench.now.learning_rate == Experiment().learning_rate
    assert bench.editor.training.rate.box.value() == Experiment().learning_rate


def test_losses_on_logits_hold_the_output_linear(bench: Bench) -> None:
    layers, training = bench.editor.layers, bench.editor.training
    assert not layers.output.isEnabled()
    pick(training.loss, "squared-error")
    assert layers.output.isEnabled()
    pick(layers.output, "sigmoid")
    assert bench.now.output.name == "sigmoid"
    pick(training.loss, "binary-cross-entropy")
    assert bench.now.output.name == "linear"


def test_features_are_inputs_and_at_least_one_stays(qtbot: QtBot, bench: Bench) -> None:
    features = bench.editor.data.features
    features["x1^2"].click()
    assert bench.now.data.features == ("x1", "x2", "x1^2")
    for name in ("x1^2", "x2"):
        features[name].click()
    features["x1"].click()
    assert bench.now.data.features == ("x1",)
    assert features["x1"].isChecked()
    assert "at least one" in bench.refusals[-1]


def test_other_examples_another_seed_another_precision(qtbot: QtBot, bench: Bench) -> None:
    press(qtbot, bench.editor.data.again)
    assert bench.now.data.seed == 1
    bench.editor.start.seed.setValue(77)
    assert bench.now.seed == 77
    pick(bench.editor.start.precision, "float16")
    assert bench.now.precision == "float16"
    pick(bench.editor.start.weights.combo, "he-normal")
    assert bench.now.weights == Choice("he-normal")


def test_it_shows_any_experiment_without_changing_it(qtbot: QtBot) -> None:
    experiment = replace(
        Experiment(),
        data=replace(Experiment().data, name="digits", samples=900),
        loss="softmax-cross-entropy",
        layers=(HiddenLayer(128), HiddenLayer(64), HiddenLayer(2)),
        learning_rate=0.25,
        batch_size=0,
        precision="float64",
    )
    bench = Bench(qtbot, experiment)
    assert not bench.sent
    assert [row.width_box.value() for row in bench.editor.layers.rows] == [128, 64, 2]
    assert bench.editor.data.samples.value() == 900
    assert not bench.editor.data.noise.isEnabled()
    assert bench.editor.training.batch.text() == "all examples"


def test_a_refused_change_leaves_the_control_at_what_is_in_force(bench: Bench, tmp_path: Path) -> None:
    assert not bench.lab.change(replace(bench.now, learning_rate=float("inf")), "nonsense")
    assert "learning_rate" in bench.refusals[-1]
    assert bench.editor.training.rate.box.value() == Experiment().learning_rate
    assert not bench.sent


def test_nothing_is_wider_than_the_column(bench: Bench) -> None:
    assert bench.editor.widget().minimumSizeHint().width() <= 262


@pytest.mark.parametrize(("before", "points"), [("circle", 400), ("digits", 2)])
def test_drawing_begins_from_the_points_there_are_or_from_two(
    qtbot: QtBot, bench: Bench, before: str, points: int
) -> None:
    if before != "circle":
        press(qtbot, bench.editor.data.pictures[before])
    with qtbot.waitSignal(bench.editor.draw_wanted):
        press(qtbot, bench.editor.data.pictures["drawn"])
    assert bench.now.data.drawing is not None
    assert len(bench.now.data.drawing.points) == points
    assert bench.editor.data.pictures["drawn"].isChecked()
    press(qtbot, bench.editor.data.pictures["xor"])
    assert bench.now.data.drawing is None


def test_of_drawn_data_the_number_of_points_is_shown(qtbot: QtBot, bench: Bench) -> None:
    press(qtbot, bench.editor.data.pictures["digits"])
    press(qtbot, bench.editor.data.pictures["drawn"])
    assert (bench.editor.data.samples.value(), bench.editor.data.samples.isEnabled()) == (2, False)


def test_the_switches_of_a_search_are_clicked_and_undone(qtbot: QtBot, bench: Bench) -> None:
    optimizer = bench.editor.training.optimizer
    pick(optimizer.combo, "openai-es")
    switches = {switch.accessibleName(): switch for switch in optimizer.findChildren(ParameterSwitch)}
    assert switches["ranks"].isChecked()
    qtbot.mouseClick(switches["ranks"], Qt.MouseButton.LeftButton, pos=QPoint(8, switches["ranks"].height() // 2))
    assert bench.now.optimizer == Choice("openai-es", {"ranks": 0.0})
    bench.lab.undo_stack.undo()
    assert bench.now.optimizer == Choice("openai-es")
    assert switches["ranks"].isChecked()


def test_the_perceptron_rule_takes_one_layer_of_steps_and_no_other(bench: Bench) -> None:
    pick(bench.editor.training.optimizer.combo, "perceptron")
    assert (bench.now.layers, bench.now.output.name, bench.now.loss) == ((), "step", "squared-error")
    chosen = bench.now
    assert not bench.lab.change(replace(chosen, layers=(HiddenLayer(),)), "Another layer")
    assert bench.now == chosen
    assert "perceptron rule has one layer" in bench.refusals[-1]
    bench.lab.undo_stack.undo()
    assert bench.now == Experiment()


@pytest.mark.parametrize(
    ("data", "serving"),
    [
        ("circle", [True, True, True, True]),
        ("sine", [True, False, False, False]),
        ("digits", [True, False, True, True]),
    ],
)
def test_only_losses_that_serve_the_data_can_be_chosen(qtbot: QtBot, data: str, serving: list[bool]) -> None:
    lab = Lab(with_data(Experiment(), DataSettings(name=data)), lambda command: None)
    editor = ExperimentEditor(lab, Theme("light"))
    qtbot.addWidget(editor)
    editor.show()
    lab.show(look(Run(lab.experiment), ()))
    combo = editor.training.loss
    usable = Qt.ItemFlag.ItemIsEnabled
    flags = [combo.model().flags(combo.model().index(place, 0)) for place in range(combo.count())]
    assert [bool(each & usable) for each in flags] == serving


def test_the_usual_loss_comes_back_with_the_classes(qtbot: QtBot) -> None:
    bench = Bench(qtbot)
    for name, loss in (
        ("sine", "squared-error"),
        ("circle", "binary-cross-entropy"),
        ("digits", "softmax-cross-entropy"),
    ):
        bench.lab.show(look(Run(bench.now), ()))
        bench.editor.data.pictures[name].click()
        assert (bench.now.data.name, bench.now.loss) == (name, loss)
    bench.lab.change(replace(bench.now, loss="squared-error"), "Squared error")
    bench.lab.show(look(Run(bench.now), ()))
    bench.editor.data.pictures["circle"].click()
    assert bench.now.loss == "squared-error", "what was chosen is kept, of the same kind of task"


def test_a_gate_takes_no_number_noise_or_test_share_and_gives_them_back(qtbot: QtBot, bench: Bench) -> None:
    editor = bench.editor.data
    before = bench.now.data
    press(qtbot, editor.pictures["gate-xor"])
    assert bench.now.data.name == "gate-xor"
    assert not any(control.isEnabled() for control in (editor.noise, editor.samples, editor.test_share, editor.again))
    assert editor.samples.value() == 4
    press(qtbot, editor.pictures["circle"])
    assert bench.now.data == before
    assert editor.test_share.isEnabled()
