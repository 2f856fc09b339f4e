"""Small multiples: a card for each lane with what it computes, its gradient by layer, and its stuck units."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPixmap

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import measured_text, share_text
from stepviz.runtime.race_frame import LaneFrame, RaceFrame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.race.lane_colours import paint_chip
from stepviz.ui.race.lane_picture import LanePicture
from stepviz.ui.race.shape_picture import paint_shape, shape_words
from stepviz.ui.text.number_format import text_points

GAP, INSET = 6, 6
# Bars of gradients span at least so many decades, whatever the lanes do.
THINNEST = 4.0
LEAST_DECADES, MOST_DECADES = 3, 12
WIDE = 1.35
HOLES = 0.8


class LaneCards(LanePicture):
    """Paints a card for each lane; the chosen one is framed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        # With the shape that each was painted of: while that is kept, no other one has its id.
        self._pictures: dict[int, tuple[tuple[object, ...], object, QPixmap]] = {}
        self.setAccessibleName("A card for each lane: what it computes, its gradient by layer, its stuck units")
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the least size at which twelve cards can be read."""
        return QSize(420, 260)

    # Where things stand

    def boxes(self) -> list[QRectF]:
        """Return the box of each card, in the order of ``shown``: as many columns as make the largest pictures."""
        count = len(self.shown)
        if not count:
            return []

        def picture_side(columns: int) -> float:
            wide, high = self.width() / columns, self.height() / math.ceil(count / columns)
            side = min(high - 40, 0.6 * wide) if wide > WIDE * high else min(wide - 16, 0.6 * high)
            # A hole in the grid is worth it only for much larger pictures.
            return side * (1.0 - HOLES * (-count % columns) / count)

        columns = max(range(1, count + 1), key=picture_side)
        rows = math.ceil(count / columns)
        wide, high = (self.width() - GAP * (columns - 1)) / columns, (self.height() - GAP * (rows - 1)) / rows
        return [
            QRectF(int((wide + GAP) * (place % columns)), int((high + GAP) * (place // columns)), int(wide), int(high))
            for place in range(count)
        ]

    def lane_at(self, position: QPointF) -> int | None:
        """Return the lane whose card is under a point of the widget, if any."""
        found = (lane for lane, box in zip(self.shown, self.boxes(), strict=True) if box.contains(position))
        return next(found, None)

    def describe(self, position: QPointF) -> str:
        """Return what the card under a point of the widget shows, in words."""
        number = self.lane_at(position)
        if number is None or self.frame is None:
            return ""
        lane = self.frame.lanes[number]
        whose = "" if self.frame.race.seeds == 1 else " (its first run; bars: medians of all runs)"
        lines = [f"{lane.label}: {shape_words(lane.shape)}{whose}"]
        rms, zeros = medians(lane)
        for layer, (size, share, rule) in enumerate(zip(rms, zeros, lane.reading.rules, strict=True), start=1):
            name = f"layer {layer}" if layer < len(rms) else "output layer"
            through = f", through the rule «{rule}»" if rule else ""
            part = f", {share_text(float(share))} of its entries exactly 0" if 0 < share < 1 else ""
            lines.append(f"gradient of {name}: {measured_text(float(size))}{part}{through}")
        stuck = lane.median(lane.reading.stuck_share)
        lines.append("diverged" if math.isnan(stuck) else f"stuck: {share_text(stuck)} of the hidden units")
        lines.extend(lane.notes)
        return "\n".join(lines)

    # Painting

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the cards."""
        painter, colours = QPainter(self), self.theme.colours
        boxes = self.boxes()
        if self.frame is None or not boxes:
            painter.setPen(QColor(colours.muted))
            words = "All lanes are hidden: tick one in the table" if self.frame else ""
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
            painter.end()
            return
        scale = decades(self.frame, self.shown)
        size = text_points(9.0, round(2.4 * boxes[0].width()), round(2.2 * boxes[0].height()))
        for number, box in zip(self.shown, boxes, strict=True):
            self._paint_card(painter, box, number, scale, size)
        painter.end()

    def _paint_card(self, painter: QPainter, box: QRectF, number: int, scale: tuple[float, float], size: float) -> None:
        assert self.frame is not None
        colours, lane = self.theme.colours, self.frame.lanes[number]
        chosen = number == self.chosen
        painter.setPen(QPen(QColor(colours.accent if chosen else colours.border), 2 if chosen else 1))
        painter.setBrush(QColor(colours.surface))
        painter.drawRect(box.adjusted(1, 1, -1, -1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setFont(font(size + 0.5, bold=True))
        metrics = QFontMetricsF(painter.font())
        inner = box.adjusted(INSET, 3, -INSET, -INSET)
        paint_chip(painter, QRectF(inner.left(), inner.top(), 20, metrics.height()), colours, number)
        painter.setPen(QColor(colours.text))
        title = QRectF(inner.left() + 26, inner.top(), inner.width() - 26, metrics.height())
        if metrics.horizontalAdvance(lane.name) > title.width():
            # Names of several settings.
            title.setHeight(2 * metrics.height())
        # What keeps a lane from the others' start or batches is told in the table's notes.
        room = title.width() * (1.0 if title.height() == metrics.height() else 1.7)
        words = metrics.elidedText(lane.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(title, Qt.TextFlag.TextWordWrap, words)
        rest = inner.adjusted(0, title.height() + 3, 0, 0)
        beside = rest.width() > WIDE * rest.height()
        rows = 2.6 + min(4, len(lane.reading.rules))
        below = max(0.6 * rest.height(), rest.height() - 1.35 * rows * metrics.height())
        side = int(min(rest.height(), 0.6 * rest.width()) if beside else min(rest.width(), below))
        square = QRectF(int(rest.left()), int(rest.top()), side, side)
        painter.drawPixmap(square.topLeft(), self._picture(number, lane, side))
        bars = rest.adjusted(side + 8, 0, 0, 0) if beside else rest.adjusted(0, side + 5, 0, 0)
        if lane.diverged[0]:
            painter.setPen(QColor(colours.text))
            painter.setFont(font(size, bold=True))
            painter.drawText(square, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, "diverged")
        painter.setFont(font(size, tabular=True))
        self._paint_bars(painter, bars, lane, scale)

    def _picture(self, number: int, lane: LaneFrame, side: int) -> QPixmap:
        ratio = self.devicePixelRatioF()
        key = (id(lane.shape), side, ratio, self.theme.colours.dark)
        found = self._pictures.get(number)
        if found is None or found[0] != key:
            pixmap = QPixmap(round((side + 1) * ratio), round((side + 1) * ratio))
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            paint_shape(painter, QRectF(0, 0, side, side), lane.shape, lane.setup, self.theme)
            painter.end()
            found = self._pictures[number] = (key, lane.shape, pixmap)
        return found[2]

    def _paint_bars(self, painter: QPainter, box: QRectF, lane: LaneFrame, scale: tuple[float, float]) -> None:
        """Paint the size of the gradient of each layer, then the share of stuck units."""
        colours, metrics = self.theme.colours, QFontMetricsF(painter.font())
        line = metrics.height()
        rms, _ = medians(lane)
        rows = max(2, int((box.height() - 2 * line - 12) / (THINNEST + 2)))
        layers = range(len(rms)) if len(rms) <= rows else _ends(len(rms), rows)
        name_room = metrics.horizontalAdvance("out ") + 3
        top = box.top()
        painter.setPen(QColor(colours.muted))
        # A rule that stands in for the derivative is never left unsaid.
        rule = next(filter(None, lane.reading.rules), "")
        words = f"gradient: {rule}" if rule else "gradient by layer"
        heading = metrics.elidedText(words, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(QPointF(box.left(), top + metrics.ascent()), heading)
        top += line + 4
        high = min(1.7 * line, max(THINNEST, (box.bottom() - top - line - 8) / max(1, len(layers)) - 2))
        low, most = scale
        for layer in layers:
            size = float(rms[layer])
            row = QRectF(box.left() + name_room, top, max(4.0, box.width() - name_room), high)
            painter.setPen(QColor(colours.muted))
            if high >= 0.75 * line:
                text = "out" if layer == len(rms) - 1 else str(layer + 1)
                painter.drawText(QRectF(box.left(), top, name_room, high), Qt.AlignmentFlag.AlignVCenter, text)
            painter.fillRect(row, QColor(colours.grid))
            if size == 0.0:
                painter.fillRect(QRectF(row.left(), row.top(), 3, row.height()), QColor(colours.zero))
                if high >= 0.75 * line:
                    painter.setPen(QColor(colours.zero))
                    words = metrics.elidedText("exactly 0", Qt.TextElideMode.ElideRight, row.width() - 8)
                    painter.drawText(row.adjusted(7, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
            elif math.isfinite(size):
                place = min(1.0, max(0.03, (math.log10(size) - low) / (most - low)))
                bar = QRectF(row.left(), row.top(), place * row.width(), row.height())
                painter.fillRect(bar, QColor(colours.train))
            top += high + 2
        self._paint_stuck(painter, QRectF(box.left(), top + 4, box.width(), line), lane)

    def _paint_stuck(self, painter: QPainter, box: QRectF, lane: LaneFrame) -> None:
        colours, metrics = self.theme.colours, QFontMetricsF(painter.font())
        if len(lane.reading.rules) == 1:
            return
        share = lane.median(lane.reading.stuck_share)
        if math.isnan(share):
            return
        text = f"stuck {share_text(share)}"
        painter.setPen(QColor(colours.zero if share > 0 else colours.muted))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)
        left = box.left() + metrics.horizontalAdvance("stuck 99.9 %") + 4
        if box.right() - left > 20:
            bar = QRectF(left, box.center().y() - 3, box.right() - left, 6)
            painter.fillRect(bar, QColor(colours.grid))
            painter.fillRect(QRectF(bar.left(), bar.top(), share * bar.width(), 6), QColor(colours.zero))


def medians(lane: LaneFrame) -> tuple[Array, Array]:
    """Return the medians over a lane's runs of the gradient's size and of its share of exact zeros, (layers,) each."""
    with np.errstate(all="ignore"):
        return np.median(lane.reading.gradient_rms, axis=0), np.median(lane.reading.zero_share, axis=0)


def decades(frame: RaceFrame, shown: Sequence[int]) -> tuple[float, float]:
    """Return the powers of ten between which the bars of all lanes stand: one scale for all."""
    sizes = np.concatenate([medians(frame.lanes[number])[0] for number in shown])
    known = sizes[np.isfinite(sizes) & (sizes > 0)]
    if not len(known):
        return -float(LEAST_DECADES), 0.0
    high = math.ceil(math.log10(float(known.max())))
    low = math.floor(math.log10(float(known.min())) - 0.3)
    return float(max(high - MOST_DECADES, min(low, high - LEAST_DECADES))), float(high)


def _ends(layers: int, rows: int) -> list[int]:
    # Of a deep network as many layers as there is room for, spread evenly, the first and the last among them.
    return sorted({round(place) for place in np.linspace(0, layers - 1, max(2, rows)).tolist()})
