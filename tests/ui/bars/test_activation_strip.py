"""The activation strip, clicked and keyed as a person does."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.runtime.commands import Change, Command
from stepviz.ui.bars.activation_button import NAME
from stepviz.ui.bars.activation_strip import ORDER, ActivationStrip
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font, scaled


@pytest.fixture
def sent() -> list[Command]:
    return []


@pytest.fixture
def strip(qtbot: QtBot, sent: list[Command]) -> ActivationStrip:
    strip = ActivationStrip(Lab(Experiment(), sent.append), Theme("light"))
    qtbot.addWidget(strip)
    strip.resize(1366, 74)
    strip.show()
    return strip


def names(strip: ActivationStrip) -> list[str]:
    return [layer.activation.name for layer in strip.lab.experiment.layers]


def checked(strip: ActivationStrip) -> set[str]:
    return {key for key, button in strip.buttons.items() if button.isChecked()}


def test_every_activation_of_the_table_stands_in_the_strip_once() -> None:
    assert sorted(ORDER) == sorted(ACTIVATIONS)


def test_a_click_switches_all_hidden_layers_and_can_be_undone(
    strip: ActivationStrip, sent: list[Command], qtbot: QtBot
) -> None:
    qtbot.mouseClick(strip.buttons["step"], Qt.MouseButton.LeftButton)
    assert names(strip) == ["step", "step"]
    assert checked(strip) == {"step"}
    assert sent == [Change(strip.lab.experiment, "Switch to Step")]
    strip.lab.undo_stack.undo()
    assert names(strip) == ["tanh", "tanh"]
    assert checked(strip) == {"tanh"}


@pytest.mark.parametrize(
    ("key", "name"), [("1", "step"), ("2", "sigmoid"), ("3", "tanh"), ("4", "relu"), ("6", "gelu")]
)
def test_the_keys_switch(strip: ActivationStrip, qtbot: QtBot, key: str, name: str) -> None:
    strip.activateWindow()
    qtbot.waitUntil(strip.isActiveWindow)
    qtbot.keyClick(strip, Qt.Key(ord(key)))
    assert names(strip) == [name, name]
    assert strip.activation_actions[int(key) - 1].isChecked()


def test_nine_actions_have_keys_and_the_rest_have_none(strip: ActivationStrip) -> None:
    keys = [action.shortcut().toString() for action in strip.activation_actions]
    assert keys[:9] == list("123456789")
    assert not any(keys[9:])


def test_one_layer_only_marks_both_activations_with_their_layers(strip: ActivationStrip) -> None:
    strip.target.setCurrentIndex(2)
    strip.switch("relu")
    assert names(strip) == ["tanh", "relu"]
    assert checked(strip) == {"tanh", "relu"}
    assert (strip.buttons["tanh"].layers, strip.buttons["relu"].layers) == ("L1", "L2")


def test_the_active_one_again_changes_nothing_and_keeps_its_mark(
    strip: ActivationStrip, sent: list[Command], qtbot: QtBot
) -> None:
    slope = with_activation(Experiment(), ActivationChoice("tanh", {"slope": 5.0}))
    strip.lab.put(slope, "")
    sent.clear()
    qtbot.mouseClick(strip.buttons["tanh"], Qt.MouseButton.LeftButton)
    assert (sent, strip.lab.experiment) == ([], slope)
    assert checked(strip) == {"tanh"}


def test_it_names_the_backward_rule(strip: ActivationStrip) -> None:
    assert strip.rule.text() == "True derivative"
    ruled = ActivationChoice("step", rule=Choice("straight-through"))
    strip.lab.put(with_activation(Experiment(), ruled), "")
    assert strip.rule.text() == "Straight-through"


def test_what_has_no_room_is_in_the_menu_and_marked_there(strip: ActivationStrip, qtbot: QtBot) -> None:
    shown = sum(button.isVisible() for button in strip.buttons.values())
    assert 9 <= shown < len(ORDER)
    assert len(strip.more.menu().actions()) == len(ORDER) - shown
    strip.resize(700, 74)
    qtbot.waitUntil(lambda: sum(button.isVisible() for button in strip.buttons.values()) < shown)
    strip.switch("mish")
    assert (strip.more.text(), strip.more.isChecked()) == ("Mish", True)
    assert strip.width() == 700


def test_the_choice_of_layers_follows_their_number(strip: ActivationStrip) -> None:
    strip.target.setCurrentIndex(2)
    strip.lab.put(replace(Experiment(), layers=Experiment().layers[:1]), "")
    assert [strip.target.itemText(row) for row in range(strip.target.count())] == ["All layers", "Layer 1"]
    assert strip.target.currentIndex() == 0
    strip.lab.put(replace(Experiment(), layers=()), "")
    assert not strip.buttons["step"].isEnabled()


@pytest.mark.parametrize("scale", [1.0, 1.4])
def test_the_names_have_the_room_that_their_type_needs(strip: ActivationStrip, scale: float) -> None:
    strip.theme.scale_type(scale)
    try:
        metrics = QFontMetricsF(font(9.5, bold=True))
        for key in ("step", "sigmoid", "leaky-relu"):
            button = strip.buttons[key]
            assert button.minimumWidth() >= metrics.horizontalAdvance(button.text())
            assert scaled(NAME) >= metrics.height()
            assert button.sizeHint().height() > 2 * metrics.height()
    finally:
        strip.theme.scale_type(1.0)


def test_the_menu_of_the_others_has_thumbnails_when_it_opens(strip: ActivationStrip) -> None:
    menu = strip.more.menu()
    assert menu.actions()
    menu.aboutToShow.emit()
    assert not any(action.icon().isNull() for action in menu.actions())


def test_another_precision_than_the_usual_is_named(strip: ActivationStrip) -> None:
    strip.lab.change(replace(strip.lab.experiment, precision="float16"), "float16")
    assert strip.rule.text().startswith("float16; ")
    assert strip.rule.toolTip().startswith("float16; True derivative")
    strip.lab.undo_stack.undo()
    assert strip.rule.text() == "True derivative"


@pytest.mark.parametrize("scale", [1.0, 2.8])
def test_the_rule_is_named_whole_at_any_size_of_type(strip: ActivationStrip, scale: float) -> None:
    strip.theme.scale_type(scale)
    try:
        assert strip.rule.text() == "True derivative"
    finally:
        strip.theme.scale_type(1.0)
