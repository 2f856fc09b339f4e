"""Fewer pictures a second on battery, and less motion: found out, chosen, said, and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import Command, SetFrameRate
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import Preferences, load, save
from stepviz.ui.core.theme import Theme
from stepviz.ui.docks.repaint_scheduler import RepaintScheduler
from stepviz.ui.instruments.loss_surface_3d.panel import LossSurface3DPanel
from stepviz.ui.window.main_window import MainWindow
from stepviz.ui.window.power import FULL_RATE, LOW_RATE, Power, on_battery


def supply(folder: Path, name: str, **contents: str) -> None:
    place = folder / name
    place.mkdir(exist_ok=True)
    for key, value in contents.items():
        (place / key).write_text(value + "\n")


@pytest.fixture
def sent() -> list[Command]:
    return []


@pytest.fixture
def window(qtbot: QtBot, sent: list[Command]) -> Iterator[MainWindow]:
    window = MainWindow(Lab(Experiment(), sent.append), Theme("light"), Preferences(theme="light", power="full"))
    window.show()
    yield window
    window.close()


def test_a_draining_battery_is_found(tmp_path: Path) -> None:
    assert not on_battery(tmp_path)
    assert not on_battery(tmp_path / "nothing")
    supply(tmp_path, "BAT0", type="Battery", status="Discharging")
    assert on_battery(tmp_path)
    supply(tmp_path, "AC", type="Mains", online="0")
    assert on_battery(tmp_path)
    supply(tmp_path, "AC", online="1")
    assert not on_battery(tmp_path)
    supply(tmp_path, "AC", online="0")
    supply(tmp_path, "BAT0", status="Full")
    assert not on_battery(tmp_path)


def test_the_battery_of_a_mouse_is_none_of_the_machines(tmp_path: Path) -> None:
    supply(tmp_path, "hidpp_battery_0", type="Battery", status="Discharging", scope="Device")
    assert not on_battery(tmp_path)


def test_power_follows_the_battery_or_the_person(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    supply(tmp_path, "BAT0", type="Battery", status="Discharging")
    power = Power(window, "battery", tmp_path)
    with qtbot.waitSignal(power.changed):
        power.look()
    assert power.low
    power.choose("full")
    assert not power.low
    supply(tmp_path, "BAT0", status="Charging")
    power.choose("battery")
    assert not power.low
    power.choose("low")
    assert power.low


def test_low_power_slows_the_pictures_and_says_so(window: MainWindow, sent: list[Command]) -> None:
    assert not window.status.low_power.isVisible()
    window.appearance.powers["low"].trigger()
    assert sent[-1] == SetFrameRate(LOW_RATE, FULL_RATE / LOW_RATE)
    assert window.status.low_power.isVisible()
    assert window.remembered.preferences.power == "low"
    window.appearance.powers["full"].trigger()
    assert sent[-1] == SetFrameRate(FULL_RATE, 1.0)
    assert not window.status.low_power.isVisible()


def test_frames_that_are_saved_are_not_made_up_for() -> None:
    turns = RepaintScheduler()
    turns.spare_power(True)
    panels = dict.fromkeys("abcdef", 1.0)
    shown = [len(turns.take(panels, frame / LOW_RATE)) for frame in range(1, 16)]
    assert shown[1:] == [4] * 14


def test_reduced_motion_stops_what_turns_by_itself(window: MainWindow, tmp_path: Path) -> None:
    window.appearance.motion.setChecked(False)
    assert window.isAnimated()
    window.appearance.motion.setChecked(True)
    assert window.theme.reduced_motion
    assert not window.isAnimated()
    panel = LossSurface3DPanel(window.lab, window.theme)
    panel.turn.setChecked(True)
    assert not panel._timer.isActive()
    assert "Reduced motion" in panel.turn.toolTip()
    save(tmp_path / "settings.json", window.remembered.preferences)
    assert load(tmp_path / "settings.json").reduced_motion is True
