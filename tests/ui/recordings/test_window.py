"""The window of a recording: what it shows, how it follows a file that grows, and how it looks back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.probes.stuck_units import NO_SIGNAL
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.gradient_flow.panel import GradientFlowPanel
from stepviz.ui.instruments.loss.panel import LossPanel
from stepviz.ui.instruments.stuck_units.panel import StuckUnitsPanel
from stepviz.ui.instruments.unit_ledger.panel import UnitLedgerPanel
from stepviz.ui.recordings.recordings import Recordings
from stepviz.ui.recordings.window import RecordingWindow
from stepviz_watch.recorder import Recorder
from stepviz_watch.tables import Layer
from tests.recordings.test_recorded_run import dying


@pytest.fixture
def recordings(qtbot: QtBot) -> Iterator[Recordings]:
    opened = Recordings(Theme("light"))
    yield opened
    opened.close()


def opened(recordings: Recordings, path: Path, qtbot: QtBot, step: int = 299) -> RecordingWindow:
    recordings.open(path)
    window = recordings.windows[-1]
    qtbot.waitUntil(lambda: window.lab.frame is not None and window.lab.frame.step == step, timeout=20_000)
    return window


def test_it_shows_a_foreign_training_with_the_persons_names(
    recordings: Recordings, tmp_path: Path, qtbot: QtBot
) -> None:
    window = opened(recordings, dying(tmp_path / "a.stepviz-run"), qtbot)
    loss, flow, units = (window.panels[key] for key in ("loss", "gradient_flow", "stuck_units"))
    assert isinstance(loss, LossPanel)
    assert isinstance(flow, GradientFlowPanel)
    assert isinstance(units, StuckUnitsPanel)
    assert loss.test.text() == "● test 0.25"
    assert list(flow.chart.names) == ["first", "middle", "last"]
    assert units.grid.names == ("middle",)
    assert units.legend.text() == "2 active, 0 flat, 0 starved, 1 no signal, 0 rounded away, 0 not seen"
    assert units.describe(0, 1).startswith("middle, unit 2: no signal (stuck)")
    assert "by hand, 3 layers, 3 units" in window.about.text()
    assert "the recording has ended" in window.state.text()
    assert "a learning rate of 100" in window.notes.toPlainText()
    window.tabs["words"].setCurrentIndex(0)
    assert [card.finding.name for card in window.panels["diagnosis"].cards.cards] == ["dead units"]


def test_the_ledger_says_when_a_unit_died(recordings: Recordings, tmp_path: Path, qtbot: QtBot) -> None:
    window = opened(recordings, dying(tmp_path / "a.stepviz-run"), qtbot)
    window.tabs["units"].setCurrentIndex(1)
    ledger = window.panels["unit_ledger"]
    assert isinstance(ledger, UnitLedgerPanel)
    qtbot.waitUntil(lambda: len(ledger.model.rows) == 3)
    row = ledger.model.rows[1]
    assert row.texts[:3] == ("middle", "2", "no signal")
    assert row.texts[4] == "died 120"
    assert ledger.states.findText("No signal") >= 0
    assert ledger.states.findText("Saturated") < 0
    assert ledger.write(tmp_path / "ledger.csv")
    assert "middle,2,no signal" in (tmp_path / "ledger.csv").read_text()


def test_it_follows_a_file_that_grows(recordings: Recordings, tmp_path: Path, qtbot: QtBot) -> None:
    whole = dying(tmp_path / "a.stepviz-run").read_bytes()
    growing = tmp_path / "b.stepviz-run"
    growing.write_bytes(whole[:4000])
    recordings.open(growing)
    window = recordings.windows[-1]
    qtbot.waitUntil(lambda: window.lab.frame is not None, timeout=20_000)
    assert window.lab.frame is not None
    assert window.lab.frame.step < 299
    with growing.open("ab") as file:
        file.write(whole[4000:])
    qtbot.waitUntil(lambda: window.lab.frame is not None and window.lab.frame.step == 299, timeout=20_000)


def test_the_slider_looks_back_and_follow_returns(recordings: Recordings, tmp_path: Path, qtbot: QtBot) -> None:
    window = opened(recordings, dying(tmp_path / "a.stepviz-run"), qtbot)
    window.slider.setValue(window.slider.maximum() // 2)
    qtbot.waitUntil(lambda: window.lab.frame is not None and window.lab.frame.step == 150, timeout=20_000)
    units = window.panels["stuck_units"]
    assert isinstance(units, StuckUnitsPanel)
    qtbot.waitUntil(lambda: units.legend.text().startswith("3 active"))
    assert not window.follow.isChecked()
    assert (window.lab.frame.ledger.died == -1).all()
    window.follow.setChecked(True)
    qtbot.waitUntil(lambda: window.lab.frame is not None and window.lab.frame.step == 299, timeout=20_000)
    qtbot.waitUntil(lambda: units.grid.units is not None and units.grid.units.count(NO_SIGNAL) == 1)


def test_layers_are_found_by_name(recordings: Recordings, tmp_path: Path, qtbot: QtBot) -> None:
    window = opened(recordings, dying(tmp_path / "a.stepviz-run"), qtbot)
    flow = window.panels["gradient_flow"]
    assert isinstance(flow, GradientFlowPanel)
    assert flow.search.isHidden()
    flow.search.setText("mid")
    assert list(flow.chart.names) == ["middle"]
    assert len(flow.chart.flow.rms) == 1
    assert flow.chart.history is not None
    assert set(flow.chart.history.column("gradient_rms/1")) <= set(
        window.lab.frame.history.column("gradient_rms/2")  # type: ignore[union-attr]  # it was waited for
    )
    flow.search.setText("nothing like it")
    assert len(flow.chart.names) == 3


def test_what_is_no_recording_is_said(recordings: Recordings, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "a.stepviz-run"
    path.write_text("a text that is long enough to be read")
    with qtbot.waitSignal(recordings.failed) as said:
        recordings.open(path)
    assert "not a recording" in said.args[0]
    assert not recordings.windows


def test_what_has_no_meaning_is_not_there(recordings: Recordings, tmp_path: Path, qtbot: QtBot) -> None:
    window = opened(recordings, dying(tmp_path / "a.stepviz-run"), qtbot)
    assert set(window.panels) == {"loss", "gradient_flow", "stuck_units", "unit_ledger", "diagnosis"}
    buttons = [card.button for card in window.panels["diagnosis"].cards.cards]
    assert all(button.isHidden() for button in buttons)
    assert isinstance(window.follow, QToolButton)


def test_the_lab_opens_recordings_beside_it(live: LiveLab, tmp_path: Path, qtbot: QtBot) -> None:
    path = dying(tmp_path / "a.stepviz-run")
    live.window.documents.open(path)
    assert live.window.recordings.recordings is not None
    (window,) = live.window.recordings.recordings.windows
    qtbot.waitUntil(lambda: window.lab.frame is not None and window.lab.frame.step == 299, timeout=20_000)
    assert str(path) in live.window.remembered.preferences.recent
    live.window.close()
    assert not window.isVisible()


def test_a_loss_surface_is_shown(recordings: Recordings, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "a.stepviz-run"
    recorder = Recorder(path, [Layer("a", "Linear", 2)])
    recorder.losses([299], [1.0], 0.0)
    values = np.add.outer(np.linspace(-1, 1, 9) ** 2, np.linspace(-1, 1, 9) ** 2)
    values[8, 8] = np.nan
    recorder.array("surface", 120, values, normalisation="running")
    recorder.close()
    window = opened(recordings, path, qtbot)
    assert "Step 120: loss from exactly 0 to 2 " in window.surface.words
    assert "running averages" in window.surface.words
    window.tabs["words"].setCurrentWidget(window.surface)
    window.surface.grab()
