"""A class prepared in the window, written, opened, tried to be broken, reset and left."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.setup.switch import with_activation
from stepviz.lessons.handout import Handout, encode, load_handout
from tests.ui.live import PATIENCE

PANELS = ("response", "loss", "stuck_units")


def write(path: Path, live: LiveLab, locked: tuple[str, ...] = ()) -> Path:
    handout = Handout("Dying units", with_activation(live.lab.experiment, "relu"), "Find one", PANELS, locked)
    path.write_bytes(encode(handout))
    return path


def open_class(qtbot: QtBot, live: LiveLab, path: Path) -> None:
    live.window.documents.open(path)
    qtbot.waitUntil(lambda: live.window.handouts.handout is not None, timeout=PATIENCE)
    qtbot.waitUntil(lambda: set(live.window.audience.in_view) == set(PANELS), timeout=PATIENCE)


def test_what_is_prepared_in_the_dialog_is_in_the_file(
    qtbot: QtBot, live: LiveLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = live.window
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    window.handouts.action.trigger()
    dialog = window.handouts.dialog
    assert dialog is not None
    save = dialog.buttons.button(QDialogButtonBox.StandardButton.Save)
    assert not save.isEnabled()
    qtbot.keyClicks(dialog.title, "Dying units")
    qtbot.keyClicks(dialog.text, "Find a unit that is stuck")
    dialog.locks["data"].click()
    qtbot.mouseClick(save, Qt.MouseButton.LeftButton)
    found = load_handout(tmp_path / "mine.stepviz-class")
    assert (found.title, found.text, found.locked) == ("Dying units", "Find a unit that is stuck", ("data",))
    assert found.experiment == live.lab.experiment
    assert set(found.panels) == set(window.audience.in_view)
    assert found.editor


def test_a_class_shows_its_instruments_and_leaving_brings_the_own_lab_back(
    qtbot: QtBot, live: LiveLab, tmp_path: Path
) -> None:
    window = live.window
    before = set(window.audience.in_view)
    open_class(qtbot, live, write(tmp_path / "a.stepviz-class", live))
    assert window.handouts.dock.text.text() == "Find one"
    assert not window.editor_dock.isVisible()
    assert not window.status.offer.isVisible(), "the class has a task of its own"
    qtbot.mouseClick(window.handouts.dock.leave, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.handouts.handout is None, timeout=PATIENCE)
    qtbot.waitUntil(lambda: set(window.audience.in_view) == before, timeout=PATIENCE)
    assert window.editor_dock.isVisible()


def test_what_is_locked_is_off_says_why_and_cannot_be_changed_by_any_other_way(
    qtbot: QtBot, live: LiveLab, tmp_path: Path
) -> None:
    window, lab = live.window, live.lab
    own_tip = window.strip.buttons["step"].toolTip()
    open_class(qtbot, live, write(tmp_path / "a.stepviz-class", live, ("activation", "data", "instruments")))
    handed = lab.experiment
    button = window.strip.buttons["step"]
    assert not button.isEnabled()
    assert "Locked for this class" in button.toolTip()
    qtbot.keyClick(window, Qt.Key.Key_1)
    assert not lab.change(with_activation(handed, "step"), "by another way")
    assert not window.editor.data.isEnabled()
    assert window.editor.training.isEnabled()
    assert all(not dock.toggleViewAction().isEnabled() for dock in window.panel_docks.values())
    assert lab.experiment == handed
    assert lab.change(replace(handed, learning_rate=0.5), "allowed")
    assert not window.strip.activation_actions[0].isEnabled(), "a change of other settings unlocks nothing"
    qtbot.mouseClick(window.handouts.dock.reset, Qt.MouseButton.LeftButton)
    assert lab.experiment == handed
    assert not button.isEnabled()
    qtbot.mouseClick(window.handouts.dock.leave, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: button.isEnabled(), timeout=PATIENCE)
    assert button.toolTip() == own_tip
    assert lab.change(with_activation(lab.experiment, "step"), "mine again")


def test_reset_brings_instruments_back_and_undo_leaves_the_class(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    window = live.window
    first = live.lab.experiment
    open_class(qtbot, live, write(tmp_path / "a.stepviz-class", live))
    for dock in window.panel_docks.values():
        dock.close()
    qtbot.mouseClick(window.handouts.dock.reset, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: set(window.audience.in_view) == set(PANELS), timeout=PATIENCE)
    while live.lab.experiment != first and live.lab.undo_stack.canUndo():
        live.lab.undo_stack.undo()
    qtbot.waitUntil(lambda: window.handouts.handout is None, timeout=PATIENCE)


def test_a_hostile_file_leaves_the_lab_as_it_is(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    (tmp_path / "bad.stepviz-class").write_bytes(b"\x80\x04\x95")
    with qtbot.waitSignal(live.window.documents.failed, timeout=PATIENCE) as said:
        live.window.documents.open(tmp_path / "bad.stepviz-class")
    assert said.args is not None
    assert "UTF-8" in said.args[0]
    assert live.window.handouts.handout is None
