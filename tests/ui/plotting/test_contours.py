"""Marching squares."""

from __future__ import annotations

import numpy as np

from stepviz.ui.plotting.contours import contour, contours


def length(segments: np.ndarray) -> float:
    return float(np.hypot(*(segments[:, 1] - segments[:, 0]).T).sum())


def test_the_contour_of_a_cone_is_a_closed_circle() -> None:
    y, x = np.mgrid[0:64, 0:64]
    segments = contour(np.hypot(x - 30.0, y - 32.0), 20.1)
    radii = np.hypot(segments[..., 0] - 30.0, segments[..., 1] - 32.0)
    assert np.abs(radii - 20.1).max() < 0.01
    assert abs(length(segments) - 2 * np.pi * 20.1) < 0.3
    ends, counts = np.unique(segments.reshape(-1, 2).round(9), axis=0, return_counts=True)
    assert len(ends) == len(segments)
    assert (counts == 2).all()


def test_it_runs_linearly_between_grid_points() -> None:
    segments = contour(np.array([[0.0, 4.0], [0.0, 4.0], [0.0, 4.0]]), 1.0)
    assert np.allclose(segments[..., 0], 0.25)
    assert sorted(segments[..., 1].ravel().tolist()) == [0.0, 1.0, 1.0, 2.0]


def test_a_saddle_goes_round_the_corners_above() -> None:
    for values, corners in (([[1.0, 0.0], [0.0, 1.0]], [(0, 0), (1, 1)]), ([[0.0, 1.0], [1.0, 0.0]], [(1, 0), (0, 1)])):
        segments = contour(np.array(values), 0.75)
        assert len(segments) == 2
        for segment, corner in zip(sorted(segments.tolist()), sorted(corners), strict=True):
            assert np.allclose(np.abs(np.array(segment) - corner).sum(axis=1), 0.25)


def test_what_is_flat_or_not_finite_has_no_contour() -> None:
    assert contour(np.full((5, 5), 2.0), 2.0).shape == (0, 2, 2)
    assert contour(np.full((5, 5), np.nan), 2.0).shape == (0, 2, 2)
    values = np.array([[0.0, 1.0, 1.0], [0.0, 1.0, np.inf]])
    assert contour(values, 0.5)[..., 0].max() == 0.5


def test_several_levels_at_once_are_those_one_by_one() -> None:
    values = np.random.default_rng(0).normal(size=(9, 12))
    levels = [-0.5, 0.0, 0.3, 9.0]
    segments, which = contours(values, levels)
    assert set(which.tolist()) == {0, 1, 2}
    for number, level in enumerate(levels):
        alone = contour(values, level)
        assert sorted(segments[which == number].tolist()) == sorted(alone.tolist())
