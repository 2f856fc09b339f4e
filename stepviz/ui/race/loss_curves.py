"""The training losses of all lanes in one plot: median and quartile band over the seeds, named at their ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import measured_text, step_text
from stepviz.runtime.race_frame import LaneFrame, RaceFrame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.loss.plot import loss_axis
from stepviz.ui.plotting.axes import Axis, Plot, draw_curve, lay_out, paint_axes
from stepviz.ui.plotting.step_axis import paint_step_axis
from stepviz.ui.race.lane_colours import is_dashed, lane_colour, lane_pen
from stepviz.ui.race.lane_picture import LanePicture
from stepviz.ui.text.number_format import text_points

BAND, FADED_BAND, FADED = 46, 22, 120
NAMES_SHARE = 0.3


class LossCurves(LanePicture):
    """Paints the losses over the steps; a lane is under the mouse where its curve or its name is."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.logarithmic = True
        self.setAccessibleName("Training loss of every lane over the steps")

    def show_race(self, frame: RaceFrame, shown: Sequence[int], chosen: int | None) -> None:
        """Show the lanes ``shown`` of a frame; beside ``chosen`` the others fade."""
        self.setFont(font(text_points(9.5, self.width(), self.height()), tabular=True))
        super().show_race(frame, shown, chosen)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the least size at which curves can be told from each other."""
        return QSize(300, 150)

    # Where things stand

    def plot(self) -> Plot:
        """Return where the curves are painted; their names stand at its right."""
        assert self.frame is not None
        metrics = QFontMetricsF(self.font())
        widest = max((metrics.horizontalAdvance(self._name(number)) for number in self.shown), default=0)
        names = min(widest + 22, NAMES_SHARE * self.width())
        losses = calm([self.frame.lanes[number].band for number in self.shown])
        goal = [self.frame.target.value] if self.frame.target.kind == "loss" else []
        label = "training loss" if self.frame.race.seeds == 1 else "training loss (median, quartiles)"
        everything = np.concatenate([*losses, np.array(goal)]) if losses else np.array([1.0])
        up = loss_axis(everything, self.logarithmic, label)
        area = QRectF(2, 2, self.width() - names - 4, self.height() - 6)
        return lay_out(area, Axis(0.0, float(self.frame.limit)), up, metrics)

    def ends(self) -> dict[int, tuple[float, float]]:
        """Return for each shown lane where its curve ends and where its name stands, both as heights."""
        assert self.frame is not None
        plot, line = self.plot(), QFontMetricsF(self.font()).height()
        box = plot.box
        ends = {}
        for number in self.shown:
            last = float(self.frame.lanes[number].band[-1, 1])
            place = float(plot.up.places(last)) if np.isfinite(last) else 1.0
            ends[number] = box.bottom() - min(1.0, max(0.0, place)) * box.height()
        order = sorted(self.shown, key=lambda number: (ends[number], number))
        wanted = [ends[number] for number in order]
        room = min(line, (self.height() - 4) / max(1, len(order)))
        placed = spread_out(wanted, room, line / 2, self.height() - line / 2)
        return {number: (ends[number], height) for number, height in zip(order, placed, strict=True)}

    def lane_at(self, position: QPointF) -> int | None:
        """Return the lane whose name or curve is near a point of the widget, if any."""
        if self.frame is None or not self.shown:
            return None
        box = self.plot().box
        if position.x() > box.right() + 8:
            found = {number: abs(height - position.y()) for number, (_, height) in self.ends().items()}
        else:
            plot, step = self.plot(), self._nearest(position)
            found = {}
            for number in self.shown:
                loss = float(self.frame.lanes[number].band[step, 1])
                height = box.bottom() - float(plot.up.places(loss)) * box.height() if np.isfinite(loss) else box.top()
                found[number] = abs(height - position.y())
        nearest = min(found, key=lambda number: found[number])
        return nearest if found[nearest] < 12 else None

    def _nearest(self, position: QPointF) -> int:
        assert self.frame is not None
        box = self.plot().box
        step = (position.x() - box.left()) / box.width() * self.frame.limit
        return int(np.abs(self.frame.steps - step).argmin())

    def describe(self, position: QPointF) -> str:
        """Return the losses of the lane under a point of the widget, in words; empty where there is none."""
        lane = self.lane_at(position)
        if lane is None or self.frame is None:
            return ""
        step = self._nearest(position)
        low, middle, high = (float(value) for value in self.frame.lanes[lane].band[step])
        lines = [f"{self.frame.lanes[lane].label}, step {step_text(float(self.frame.steps[step]))}"]
        if self.frame.race.seeds == 1:
            lines.append(f"training loss {measured_text(middle, 4)}")
        else:
            lines.append(f"median {measured_text(middle, 4)}, half of the runs between "
                         f"{measured_text(low, 4)} and {measured_text(high, 4)}")  # fmt: skip
        lines.append(f"measured at every {step_text(self.frame.every)} steps" if self.frame.every > 1 else "")
        return "\n".join(filter(None, lines))

    # Painting

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint axes, bands, curves and names."""
        painter, colours = QPainter(self), self.theme.colours
        painter.setFont(self.font())
        if self.frame is None or not self.shown:
            painter.end()
            return
        plot = self.plot()
        box, line = plot.box, QFontMetricsF(self.font()).height()
        paint_axes(painter, plot, colours, ticks_across=False)
        paint_step_axis(painter, QRectF(box.left(), box.bottom(), box.width(), line + 5), 0.0, float(self.frame.limit),
                        colours)  # fmt: skip
        painter.save()
        painter.setClipRect(box.adjusted(0, -1, 1, 2))
        order = sorted(self.shown, key=lambda number: number == self.chosen)
        if self.frame.race.seeds > 1:
            for number in order:
                self._paint_band(painter, plot, number)
        for number in order:
            self._paint_curve(painter, plot, number)
        self._paint_goal(painter, plot)
        painter.restore()
        self._paint_names(painter, plot)
        painter.end()

    def _colour(self, number: int) -> QColor:
        colour = QColor(lane_colour(self.theme.colours, number))
        if self.chosen is not None and number != self.chosen and self.chosen in self.shown:
            colour.setAlpha(FADED)
        return colour

    def _name(self, number: int) -> str:
        lane = self._lane(number)
        return lane.label if np.isfinite(lane.band[-1, 1]) else f"{lane.label}: diverged"

    def _lane(self, number: int) -> LaneFrame:
        assert self.frame is not None
        return self.frame.lanes[number]

    def _paint_band(self, painter: QPainter, plot: Plot, number: int) -> None:
        assert self.frame is not None
        band = self._lane(number).band
        # A quartile among runs that diverged lies beyond the plot.
        top = np.where(np.isfinite(band[:, 2]), band[:, 2], plot.up.high * 10)
        known = np.isfinite(band[:, 0])
        if np.count_nonzero(known) < 2:
            return
        steps = self.frame.steps[known]
        outline = plot.polygon(np.concatenate([steps, steps[::-1]]), np.concatenate([band[known, 0], top[known][::-1]]))
        colour = self._colour(number)
        colour.setAlpha(FADED_BAND if colour.alpha() == FADED else BAND)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(outline)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_curve(self, painter: QPainter, plot: Plot, number: int) -> None:
        assert self.frame is not None
        middle: Array = self._lane(number).band[:, 1]
        known = np.isfinite(middle)
        if not known.any():
            return
        curve: QPolygonF = plot.polygon(self.frame.steps[known], middle[known])
        colour = self._colour(number)
        if not is_dashed(number):
            draw_curve(painter, curve, colour)
            return
        pen = lane_pen(self.theme.colours, number, 2.0)
        pen.setColor(colour)
        painter.setPen(pen)
        painter.drawPolyline(curve)

    def _paint_goal(self, painter: QPainter, plot: Plot) -> None:
        assert self.frame is not None
        target = self.frame.target
        if target.kind != "loss" or not plot.up.low <= target.value <= plot.up.high:
            return
        y = plot.box.bottom() - float(plot.up.places(target.value)) * plot.box.height()
        painter.setPen(QPen(QColor(self.theme.colours.mark), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(plot.box.left(), y), QPointF(plot.box.right(), y))
        painter.drawText(QPointF(plot.box.left() + 4, y - 3), "target")

    def _paint_names(self, painter: QPainter, plot: Plot) -> None:
        assert self.frame is not None
        box, metrics = plot.box, QFontMetricsF(self.font())
        x_end = box.left() + self.frame.steps[-1] / self.frame.limit * box.width()
        for number, (end, height) in self.ends().items():
            colour, lane = self._colour(number), self._lane(number)
            painter.setPen(QPen(colour, 1))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            # From where the curve ends to its name.
            if np.isfinite(lane.band[-1, 1]):
                painter.drawLine(QPointF(box.right() + 1, end), QPointF(box.right() + 12, height))
                painter.setBrush(colour)
                painter.drawEllipse(QPointF(x_end, end), 2.5, 2.5)
                painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            room = self.width() - box.right() - 17
            text = metrics.elidedText(self._name(number), Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(box.right() + 15, height + metrics.capHeight() / 2), text)


def calm(bands: Sequence[Array]) -> list[Array]:
    """Return the losses that the axis is made for: those of lanes that diverged reach no further than ten times beyond.

    ``bands`` (points, 3) of each lane; the others' losses at their start count where all lanes diverged.
    """
    steady = [band for band in bands if np.isfinite(band[-1, 1])]
    limit = 10.0 * max((float(np.max(band, initial=0.0, where=np.isfinite(band))) for band in steady), default=0.0)
    if not steady:
        limit = 1e3 * max((float(band[0, 1]) for band in bands if np.isfinite(band[0, 1])), default=1.0)
    return [band.ravel() if np.isfinite(band[-1, 1]) else np.minimum(band.ravel(), limit) for band in bands]


def spread_out(wanted: Sequence[float], room: float, top: float, bottom: float) -> list[float]:
    """Return heights near the ``wanted`` ones (ascending), at least ``room`` apart, between ``top`` and ``bottom``.

    From above each is pushed down by its neighbour, then from below pushed up where the last ones would fall out.
    """
    placed: list[float] = []
    for height in wanted:
        placed.append(max(height, placed[-1] + room if placed else top))
    limit = bottom
    for place in reversed(range(len(placed))):
        placed[place] = min(placed[place], limit)
        limit = placed[place] - room
    return placed
