"""In every window and dialog: what is typed into a number field is taken or refused, and the wheel sets nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.common.typed_number import read_number
from stepviz.ui.widgets.number_box import NumberBox, TypedNumber, WholeNumberBox
from stepviz.ui.widgets.refusal import Refusal
from tests.ui.fields import EVERY, controls, open_window

TEXTS = ("0.05", "0,05", "1e-3", ".5", "-1", "+2", "1 000", "999999999999999", "7x", "--", "")
FEWEST = {"lab": 12, "panels": 14, "race": 3, "film": 2, "studies": 0, "notes": 0}


def type_text(field: QWidget, text: str) -> None:
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)


def refusals(window: QWidget) -> list[str]:
    return [label.text() for label in window.findChildren(Refusal) if label.isVisible()]


@pytest.mark.parametrize("which", EVERY)
def test_every_text_is_taken_or_refused(qtbot: QtBot, live: LiveLab, which: str) -> None:
    live.window.transport.play.trigger()
    with open_window(live, which) as window:
        fields = controls(window, QAbstractSpinBox)
        assert len(fields) >= FEWEST[which]
        for field in fields:
            assert isinstance(field, NumberBox | WholeNumberBox), field.accessibleName()
            assert "From " in field.toolTip()
            if not field.isVisible() or field.isReadOnly():
                continue
            # Some wait for a box to be ticked.
            field.setEnabled(True)
            for text in TEXTS:
                check(window, field, text)


def check(window: QWidget, field: NumberBox | WholeNumberBox, text: str) -> None:
    before, name = field.value(), f"{field.accessibleName()} {text!r}"
    field.setFocus(Qt.FocusReason.TabFocusReason)
    type_text(field, text)
    typed = field.lineEdit().text()
    assert text in typed, f"{name}: {typed!r} is left of it"
    refused = ""
    try:
        wanted = read_number(text, field.minimum(), field.maximum(), whole=field.whole)
    except ValueError as error:
        refused = str(error)
    if refused:
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert field.value() == before, name
        assert field.lineEdit().text() == typed, name
        assert refusals(window) == [refused], name
        QTest.keyClick(field, Qt.Key.Key_Escape)
        assert field.value() == before, name
    else:
        # A run of a thousand units of each layer would be another test.
        if wanted < 1000:
            QTest.keyClick(field, Qt.Key.Key_Return)
            assert field.value() == wanted, name
            assert refusals(window) == [], name
            assert isinstance(window, QDialog) or not field.hasFocus(), name
        else:
            QTest.keyClick(field, Qt.Key.Key_Escape)


def test_after_enter_the_keys_switch_activations_again(qtbot: QtBot, live: LiveLab) -> None:
    box = live.window.editor.data.noise.box
    box.setFocus(Qt.FocusReason.TabFocusReason)
    type_text(box, "0,2")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert live.lab.experiment.data.noise == 0.2
    focus = QApplication.focusWidget()
    assert focus is live.window
    QTest.keyClick(live.window, Qt.Key.Key_4)
    assert live.lab.experiment.layers[0].activation.name == "relu"


def test_a_refused_text_gives_way_when_the_focus_leaves_and_this_is_said(live: LiveLab) -> None:
    box = live.window.editor.data.samples
    before = box.value()
    box.setFocus(Qt.FocusReason.TabFocusReason)
    type_text(box, "9999999")
    live.window.setFocus()
    assert box.value() == before
    assert box.text() == str(before)
    assert refusals(live.window) == [
        f"«9999999» is out of range. Type a whole number from 2 to 100,000. {before} stays"
    ]


def test_several_steps_refuses_what_is_no_number(live: LiveLab) -> None:
    count, steps = live.window.transport.count, live.window.transport.steps
    count.setFocus(Qt.FocusReason.TabFocusReason)
    type_text(count, "many")
    steps.trigger()
    assert refusals(live.window) == ["«many» is not a number. Type a whole number from 1 to 1,000,000"]


@pytest.mark.parametrize("which", EVERY)
def test_the_wheel_sets_nothing_that_was_not_clicked(live: LiveLab, which: str) -> None:
    live.window.transport.play.trigger()
    with open_window(live, which) as window:
        QApplication.processEvents()
        changes: list[str] = []
        live.lab.experiment_changed.connect(lambda _experiment: changes.append("experiment"))
        focus = window.focusWidget()
        found = [*controls(window, QAbstractSpinBox), *controls(window, QComboBox), *controls(window, QAbstractSlider)]
        for control in found:
            if isinstance(control, QScrollBar) or not control.isVisible():
                continue
            before = value_of(control)
            place = control.mapTo(window, control.rect().center())
            for delta in (120, -120):
                QTest.wheelEvent(window.windowHandle(), QPointF(place), QPoint(0, delta))
                assert value_of(control) == before, control.accessibleName()
            assert window.focusWidget() is focus, control.accessibleName()
        assert changes == []


def value_of(control: QWidget) -> object:
    if isinstance(control, QComboBox):
        return control.currentIndex()
    assert isinstance(control, TypedNumber | QAbstractSlider)
    return control.value()


def test_the_wheel_over_the_experiment_scrolls_it_and_works_where_a_field_was_clicked(live: LiveLab) -> None:
    editor, window = live.window.editor, live.window
    bar, control = editor.verticalScrollBar(), editor.data.noise
    for part in (control.slider, control.box, editor.data.samples):
        bar.setValue(0)
        place = QPointF(part.mapTo(window, part.rect().center()))
        QTest.wheelEvent(window.windowHandle(), place, QPoint(0, -120))
        assert bar.value() > 0
    bar.setValue(0)
    before = editor.data.samples.value()
    place = editor.data.samples.rect().center()
    QTest.mouseClick(editor.data.samples.lineEdit(), Qt.MouseButton.LeftButton, pos=QPoint(5, place.y()))
    QTest.wheelEvent(window.windowHandle(), QPointF(editor.data.samples.mapTo(window, place)), QPoint(0, -120))
    assert editor.data.samples.value() < before
    assert bar.value() == 0


def test_what_is_said_of_a_field_stays_over_its_own_panel(live: LiveLab) -> None:
    window, box = live.window, live.window.editor.data.samples
    box.setFocus(Qt.FocusReason.TabFocusReason)
    type_text(box, "9999999")
    QTest.keyClick(box, Qt.Key.Key_Return)
    (said,) = [label for label in window.findChildren(Refusal) if label.isVisible()]
    assert window.rect().contains(said.geometry())
    assert not any(said.geometry().intersects(dock.geometry()) for dock in window.panel_docks.values() if dock.seen)
