"""The loss surface in three dimensions. Imported only where OpenGL was found to work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph.opengl as gl
from pyqtgraph.opengl.items.GLTextItem import GLTextItem
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QVector3D

from stepviz.engine.arrays import Array, Bools
from stepviz.probes.loss_surface import LossSurface
from stepviz.runtime.history import Mark
from stepviz.ui.panels.loss_surface_picture import colour_axis, colour_table
from stepviz.ui.plots import Axis, number
from stepviz.ui.theme import Theme, font

# The base reaches from -1 to 1 along both directions; the highest loss stands this high.
HEIGHT = 1.1
DISTANCE, ELEVATION, AZIMUTH = 4.9, 34.0, -58.0
# Light from the upper left, as in a map; this much of it comes from everywhere.
LIGHT = np.array([-0.45, 0.35, 0.82])
AMBIENT = 0.45
LIFT = 0.02


class Landscape(gl.GLViewWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Paints a LossSurface, coloured as its map. ``failed`` carries why it cannot go on."""

    failed = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.marks: Sequence[Mark] = ()
        self.setAccessibleName("Landscape of the loss")
        self.setMinimumSize(120, 80)
        self._mesh = gl.GLSurfacePlotItem(
            x=np.linspace(-1, 1, 2), y=np.linspace(-1, 1, 2), z=np.zeros((2, 2)), colors=np.ones((2, 2, 4)),
            shader=None, computeNormals=False, smooth=True,
        )  # fmt: skip
        self._box = gl.GLLinePlotItem(mode="lines", width=1.0, antialias=True)
        self._under = gl.GLLinePlotItem(mode="line_strip", width=5.0, antialias=True)
        self._path = gl.GLLinePlotItem(mode="line_strip", width=2.0, antialias=True)
        self._signs = gl.GLScatterPlotItem(pxMode=True)
        self._texts = [GLTextItem() for _ in range(4)]
        # Else they would shine through the mountain.
        self._box.setGLOptions("opaque")
        for item in (self._mesh, self._box, self._under, self._path, self._signs, *self._texts):
            self.addItem(item)
        for item in (self._under, self._path, self._signs):
            # What lies on the surface is seen through no mountain, but never sinks into its facets.
            item.setGLOptions("translucent")
            item.hide()
        self.look_home()
        self.retheme()

    def look_home(self) -> None:
        """Look at it as at first."""
        self.opts["center"] = QVector3D(0.0, 0.0, 0.28 * HEIGHT)
        self.setCameraPosition(distance=DISTANCE, elevation=ELEVATION, azimuth=AZIMUTH)

    def set_type(self, points: float) -> None:
        """Set the size of the type."""
        for text in self._texts:
            text.setData(font=font(points))

    def retheme(self) -> None:
        """Take the colours of the theme."""
        colours = self.theme.colours
        self.setBackgroundColor(QColor(colours.surface))
        for text in self._texts:
            text.setData(color=QColor(colours.text))
        corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
        lines = [(*corners[i], 0.0, *corners[(i + 1) % 4], 0.0) for i in range(4)]
        lines.append((-1.0, -1.0, 0.0, -1.0, -1.0, HEIGHT))
        self._box.setData(pos=np.array(lines, dtype=float).reshape(-1, 3), color=_rgba(QColor(colours.muted)))

    def show_surface(self, surface: LossSurface, *, logarithmic: bool) -> None:
        """Show another surface."""
        axis = colour_axis(surface.loss, logarithmic)
        heights, colours = relief(surface.loss, axis)
        self._mesh.setData(
            x=np.linspace(-1, 1, heights.shape[1]), y=np.linspace(-1, 1, heights.shape[0]),
            z=np.ascontiguousarray(heights.T), colors=np.ascontiguousarray(colours.transpose(1, 0, 2)),
        )  # fmt: skip
        self._show_path(surface, heights)
        ends = (axis.low, axis.high)
        names = [name.partition(" (")[0] for name in surface.names]
        places = ((0.0, -1.16, -0.02), (1.16, 0.0, -0.02), (-1.3, -1.3, 0.02), (-1.3, -1.3, HEIGHT))
        words = (*names, *(f"loss {number(end)}" for end in ends))
        for text, place, said in zip(self._texts, places, words, strict=True):
            text.setData(pos=np.array(place), text=said)

    def _show_path(self, surface: LossSurface, heights: Array) -> None:
        path = on_the_surface(surface, surface.path, heights)
        inside: Bools = np.asarray(np.isfinite(path).all(axis=1))
        walked = path[inside]
        for item, colour in ((self._under, (0.06, 0.06, 0.06, 1.0)), (self._path, (1.0, 1.0, 1.0, 1.0))):
            item.setVisible(len(walked) > 1)
            if len(walked) > 1:
                item.setData(pos=walked, color=colour)
        here = on_the_surface(surface, np.zeros((1, 2)), heights)
        places, colours, sizes = [here], [(0.84, 0.37, 0.0, 1.0)], [14.0]
        if len(path) and inside[0]:
            places.append(path[:1])
            colours.append((1.0, 1.0, 1.0, 1.0))
            sizes.append(9.0)
        if len(path) and self.marks:
            nearest = np.minimum(np.searchsorted(surface.path_steps, [mark.step for mark in self.marks]), len(path) - 1)
            changed = path[nearest][inside[nearest]]
            places.append(changed)
            colours += [(0.06, 0.06, 0.06, 1.0)] * len(changed)
            sizes += [9.0] * len(changed)
        points = np.concatenate(places)
        known = np.isfinite(points).all(axis=1)
        self._signs.setVisible(bool(known.any()))
        if known.any():
            self._signs.setData(pos=points[known], color=np.array(colours)[known], size=np.array(sizes)[known])

    def paintGL(self, *arguments: object, **named: object) -> None:  # Qt's name
        """Paint; what a driver cannot do ends the landscape, not the lecture."""
        try:
            super().paintGL(*arguments, **named)
        except Exception as error:  # whatever a driver or its binding raises
            self.failed.emit(f"{type(error).__name__}: {error}")


def relief(loss: Array, axis: Axis) -> tuple[Array, Array]:
    """Return heights (rows, columns) and lit colours (rows, columns, 4) in 0 to 1 for losses on a grid over [-1, 1]².

    Where a loss is not finite the ground stands at the top, grey.
    """
    finite = np.isfinite(loss)
    places = np.where(finite, np.clip(axis.places(np.where(finite, loss, axis.high)), 0.0, 1.0), 1.0)
    heights: Array = places * HEIGHT
    table = colour_table()[:256]
    ramp = np.stack([table >> 16 & 255, table >> 8 & 255, table & 255], axis=1) / 255.0
    colours = np.ones((*loss.shape, 4))
    colours[..., :3] = ramp[(places * 255).astype(np.int64)]
    colours[~finite, :3] = 0.5
    rows, columns = loss.shape
    down, across = np.gradient(heights, 2 / (rows - 1), 2 / (columns - 1))
    normals = np.stack([-across, -down, np.ones_like(heights)], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    light = np.clip(normals @ (LIGHT / np.linalg.norm(LIGHT)), 0.0, 1.0)
    colours[..., :3] *= (AMBIENT + (1.0 - AMBIENT) * light / (LIGHT[2] / np.linalg.norm(LIGHT)))[..., None]
    return heights, np.clip(colours, 0.0, 1.0)


def on_the_surface(surface: LossSurface, places: Array, heights: Array) -> Array:
    """Return points (k, 3) of the landscape over ``places`` (k, 2) of the plane; NaN where they lie outside."""
    grid = []
    for axis, values in zip((surface.alpha, surface.beta), np.asarray(places, dtype=float).T, strict=True):
        share = (values - axis[0]) / (axis[-1] - axis[0])
        grid.append(np.where((share >= 0) & (share <= 1), share, np.nan))
    column, row = grid[0] * (heights.shape[1] - 1), grid[1] * (heights.shape[0] - 1)
    known = np.isfinite(column) & np.isfinite(row)
    out = np.full((len(places), 3), np.nan)
    left = np.minimum(column[known].astype(np.int64), heights.shape[1] - 2)
    low = np.minimum(row[known].astype(np.int64), heights.shape[0] - 2)
    across, up = column[known] - left, row[known] - low
    lower = heights[low, left] * (1 - across) + heights[low, left + 1] * across
    upper = heights[low + 1, left] * (1 - across) + heights[low + 1, left + 1] * across
    height = lower * (1 - up) + upper * up + LIFT
    out[known] = np.stack([2 * grid[0][known] - 1, 2 * grid[1][known] - 1, height], axis=1)
    return out


def _rgba(colour: QColor) -> tuple[float, float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF(), 1.0
