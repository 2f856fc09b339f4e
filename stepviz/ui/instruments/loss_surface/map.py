"""The map of a loss surface: its picture, and what the mouse and the keys do on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from stepviz.engine.common.number_format import measured_text, step_text
from stepviz.probes.loss_surface import LossSurface
from stepviz.runtime.history import Mark
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.loss_surface.geometry import SurfaceLayout, View, lay_out_surface
from stepviz.ui.instruments.loss_surface.image import colour_table, flat_cells
from stepviz.ui.instruments.loss_surface.painter import (
    mark_places,
    paint_flats,
    paint_isolines,
    paint_path,
    paint_surface,
)
from stepviz.ui.instruments.loss_surface.readouts import Readout, has_room_for_words, paint_readouts
from stepviz.ui.plotting.axes import Plot, paint_axes, paint_bar
from stepviz.ui.plotting.export_mode import is_exporting

ZOOM = 1.5
SMALLEST_SPAN, LARGEST_SPAN = 1e-4, 1e4
NEAR = 9


class SurfaceMap(QWidget):
    """Paints a LossSurface as a map.

    ``looked`` carries the View that the person asks for, ``home_wanted`` asks for the first one, ``picked`` carries a
    point of the plane (alpha, beta) that was clicked, None where it was let go. Until the losses of another view are
    computed the old ones are shown where they lie in it.
    """

    looked = Signal(object)
    home_wanted = Signal()
    picked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.surface: LossSurface | None = None
        self.marks: Sequence[Mark] = ()
        self.readouts: Sequence[Readout] = ()
        self.view = View()
        self.logarithmic = True
        self.details = False
        self.waiting = False
        self.pick: tuple[float, float] | None = None
        self._picture: QPixmap | None = None
        self._around: QPixmap | None = None
        self._around_key: tuple[object, ...] = ()
        self._grabbed: tuple[QPointF, View] | None = None
        self._dragged = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Map of the loss surface")

    def refresh(self) -> None:
        """Paint anew what has changed."""
        self._picture = None
        self.update()

    def set_type(self, points: float) -> None:
        """Set the size of the type."""
        self.setFont(font(points, tabular=True))
        self.refresh()

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the least size at which the map can be read."""
        return QSize(200, 90)

    # Where things stand

    @property
    def arrangement(self) -> SurfaceLayout:
        """Return where everything stands."""
        return lay_out_surface(
            self.size(), self.font(), self.view, self.surface, len(self.readouts), logarithmic=self.logarithmic
        )

    def plot(self) -> Plot:
        """Return where the map is painted."""
        return self.arrangement.plot

    @property
    def has_details(self) -> bool:
        """Return whether there is room for the readouts in full."""
        return bool(self.readouts) and has_room_for_words(self.arrangement.readouts, self.font().pointSizeF())

    # What the person does

    def look(self, centre: tuple[float, float], span: float) -> None:
        """Look at another part of the plane."""
        self.view = View(centre, min(max(span, SMALLEST_SPAN), LARGEST_SPAN))
        self.refresh()
        self.looked.emit(self.view)

    def look_home(self) -> None:
        """Look at the plane as at first."""
        self.home_wanted.emit()

    def zoom(self, factor: float, about: tuple[float, float] | None = None) -> None:
        """Zoom in by ``factor`` about a point of the plane that stays where it is (None: about the centre)."""
        held = self.view.centre if about is None else about
        span = min(max(self.view.span / factor, SMALLEST_SPAN), LARGEST_SPAN)
        kept = span / self.view.span
        alpha, beta = (hold + (old - hold) * kept for hold, old in zip(held, self.view.centre, strict=True))
        self.look((alpha, beta), span)

    def place(self, position: QPointF) -> tuple[float, float] | None:
        """Return the point of the plane under a point of the widget; None outside the map."""
        plot = self.plot()
        if self.surface is None or not plot.box.contains(position):
            return None
        across = (position.x() - plot.box.left()) / plot.box.width()
        up = (plot.box.bottom() - position.y()) / plot.box.height()
        return plot.across.value(across), plot.up.value(up)

    def describe(self, position: QPointF) -> str:
        """Return what lies under a point of the widget, in words; the readouts beside the map at full length."""
        place, surface = self.place(position), self.surface
        if surface is None:
            return ""
        if place is None:
            beside = self.arrangement.readouts.contains(position)
            return "\n".join(line.text for line in self.readouts) if beside else ""
        column, row = (
            int(np.clip(np.searchsorted(grid, at) - 1, 0, len(grid) - 2))
            for grid, at in zip((surface.alpha, surface.beta), place, strict=True)
        )
        near = surface.loss[row : row + 2, column : column + 2]
        loss = float(near.ravel()[0])
        lines = [f"α = {place[0]:.3g}, β = {place[1]:.3g}".replace("-", "\u2212")]
        lines.append(f"loss {measured_text(loss, 4)}" + (", exactly flat here" if flat_cells(near).all() else ""))
        spots = mark_places(self.plot(), surface, self.marks)
        for mark, spot in zip(self.marks, spots, strict=False):
            if (spot - position).manhattanLength() <= NEAR:
                lines.append(f"Step {step_text(mark.step)}: {mark.text}")
        return "\n".join(lines)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        """Zoom about the point under the mouse."""
        place = self.place(event.position())
        if place is None or not event.angleDelta().y():
            event.ignore()
            return
        self.zoom(float(ZOOM ** (event.angleDelta().y() / 120)), place)
        event.accept()

    def choose(self, place: tuple[float, float] | None) -> None:
        """Pick a point of the plane, or none."""
        if place != self.pick:
            self.pick = place
            self.update()
            self.picked.emit(place)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Zoom with + and −, move with the arrow keys, go back with 0, pick the middle with Enter."""
        key, (alpha, beta), reach = event.key(), self.view.centre, self.view.span / 4
        moves = {
            Qt.Key.Key_Left: (-reach, 0.0), Qt.Key.Key_Right: (reach, 0.0),
            Qt.Key.Key_Down: (0.0, -reach), Qt.Key.Key_Up: (0.0, reach),
        }  # fmt: skip
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(ZOOM)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / ZOOM)
        elif key == Qt.Key.Key_0:
            self.look_home()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.surface is not None:
            self.choose((alpha, beta))
        elif key == Qt.Key.Key_Escape and self.pick is not None:
            self.choose(None)
        elif (move := moves.get(Qt.Key(key))) is not None:
            self.look((alpha + move[0], beta + move[1]), self.view.span)
        else:
            super().keyPressEvent(event)

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Take hold of the map; a click without a drag picks a point."""
        self._dragged = False
        if event.button() == Qt.MouseButton.LeftButton and self.place(event.position()) is not None:
            self._grabbed = event.position(), self.view
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Drag the map, or read what is under the mouse."""
        if self._grabbed is None:
            QToolTip.showText(event.globalPosition().toPoint(), self.describe(event.position()), self)
            return
        start, view = self._grabbed
        moved, box = event.position() - start, self.plot().box
        if moved.manhattanLength() < 3 and not self._dragged:
            return
        self._dragged = True
        per_pixel = 2 * view.span / box.width()
        self.look((view.centre[0] - moved.x() * per_pixel, view.centre[1] + moved.y() * per_pixel), view.span)

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Let the map go."""
        if self._grabbed is not None and not self._dragged:
            self.choose(self.place(event.position()))
        self._grabbed = None
        self.unsetCursor()
        super().mouseReleaseEvent(event)

    # Painting

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Paint anew in another size."""
        super().resizeEvent(event)
        self._picture = None

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Show the picture, painting it where something has changed."""
        ratio = self.devicePixelRatioF()
        if not is_exporting() and (self._picture is None or self._picture.devicePixelRatioF() != ratio):
            self._picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(QColor(self.theme.colours.surface))
            painter = QPainter(self._picture)
            painter.setFont(self.font())
            self._compose(painter)
            painter.end()
        painter = QPainter(self)
        painter.setFont(self.font())
        if is_exporting():
            painter.fillRect(self.rect(), QColor(self.theme.colours.surface))
            self._compose(painter)
        elif self._picture is not None:
            painter.drawPixmap(QPoint(0, 0), self._picture)
        if self.pick is not None:
            self._paint_pick(painter, self.plot(), self.pick)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self.theme.colours.accent), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1) if self.surface is None else self.plot().box.toRect())
        painter.end()

    def _compose(self, painter: QPainter) -> None:
        theme, surface = self.theme.colours, self.surface
        if surface is None:
            painter.setPen(QColor(theme.muted))
            words = "The loss around the present weights appears here"
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
            return
        arrangement = self.arrangement
        plot, colours = arrangement.plot, arrangement.colours
        painter.save()
        painter.setClipRect(plot.box)
        painter.fillRect(plot.box, QColor(theme.raised))
        paint_surface(painter, plot, surface, colours, smooth=not surface.jumps)
        if not surface.jumps:
            # Between jumps a surface has no isolines, and at a jump they would only repeat its edge.
            paint_isolines(painter, plot, surface, colours)
        paint_flats(painter, plot, surface, theme)
        paint_path(painter, plot, surface, self.marks, theme)
        painter.restore()
        if self.waiting:
            self._say_waiting(painter, plot)
        if is_exporting():
            self._paint_around(painter, arrangement)
        else:
            painter.drawPixmap(QPoint(0, 0), self._surroundings(painter, arrangement))

    def _surroundings(self, painter: QPainter, arrangement: SurfaceLayout) -> QPixmap:
        # Scales and words stay as they are from one surface to the next, mostly; text is dear.
        ratio, theme = painter.device().devicePixelRatioF(), self.theme.colours
        key = (
            arrangement,
            tuple(self.readouts),
            self.details,
            theme,
            self.font().toString(),
            self.size().toTuple(),
            ratio,
        )
        if self._around is None or key != self._around_key:
            self._around_key = key
            self._around = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._around.setDevicePixelRatio(ratio)
            self._around.fill(Qt.GlobalColor.transparent)
            inner = QPainter(self._around)
            inner.setFont(self.font())
            self._paint_around(inner, arrangement)
            inner.end()
        return self._around

    def _paint_around(self, painter: QPainter, arrangement: SurfaceLayout) -> None:
        theme = self.theme.colours
        paint_axes(painter, arrangement.plot, theme, grid=False)
        paint_bar(painter, arrangement.plot.box, arrangement.colours, colour_table()[:256], theme)
        paint_readouts(painter, arrangement.readouts, self.readouts, theme, details=self.details)

    def _paint_pick(self, painter: QPainter, plot: Plot, place: tuple[float, float]) -> None:
        spot = QPointF(*plot.points(np.array(place[0]), np.array(place[1])))
        if not plot.box.contains(spot):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in (("#101010", 4.0), ("#ffffff", 2.0)):
            painter.setPen(QPen(QColor(colour), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(spot, 7.0, 7.0)
            for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                painter.drawLine(spot + QPointF(5 * x, 5 * y), spot + QPointF(11 * x, 11 * y))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _say_waiting(self, painter: QPainter, plot: Plot) -> None:
        metrics, words = QFontMetricsF(painter.font()), "computing…"
        box = QRectF(
            plot.box.left() + 4, plot.box.top() + 4, metrics.horizontalAdvance(words) + 12, metrics.height() + 4
        )
        painter.fillRect(box, QColor(self.theme.colours.surface))
        painter.setPen(QColor(self.theme.colours.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
