"""The loss surface in three dimensions. Imported only where OpenGL was found to work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pyqtgraph.opengl as gl
from OpenGL import GL
from pyqtgraph.opengl.GLGraphicsItem import GLOptions
from pyqtgraph.opengl.GLViewWidget import GLViewMixin
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QImage,
    QOpenGLContext,
    QPainter,
    QPaintEvent,
    QPen,
    QVector3D,
)  # fmt: skip
from PySide6.QtWidgets import QWidget

from stepviz.engine.common.arrays import Array, Bools, Ints
from stepviz.engine.common.number_format import number_text
from stepviz.probes.loss_surface import LossSurface
from stepviz.runtime.history import Mark
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.core.timers import single_shot
from stepviz.ui.instruments.loss_surface.image import colour_axis
from stepviz.ui.instruments.loss_surface_3d.mesh import HEIGHT, on_the_surface, relief
from stepviz.ui.instruments.loss_surface_3d.offscreen_gl import OffscreenGL
from stepviz.ui.plotting.export_mode import SHARP, is_exporting

DISTANCE, ELEVATION, AZIMUTH = 4.9, 40.0, -58.0
# How much is seen of a sign behind a mountain.
FAINT = 0.4
# A sign stands on a pin this high, so that the ground before it never hides half of it.
PIN = 0.12
# Beside the base: room for the words.
BESIDE = 1.36
# Widths of the lines around it, of the line walked, of the rim under it and of a pin.
BOX, PATH, UNDER, PIN_WIDTH = 1.0, 2.0, 5.0, 1.5
# Smooth edges: samples of a pixel, after how long a rest, and what they may cost, in seconds, to be had at once.
SAMPLES, REST_MS, QUICK = 4, 700, 0.003
# A picture taken away has no more pixels than that along a side.
LARGEST = 6000


@dataclass(frozen=True, slots=True)
class Word:
    """A word at a ``place`` of the landscape: in the middle of it, or ``before`` it."""

    text: str
    place: tuple[float, float, float]
    before: bool = False


class Landscape(GLViewMixin, QWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Paints a LossSurface, coloured as its map. ``failed`` carries why it cannot go on."""

    failed = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._gl = OffscreenGL(self)
        self._gl.make_current()
        self._picture, self._stale = QImage(), True
        # Whether smooth edges cost too little to wait with them until it stands still.
        self._quick = False
        self._rest = single_shot(self, self._sharpen, REST_MS)
        self._words: list[Word] = []
        self._font = font(9.5)
        self._ratio = 1.0
        self._sizes: Array = np.zeros(0)
        self.theme = theme
        self.marks: Sequence[Mark] = ()
        self.setAccessibleName("Landscape of the loss")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 80)
        self._mesh = gl.GLSurfacePlotItem(
            x=np.linspace(-1, 1, 2), y=np.linspace(-1, 1, 2), z=np.zeros((2, 2)), colors=np.ones((2, 2, 4)),
            shader=None, computeNormals=False, smooth=True,
        )  # fmt: skip
        self._box = gl.GLLinePlotItem(mode="lines", width=BOX, antialias=True)
        self._under = gl.GLLinePlotItem(mode="line_strip", width=UNDER, antialias=True)
        self._path = gl.GLLinePlotItem(mode="line_strip", width=PATH, antialias=True)
        # A path left behind: as thin, without the white.
        self._left = gl.GLLinePlotItem(mode="line_strip", width=PATH, antialias=True)
        self._signs = gl.GLScatterPlotItem(pxMode=True)
        self._behind = gl.GLScatterPlotItem(pxMode=True)
        self._pins = gl.GLLinePlotItem(mode="lines", width=PIN_WIDTH, antialias=True)
        # Else they would shine through the mountain.
        self._box.setGLOptions("opaque")
        for item in (self._mesh, self._box, self._left, self._under, self._path, self._pins, self._behind, self._signs):
            self.addItem(item)
        for item in (self._left, self._under, self._path, self._pins, self._signs):
            # What lies on the surface is seen through no mountain, but never sinks into its facets.
            item.setGLOptions("translucent")
        # But nobody should have to search for the network: behind a mountain its sign is faint.
        self._behind.setGLOptions(GLOptions["translucent"] | {GL.GL_DEPTH_TEST: False})
        for item in (self._left, self._under, self._path, self._pins, self._signs, self._behind):
            item.hide()
        self.look_home()
        self.retheme()

    def look_home(self) -> None:
        """Look at it as at first."""
        self.opts["center"] = QVector3D(0.0, 0.0, 0.28 * HEIGHT)
        self.setCameraPosition(distance=DISTANCE, elevation=ELEVATION, azimuth=AZIMUTH)

    def set_type(self, points: float) -> None:
        """Set the size of the type."""
        self._font = font(points)
        super().update()

    def retheme(self) -> None:
        """Take the colours of the theme."""
        colours = self.theme.colours
        self.setBackgroundColor(QColor(colours.surface))
        corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
        lines = [(*corners[i], 0.0, *corners[(i + 1) % 4], 0.0) for i in range(4)]
        lines.append((-1.0, -1.0, 0.0, -1.0, -1.0, HEIGHT))
        self._box.setData(pos=np.array(lines, dtype=float).reshape(-1, 3), color=_rgba(QColor(colours.muted)))

    def show_surface(self, surface: LossSurface, *, logarithmic: bool, moving: bool = False) -> None:
        """Show another surface; while the run is ``moving``, by half of its lines where OpenGL is slow."""
        axis = colour_axis(surface.loss, logarithmic)
        heights, colours = relief(surface.loss, axis)
        rows, columns = (_lines(count, 2 if moving and not self._quick else 1) for count in heights.shape)
        self._mesh.setData(
            x=np.linspace(-1, 1, heights.shape[1])[columns], y=np.linspace(-1, 1, heights.shape[0])[rows],
            z=np.ascontiguousarray(heights[np.ix_(rows, columns)].T),
            colors=np.ascontiguousarray(colours[np.ix_(rows, columns)].transpose(1, 0, 2)),
        )  # fmt: skip
        self._show_path(surface, heights)
        ends = (axis.low, axis.high)
        names = [name.partition(" (")[0] for name in surface.names]
        self._words = [
            Word(names[0], (0.0, -BESIDE, 0.0)), Word(names[1], (BESIDE, 0.0, 0.0)),
            Word(f"loss {number_text(ends[1])}", (-1.05, -1.05, HEIGHT), before=True),
            Word(f"loss {number_text(ends[0])}", (-1.05, -1.05, 0.0), before=True),
        ]  # fmt: skip

    def _show_path(self, surface: LossSurface, heights: Array) -> None:
        path = on_the_surface(surface, surface.path, heights)
        inside: Bools = np.asarray(np.isfinite(path).all(axis=1))
        left = on_the_surface(surface, surface.left, heights)
        walked, left = path[inside], left[np.isfinite(left).all(axis=1)]
        here = on_the_surface(surface, np.array([surface.here]), heights)
        if np.isfinite(here).all():
            # It ends where the network was when the losses were measured.
            walked = np.concatenate([walked, here])
        for item, line, shade in ((self._under, walked, 0.06), (self._path, walked, 1.0), (self._left, left, 0.06)):
            item.setVisible(len(line) > 1)
            if len(line) > 1:
                item.setData(pos=line, color=(shade, shade, shade, 1.0))
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
        for signs in (self._signs, self._behind, self._pins):
            signs.setVisible(bool(known.any()))
        if known.any():
            feet, paint = points[known], np.array(colours)[known]
            heads = feet + np.array([0.0, 0.0, PIN])
            self._sizes = np.array(sizes)[known]
            self._signs.setData(pos=heads, color=paint, size=self._sizes * self._ratio)
            self._behind.setData(pos=heads, color=paint * (1.0, 1.0, 1.0, FAINT), size=self._sizes * self._ratio)
            self._pins.setData(pos=np.stack([feet, heads], axis=1).reshape(-1, 3), color=np.repeat(paint, 2, axis=0))

    # Painting

    def isValid(self) -> bool:  # the mixin's name
        """Return whether items can be made ready for OpenGL."""
        return bool(self._gl.context.isValid())

    def context(self) -> QOpenGLContext:
        """Return the context that is drawn with."""
        return self._gl.context

    def update(self, *_part: object) -> None:
        """Draw it anew with the next picture of the window."""
        self._stale = True
        super().update()

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint what was drawn, drawn anew if anything changed; for a picture taken away, with finer pixels."""
        ratio = self.devicePixelRatioF()
        try:
            if is_exporting():
                picture = self._draw(min(SHARP, LARGEST / max(self.width(), self.height())), SAMPLES)
                self._stale = True
            else:
                if self._stale or self._picture.size() != self.size() * ratio:
                    self._picture = self._draw(ratio, SAMPLES if self._quick else 0)
                    if not self._quick:
                        self._rest.start()
                picture = self._picture
        except Exception as error:  # whatever a driver or its binding raises: it ends the landscape, not the lecture
            self.failed.emit(f"{type(error).__name__}: {error}")
            return
        painter = QPainter(self)
        painter.drawImage(QRectF(self.rect()), picture)
        self._paint_words(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self.theme.colours.accent), 2.0))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _draw(self, ratio: float, samples: int) -> QImage:
        width, height = max(1, round(ratio * self.width())), max(1, round(ratio * self.height()))
        if ratio != self._ratio:
            self._ratio = ratio
            for item, line in (
                (self._box, BOX), (self._left, PATH), (self._under, UNDER), (self._path, PATH), (self._pins, PIN_WIDTH),
            ):  # fmt: skip
                item.setData(width=line * ratio)
            for signs in (self._signs, self._behind):
                signs.setData(size=self._sizes * ratio)
        region = (0, 0, width, height)
        picture = self._gl.picture(width, height, samples, lambda: self.paint(region=region, viewport=region))
        self._stale = False
        return picture

    def _sharpen(self) -> None:
        began = perf_counter()
        self._picture = self._draw(self.devicePixelRatioF(), SAMPLES)
        self._quick = perf_counter() - began < QUICK
        super().update()

    def _paint_words(self, painter: QPainter) -> None:
        region = (0, 0, self.width(), self.height())
        view = self.projectionMatrix(region, region) * self.viewMatrix()
        ground = QColor(self.theme.colours.surface)
        ground.setAlphaF(0.75)
        painter.setFont(self._font)
        metrics = QFontMetricsF(self._font)
        taken: list[QRectF] = []
        for word in self._words:
            seen = view.map(QVector3D(*word.place))
            at = QPointF((seen.x() + 1) / 2 * self.width(), (1 - seen.y()) / 2 * self.height())
            box = QRectF(0.0, 0.0, metrics.horizontalAdvance(word.text) + 4, metrics.height())
            box.moveCenter(at - QPointF(box.width() / 2 if word.before else 0.0, 0.0))
            # From above, what stands over another is said once.
            if any(box.intersects(other) for other in taken):
                continue
            taken.append(box)
            painter.fillRect(box, ground)
            painter.setPen(QColor(self.theme.colours.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, word.text)

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Turn no longer: the key is let go of elsewhere."""
        self.keysPressed.clear()
        self.keyTimer.stop()
        super().focusOutEvent(event)


def _lines(count: int, step: int) -> Ints:
    """Return every ``step``-th of ``count`` lines, and the last."""
    return np.unique(np.append(np.arange(0, count, step), count - 1))


def _rgba(colour: QColor) -> tuple[float, float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF(), 1.0
