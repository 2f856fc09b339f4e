"""The ground of the landscape, and what lies on it."""

from __future__ import annotations

import numpy as np

from stepviz.engine.settings.experiment import Experiment
from stepviz.probes.loss_surface import LossSurface
from stepviz.ui.instruments.loss_surface_3d.mesh import LIFT, on_the_surface, relief
from stepviz.ui.plotting.axes import Axis
from tests.ui.frames import make_frame


def test_what_stands_on_the_surface_stands_at_its_height() -> None:
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
