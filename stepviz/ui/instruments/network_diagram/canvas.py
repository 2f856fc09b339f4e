"""The widget that shows the drawing of a network and takes the pointer and the keys."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from stepviz.engine.network.layout import Layout
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.core.timers import single_shot
from stepviz.ui.instruments.network_diagram.labels import margins_for, paint_box, paint_labels, paint_note
from stepviz.ui.instruments.network_diagram.layout import Diagram, Hit, arrange, hit
from stepviz.ui.instruments.network_diagram.painter import DiagramPainter
from stepviz.ui.instruments.network_diagram.scene import Scene
from stepviz.ui.instruments.network_diagram.thumbnails import Pictures
from stepviz.ui.plotting.export_mode import is_exporting

# Twenty pictures a second: more cannot be read, and the window has other work.
PERIOD = 0.05
# A large picture, which takes longer to paint, comes less often: it leaves the window this many times as long.
SHARE = 8.0


class DiagramCanvas(QWidget):
    """Draws scenes into a picture that is kept, and over it what the pointer and the keys have chosen.

    ``chosen`` (parameter) after a click on an edge or bias, -1 after one on nothing; ``edit_wanted`` (parameter,
    place) after a double click, ``reset_wanted`` (parameter) after one with Ctrl; ``arranged`` carries the Diagram.
    """

    chosen = Signal(int)
    unit_chosen = Signal(int, int)
    edit_wanted = Signal(int, QPointF)
    reset_wanted = Signal(int)
    arranged = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Drawing of the network")
        self.setAccessibleDescription("Arrow keys choose a weight, Enter edits it, Escape lets it go")
        self.theme = theme
        self.scene: Scene | None = None
        self.selected = -1
        self.under: Hit | None = None
        self._pointer = QPointF()
        self._unfolded: frozenset[int] = frozenset()
        self._painter: DiagramPainter | None = None
        self._arranged: tuple[object, ...] = ()
        self._arranged_for: BoundExperiment | None = None
        self._picture = QPixmap()
        # The names, which stay as they are from one scene to the next.
        self._ground = QPixmap()
        self._stale = True
        self._shown_at = 0.0
        self._cost = 0.0
        self._next: Scene | None = None
        self._timer = single_shot(self, self._show_next)
        self._tell = single_shot(self, lambda: self.arranged.emit(self.diagram))

    # What is shown

    def show_scene(self, scene: Scene) -> None:
        """Show a scene now, or as soon as its turn has come; of those in between only the last."""
        self._next = scene
        if self._timer.isActive():
            return
        wait = max(PERIOD, SHARE * self._cost) - (time.monotonic() - self._shown_at)
        if wait > 0:
            self._timer.start(int(wait * 1000) + 1)
        else:
            self._show_next()

    def _show_next(self) -> None:
        if self._next is None:
            return
        if self.scene is not None and self._next.setup.network.layout != self.scene.setup.network.layout:
            self.under = None
            self._unfolded = frozenset()
        self.scene, self._next = self._next, None
        self._shown_at = time.monotonic()
        self.redraw()

    def redraw(self) -> None:
        """Paint the scene anew."""
        self._stale = True
        self.update()

    def retheme(self) -> None:
        """Take the theme's colours."""
        self._arranged = ()
        self.redraw()

    def select(self, index: int) -> None:
        """Mark a parameter as chosen; -1 for none."""
        self.selected = index
        self.update()

    def toggle(self, layer: int) -> None:
        """Unfold a wide layer (-1: the inputs), or fold it again."""
        self._unfolded ^= {layer}
        self.under = None
        self.redraw()

    @property
    def diagram(self) -> Diagram | None:
        """Return where everything stands; None before there is anything to show."""
        self._arrange()
        return None if self._painter is None else self._painter.diagram

    def place_of(self, index: int) -> QPointF | None:
        """Return where a parameter is drawn (an edge's middle); None where its layer is folded over it."""
        diagram = self.diagram
        if diagram is None:
            return None
        for at, place in zip(diagram.biases.tolist(), diagram.bias_places.tolist(), strict=True):
            if at == index:
                return QPointF(*place)
        line = self._line_of(index)
        return None if line is None else line.center()

    def _line_of(self, index: int) -> QLineF | None:
        diagram = self.diagram
        if diagram is None or self._painter is None:
            return None
        found = (diagram.edges == index).nonzero()[0]
        return self._painter.lines[int(found[0])] if len(found) else None

    def _arrange(self) -> None:
        if self.scene is None:
            return
        setup, colours = self.scene.setup, self.theme.colours
        wanted = (self.width(), self.height(), self._unfolded, colours)
        if setup is self._arranged_for and wanted == self._arranged:
            return
        self._arranged, self._arranged_for = wanted, setup
        self._margins = margins_for(setup, self.width(), self.height(), noted=bool(self._unfolded))
        diagram = arrange(setup.network.layout, self.width(), self.height(), self._margins, self._unfolded)
        self._painter = DiagramPainter(diagram, colours, Pictures(colours, self.theme.map_table()))
        self._ground = QPixmap()
        self._stale = True
        # Later: this may be within a picture, and buttons move.
        self._tell.start()

    # Painting

    def sizeHint(self) -> QSize:
        """Return a size at which eight units a layer have readable pictures."""
        return QSize(460, 260)

    def minimumSizeHint(self) -> QSize:
        """Return the least size."""
        return QSize(160, 70)

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the kept picture, made anew if the scene is another, and the choice over it."""
        self._arrange()
        painter = QPainter(self)
        if self.scene is None or self._painter is None:
            painter.fillRect(self.rect(), QColor(self.theme.colours.surface))
            painter.setPen(QColor(self.theme.colours.muted))
            painter.setFont(font(10))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "The network appears with the first frame")
            self._paint_focus(painter)
            return
        ratio = self.devicePixelRatioF()
        if is_exporting():
            self._paint_ground(painter)
            self._paint_scene(painter)
        else:
            if self._stale or self._picture.size() != self.size() * ratio:
                self._paint_picture(ratio)
            painter.drawPixmap(0, 0, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_chosen(painter)
        self._paint_focus(painter)

    def _paint_focus(self, painter: QPainter) -> None:
        if self.hasFocus() and not is_exporting():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self.theme.colours.accent), 2.0))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _paint_picture(self, ratio: float) -> None:
        assert self.scene is not None
        assert self._painter is not None
        began = time.perf_counter()
        if self._picture.size() != self.size() * ratio:
            self._picture = QPixmap(self.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._ground = QPixmap()
        if self._ground.isNull():
            self._ground = QPixmap(self._picture.size())
            self._ground.setDevicePixelRatio(ratio)
            ground = QPainter(self._ground)
            self._paint_ground(ground)
            ground.end()
        painter = QPainter(self._picture)
        painter.drawPixmap(0, 0, self._ground)
        self._paint_scene(painter)
        painter.end()
        self._stale = False
        self._cost = time.perf_counter() - began

    def _paint_scene(self, painter: QPainter) -> None:
        assert self.scene is not None
        assert self._painter is not None
        self._painter.paint(painter, self.scene)
        if left_out := self._painter.edges_left_out:
            drawn = len(self._painter.lines) - left_out
            note = f"the {drawn:,} strongest of {len(self._painter.lines):,} weights are drawn"
            paint_note(painter, note, self._painter.diagram, self.theme.colours)

    def _paint_ground(self, painter: QPainter) -> None:
        assert self.scene is not None
        assert self._painter is not None
        painter.fillRect(self.rect(), QColor(self.theme.colours.surface))
        paint_labels(painter, self.scene.setup, self._painter.diagram, self._margins, self.theme.colours)

    def _paint_chosen(self, painter: QPainter) -> None:
        assert self.scene is not None
        if self.selected >= 0:
            self._paint_halo(painter, self.selected, 5.0)
        if self.under is None or self._painter is None:
            return
        if self.under.kind in ("edge", "bias") and self.under.index != self.selected:
            self._paint_halo(painter, self.under.index, 2.5)
        lines = self.scene.describe(self.under, self._painter.diagram.columns)
        paint_box(painter, lines, self._pointer, QRectF(self.rect()), self.theme.colours)

    def _paint_halo(self, painter: QPainter, index: int, wider: float) -> None:
        line = self._line_of(index)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if line is not None:
            assert self.scene is not None
            assert self._painter is not None
            edge = self._painter.edge_pen_of(self.scene, index)
            pen = QPen(QColor(self.theme.colours.accent), edge.widthF() + wider)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            for layer in (pen, QPen(QColor(self.theme.colours.surface), edge.widthF() + 2.0), edge):
                painter.setPen(layer)
                painter.drawLine(line)
        elif (place := self.place_of(index)) is not None:
            painter.setPen(QPen(QColor(self.theme.colours.accent), wider / 2))
            painter.drawEllipse(place, 8.0, 8.0)

    # Pointer and keys

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the numbers of what is under the pointer."""
        self._pointer = event.position()
        diagram = self.diagram
        found = None if diagram is None else hit(diagram, self._pointer.x(), self._pointer.y())
        clickable = found is not None and (found.kind != "unit" or self._is_hidden(found.layer))
        self.setCursor(Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor)
        if found is not None or self.under is not None:
            self.under = found
            self.update()

    @guarded
    def leaveEvent(self, _event: QEvent) -> None:
        """Take the numbers away."""
        self.under = None
        self.update()

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose an edge, a bias or a hidden unit, or unfold a layer."""
        diagram = self.diagram
        if event.button() != Qt.MouseButton.LeftButton or diagram is None:
            return
        found = hit(diagram, event.position().x(), event.position().y())
        if found is not None and found.kind == "fold":
            self.toggle(found.layer)
        elif found is None or found.kind != "unit":
            self.choose(-1 if found is None else found.index)
        elif self._is_hidden(found.layer):
            self.unit_chosen.emit(found.layer, found.unit)

    def _is_hidden(self, layer: int) -> bool:
        return self.scene is not None and 0 <= layer < len(self.scene.setup.network.layout.layers) - 1

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask to edit the parameter under the pointer, with Ctrl to put its first value back."""
        diagram = self.diagram
        found = None if diagram is None else hit(diagram, event.position().x(), event.position().y())
        if found is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if found.kind == "fold":
            self.toggle(found.layer)
        elif found.kind != "unit":
            self.choose(found.index)
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.reset_wanted.emit(found.index)
            else:
                self.edit_wanted.emit(found.index, event.position())

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the choice: up and down among the unit's inputs, left and right among units, page keys by layers."""
        moves = {
            Qt.Key.Key_Up: (0, -1, 0), Qt.Key.Key_Down: (0, 1, 0), Qt.Key.Key_Left: (0, 0, -1),
            Qt.Key.Key_Right: (0, 0, 1), Qt.Key.Key_PageUp: (-1, 0, 0), Qt.Key.Key_PageDown: (1, 0, 0),
        }  # fmt: skip
        move = moves.get(Qt.Key(event.key()))
        if self.scene is None:
            super().keyPressEvent(event)
        elif move is not None:
            self.choose(_moved(self.scene.setup.network.layout, self.selected, move))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.selected >= 0:
            middle = QPointF(self.rect().center())
            self.edit_wanted.emit(self.selected, self.place_of(self.selected) or middle)
        elif event.key() == Qt.Key.Key_Escape and self.selected >= 0:
            self.choose(-1)
        else:
            super().keyPressEvent(event)

    def choose(self, index: int) -> None:
        """Select a parameter as the person would."""
        if index != self.selected:
            self.select(index)
            self.chosen.emit(index)


def _moved(layout: Layout, index: int, move: tuple[int, int, int]) -> int:
    if index < 0:
        return 0
    layer = layout.layer_of(index)
    row, unit = divmod(index - layout.offsets[layer], layout.layers[layer].outputs)
    layer = min(max(layer + move[0], 0), len(layout.layers) - 1)
    shape = layout.layers[layer]
    row = min(max(row + move[1], 0), shape.inputs)
    unit = min(max(unit + move[2], 0), shape.outputs - 1)
    return layout.offsets[layer] + row * shape.outputs + unit
