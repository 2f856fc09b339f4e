"""The landscape: in words where there is no OpenGL, on real pixels where there is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from stepviz.engine.common.arrays import Array
from stepviz.engine.settings.experiment import Experiment
from stepviz.probes.loss_surface import LossSurface
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.export.render import image
from stepviz.ui.instruments.loss_surface_3d.gl_probe import OpenGL
from stepviz.ui.instruments.loss_surface_3d.panel import LOOKING, LossSurface3DPanel
from tests.ui.frames import make_frame

if TYPE_CHECKING:
    from stepviz.ui.instruments.loss_surface_3d.gl_view import Landscape


@pytest.fixture
def panel(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> LossSurface3DPanel:
    panel = LossSurface3DPanel(Lab(Experiment(), lambda _command: None), Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(500, 360)
    return panel


def test_without_opengl_it_says_why_and_what_helps(panel: LossSurface3DPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel.check, "start", lambda: None)
    panel.show()
    assert panel.words.text() == LOOKING
    panel.check.found.emit(OpenGL(False, "too old: OpenGL 1.4"))
    assert "too old: OpenGL 1.4" in panel.words.text()
    assert "Loss surface" in panel.words.text()
    assert panel.words.isVisible()
    assert not panel.turn.isEnabled()
    frame = make_frame(Experiment(), 5, ("loss_surface",))
    panel.show_frame(frame)
    assert "exactly flat" in panel.readout.text()


def drawn(panel: LossSurface3DPanel, qtbot: QtBot) -> Landscape:
    """Return the landscape of a panel that is shown; skip where this machine has none."""
    panel.show()
    qtbot.waitUntil(lambda: panel.view is not None or "cannot" in panel.words.text(), timeout=20_000)
    if panel.view is None:
        pytest.skip(panel.words.text())
    return panel.view


def pixels(picture: QImage) -> Array:
    """Return what the picture shows, (rows, columns, blue green red)."""
    picture = picture.convertToFormat(QImage.Format.Format_RGB32)
    return np.array(picture.constBits()).reshape(picture.height(), picture.width(), 4)[..., :3].astype(float)


def colours(picture: QImage) -> int:
    return len(np.unique(pixels(picture).reshape(-1, 3), axis=0))


@pytest.mark.screen
def test_on_a_screen_it_shows_a_landscape_in_the_colours_of_the_map(panel: LossSurface3DPanel, qtbot: QtBot) -> None:
    panel.show_frame(make_frame(Experiment(), 50, ("loss_surface",)))
    view = drawn(panel, qtbot)
    qtbot.waitUntil(lambda: colours(panel.screen().grabWindow(panel.winId()).toImage()) > 300, timeout=10_000)
    before = view.opts["azimuth"]
    panel.turn.click()
    qtbot.waitUntil(lambda: view.opts["azimuth"] != before)
    panel.home.click()
    panel.turn.click()


@pytest.mark.screen
def test_on_slow_opengl_a_moving_landscape_has_half_of_its_lines_and_a_standing_one_all(
    panel: LossSurface3DPanel, qtbot: QtBot
) -> None:
    frame = make_frame(Experiment(), 50, ("loss_surface",))
    surface = frame.reading(LossSurface)
    assert surface is not None
    view = drawn(panel, qtbot)
    for quick, running, step in ((False, True, 2), (False, False, 1), (True, True, 1)):
        view._quick = quick
        panel.show_frame(replace(frame, running=running))
        alpha = view._mesh._x
        assert len(alpha) == -(-(len(surface.alpha) - 1) // step) + 1
        assert (alpha[0], alpha[-1]) == (-1.0, 1.0), "no edge is lost"


@pytest.mark.screen
def test_a_picture_taken_away_is_drawn_finer_than_the_screen(panel: LossSurface3DPanel, qtbot: QtBot) -> None:
    panel.show_frame(make_frame(Experiment(), 50, ("loss_surface",)))
    drawn(panel, qtbot)
    qtbot.waitUntil(lambda: colours(image(panel)) > 300, timeout=10_000)
    small, large = pixels(image(panel)), pixels(image(panel, 2.0))
    assert large.shape[:2] == (2 * small.shape[0], 2 * small.shape[1])
    # Pixels made large would be equal two by two.
    assert (large[::2, ::2] != large[1::2, 1::2]).any(axis=2).mean() > 0.02
    coarse = large.reshape(small.shape[0], 2, small.shape[1], 2, 3).mean(axis=(1, 3))
    assert np.abs(coarse - small).mean() < 4


@pytest.mark.screen
def test_behind_a_mountain_the_network_is_seen_faintly(panel: LossSurface3DPanel, qtbot: QtBot) -> None:
    frame = make_frame(Experiment(), 5, ("loss_surface",))
    surface = frame.reading(LossSurface)
    assert surface is not None
    across, up = np.meshgrid(surface.alpha, surface.beta)
    loss = np.where(up < -0.3 * abs(surface.beta[0]), 3.0, 0.5) + 0 * across
    panel.log.setChecked(False)
    view = drawn(panel, qtbot)
    view.setCameraPosition(elevation=10.0, azimuth=-90.0)
    nowhere = {"path": np.zeros((0, 2)), "path_steps": np.zeros(0, dtype=np.int64)}
    behind = replace(surface, loss=loss, names=("", ""), **nowhere)
    view.show_surface(behind, logarithmic=False)
    column = view.width() // 2

    def stands_out() -> float:
        """Return by how much the middle differs from what is beside it, of a wall that is the same all along."""
        seen = pixels(view.grab().toImage())
        return float(np.abs(seen[:, column] - seen[:, column + 30]).max())

    faint = stands_out()
    view.setCameraPosition(elevation=80.0)
    plain = stands_out()
    assert plain > 100
    assert 20 < faint < 0.8 * plain


@pytest.mark.screen
def test_a_path_left_behind_lies_on_the_landscape(panel: LossSurface3DPanel, qtbot: QtBot) -> None:
    surface = make_frame(Experiment(), 5, ("loss_surface",)).reading(LossSurface)
    assert surface is not None
    view = drawn(panel, qtbot)
    view.show_surface(surface, logarithmic=True)
    before = pixels(view.grab().toImage())
    reach = 0.8 * surface.alpha[-1]
    line = np.stack([np.linspace(-reach, reach, 40), np.full(40, 0.6 * surface.beta[0])], axis=1)
    view.show_surface(replace(surface, left=line), logarithmic=True)
    changed = np.abs(pixels(view.grab().toImage()) - before).max(axis=2) > 60
    assert changed.sum() > 200


@pytest.mark.screen
def test_the_arrow_keys_turn_it_and_a_key_held_elsewhere_does_not(panel: LossSurface3DPanel, qtbot: QtBot) -> None:
    panel.show_frame(make_frame(Experiment(), 5, ("loss_surface",)))
    view = drawn(panel, qtbot)
    before = view.opts["azimuth"]
    qtbot.keyPress(view, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: view.opts["azimuth"] != before)
    QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusOut))
    assert not view.keyTimer.isActive()


@pytest.mark.screen
def test_a_driver_that_fails_ends_the_landscape_and_nothing_else(panel: LossSurface3DPanel, qtbot: QtBot) -> None:
    drawn(panel, qtbot).failed.emit("GLError: out of memory")
    assert "out of memory" in panel.words.text()
    assert panel.words.isVisible()
    panel.show_frame(make_frame(Experiment(), 5, ("loss_surface",)))
