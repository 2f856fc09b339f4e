"""A study's picture on screen: the drawing of its file, in the theme's colours and in the room that there is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from stepviz.studies.chart import Chart, Paper, svg
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Colours, Theme, scaled
from stepviz.ui.plotting.svg_to_png import renderer
from stepviz.ui.race.lane_colours import LANE_COLOURS, lane_colour

LEAST = (560, 260)


class ChartView(QWidget):
    """Shows one chart, or in words that there is none yet."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.chart: Chart | None = None
        self._drawn: QSvgRenderer | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 120)
        theme.changed.connect(self._draw)
        self.show_chart(None)

    def show_chart(self, chart: Chart | None) -> None:
        """Show another chart; None: there is none."""
        self.chart = chart
        self.setAccessibleName("Picture of the results" if chart is None else f"Picture: {chart.title}")
        self._draw()

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the size of a picture in a file."""
        return QSize(scaled(880), scaled(420))

    def _draw(self) -> None:
        self._drawn = None
        if self.chart is not None:
            # In units of its type, which grows with all other type.
            unit = scaled(1000) / 1000
            width, height = (max(least, round(pixels / unit)) for least, pixels in
                             zip(LEAST, (self.width(), self.height()), strict=True))  # fmt: skip
            look = paper(self.theme.colours)
            self._drawn = renderer(svg(self.chart, look, width, height))
            wide = self._drawn.defaultSize().height() * self.width() // max(1, self.height())
            if wide > width:
                # Made smaller to show all that it has to, it still takes the whole width.
                self._drawn = renderer(svg(self.chart, look, wide, height))
        self.update()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Draw for the new room."""
        super().resizeEvent(event)
        self._draw()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:  # Qt's name
        """Paint the drawing as large as it fits."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.colours.surface))
        if self._drawn is not None:
            size = QSizeF(self._drawn.defaultSize()).scaled(QSizeF(self.size()), Qt.AspectRatioMode.KeepAspectRatio)
            self._drawn.render(painter, QRectF(0.0, 0.0, size.width(), size.height()))


def paper(colours: Colours) -> Paper:
    """Return the paper of a theme: the panels' ground, and colours that stand out from it."""
    lines = [lane_colour(colours, number) for number in range(LANE_COLOURS)]
    return Paper(colours.surface, colours.text, colours.muted, colours.grid, lines)
