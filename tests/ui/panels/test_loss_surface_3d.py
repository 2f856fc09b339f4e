"""The landscape: in words where there is no OpenGL, on real pixels where there is."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from stepviz.engine.experiment import Experiment
from stepviz.probes.loss_surface import LossSurface
from stepviz.ui.lab import Lab
from stepviz.ui.opengl import OpenGL
from stepviz.ui.panels.loss_surface_3d import LOOKING, LossSurface3DPanel
from stepviz.ui.plots import Axis
from stepviz.ui.theme import Theme
from tests.ui.frames import make_frame


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


def test_what_stands_on_the_surface_stands_at_its_height() -> None:
    pytest.importorskip("OpenGL")
    from stepviz.ui.landscape import LIFT, on_the_surface

    surface = make_frame(Experiment(), 5, ("loss_surface",)).reading(LossSurface)
    assert surface is not None
    across, up = np.meshgrid(surface.alpha, surface.beta)
    heights = 2 * across + 3 * up
    places = np.array([[0.0, 0.0], [0.3, -0.7], [-1.0, 1.0], [1.5, 0.0]])
    found = on_the_surface(surface, places, heights)
    np.testing.assert_allclose(found[:3, 2], 2 * places[:3, 0] + 3 * places[:3, 1] + LIFT, atol=1e-12)
    np.testing.assert_allclose(found[:3, :2], places[:3], atol=1e-12)
    assert np.isnan(found[3]).all()


def test_a_tread_is_lit_evenly_and_a_slope_by_where_it_faces() -> None:
    pytest.importorskip("OpenGL")
    from stepviz.ui.landscape import relief

    axis = Axis(0.0, 1.0)
    stairs = np.zeros((20, 20))
    stairs[:, 10:] = 1.0
    heights, colours = relief(stairs, axis)
    assert len(np.unique(colours[:, 2:8].reshape(-1, 4), axis=0)) == 1
    assert np.ptp(heights) > 1
    towards = relief(np.tile(np.linspace(0.6, 0.4, 20)[:, None], (1, 20)), axis)[1]
    away = relief(np.tile(np.linspace(0.4, 0.6, 20)[:, None], (1, 20)), axis)[1]
    assert towards[10, 10, 1] != away[9, 10, 1]
    broken = stairs.copy()
    broken[3, 3] = np.inf
    heights, colours = relief(broken, axis)
    assert np.isfinite(heights).all()
    assert np.isfinite(colours).all()


@pytest.mark.screen
def test_on_a_screen_it_shows_a_landscape_in_the_colours_of_the_map(panel: LossSurface3DPanel, qtbot: QtBot) -> None:
    panel.show_frame(make_frame(Experiment(), 50, ("loss_surface",)))
    panel.show()
    qtbot.waitUntil(lambda: panel.view is not None or "cannot" in panel.words.text(), timeout=20_000)
    if panel.view is None:
        pytest.skip(panel.words.text())

    def colours() -> int:
        picture = panel.screen().grabWindow(panel.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)
        pixels = np.frombuffer(picture.constBits(), dtype=np.uint32).copy()
        return len(np.unique(pixels))

    qtbot.waitUntil(lambda: colours() > 300, timeout=10_000)
    before = panel.view.opts["azimuth"]
    panel.turn.click()
    qtbot.waitUntil(lambda: panel.view is not None and panel.view.opts["azimuth"] != before)
    panel.home.click()
    panel.turn.click()


@pytest.mark.screen
def test_a_driver_that_fails_ends_the_landscape_and_nothing_else(panel: LossSurface3DPanel, qtbot: QtBot) -> None:
    panel.show()
    qtbot.waitUntil(lambda: panel.view is not None or "cannot" in panel.words.text(), timeout=20_000)
    if panel.view is None:
        pytest.skip(panel.words.text())
    panel.view.failed.emit("GLError: out of memory")
    assert "out of memory" in panel.words.text()
    assert panel.words.isVisible()
    panel.show_frame(make_frame(Experiment(), 5, ("loss_surface",)))
