"""The row of tools for drawing data: a brush for each class, move, erase, the size, and how to begin anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme
from stepviz.ui.widgets.wheel import Slider

Tool = Literal["draw", "move", "erase"]
# The diameter of the brush, in percent of the width of the map.
SMALLEST, LARGEST, FIRST = 2, 40, 12
BLANK_CLASSES = 5
DISC = 14


@dataclass(frozen=True, slots=True)
class Brush:
    """What a brush leaves: points of a class, or of a target; ``value`` is what stands in the point."""

    name: str
    colour: str
    value: float


class DrawingTools(QWidget):
    """Which tool is in the hand. ``begun`` asks for a blank drawing of so many classes (0: a curve)."""

    changed = Signal()
    started = Signal()
    cleared = Signal()
    class_added = Signal()
    begun = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.tool: Tool = "draw"
        self.brushes: Sequence[Brush] = ()
        self.brush = 0
        self.brush_buttons: list[QToolButton] = []
        self._group = QButtonGroup(self)
        self.move_tool = _button("Move", "Move points", "Drag a point to another place (key M)")
        self.erase_tool = _button("Erase", "Erase points", "Rub out the points under the circle (key E)")
        self.move_tool.clicked.connect(lambda: self.take("move"))
        self.erase_tool.clicked.connect(lambda: self.take("erase"))
        for button in (self.move_tool, self.erase_tool):
            button.setCheckable(True)
            self._group.addButton(button)
        self.size_slider = Slider()
        self.size_slider.setRange(SMALLEST, LARGEST)
        self.size_slider.setValue(FIRST)
        self.size_slider.setAccessibleName("Size of brush and eraser")
        self.size_slider.setToolTip("Size of brush and eraser (keys + and −)")
        self.size_slider.setMinimumWidth(36)
        self.size_slider.setMaximumWidth(110)
        self.size_slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.size_slider.valueChanged.connect(lambda _value: self.changed.emit())
        self.clear = _button("Clear", "Clear the drawing", "Remove all points; the network waits for the first new one")
        self.clear.clicked.connect(lambda: self.cleared.emit())
        self.begin = _button("New  ", "Begin a drawing", "Begin from the points that are shown, or blank")
        self.begin.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.begin.setMenu(self._menu())
        self._brush_row, tools = QHBoxLayout(), QHBoxLayout()
        for row in (self._brush_row, tools):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(2)
        for widget in (self.move_tool, self.erase_tool, self.size_slider):
            tools.addWidget(widget)
        tools.addStretch(1)
        tools.addWidget(self.clear)
        tools.addWidget(self.begin)
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._both.setContentsMargins(0, 0, 0, 0)
        self._both.setSpacing(3)
        self._brush_row.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self._both.addLayout(self._brush_row)
        self._both.addLayout(tools, 1)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        self.start_action = menu.addAction("Start from these points")
        self.start_action.triggered.connect(lambda: self.started.emit())
        self.add_action = menu.addAction("Add a class (restarts the training)")
        self.add_action.triggered.connect(lambda: self.class_added.emit())
        self.clear_action = menu.addAction("Clear: remove all points")
        self.clear_action.triggered.connect(lambda: self.cleared.emit())
        menu.addSeparator()
        self.blank_actions = {}
        for classes in (*range(2, BLANK_CLASSES + 1), 0):
            action = menu.addAction(f"Blank: {classes} classes" if classes else "Blank: a curve")
            action.triggered.connect(lambda _on=False, classes=classes: self.begun.emit(classes))
            self.blank_actions[classes] = action
        return menu

    @property
    def value(self) -> float:
        """Return what a new point gets: its class, or its target."""
        return self.brushes[self.brush].value if self.brushes else 0.0

    @property
    def colour(self) -> str:
        """Return the colour of the tool: that of the brush, or that of text."""
        painted = self.tool == "draw" and bool(self.brushes)
        return self.brushes[self.brush].colour if painted else self.theme.colours.text

    def take(self, tool: Tool, brush: int | None = None) -> None:
        """Take a tool in the hand, or a brush by its number."""
        self.tool = tool
        if brush is not None and 0 <= brush < len(self.brushes):
            self.brush = brush
        self._check()
        self.changed.emit()

    def resize_brush(self, by: int) -> None:
        """Make brush and eraser larger or smaller."""
        self.size_slider.setValue(self.size_slider.value() + by)

    def show_brushes(self, brushes: Sequence[Brush]) -> None:
        """Offer these brushes."""
        if tuple(brushes) == tuple(self.brushes):
            return
        self.brushes = tuple(brushes)
        self.brush = min(self.brush, max(0, len(brushes) - 1))
        for button in self.brush_buttons:
            self._group.removeButton(button)
            self._brush_row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.brush_buttons = [self._brush_button(number, brush) for number, brush in enumerate(self.brushes)]
        self._check()
        self._arrange()

    def _brush_button(self, number: int, brush: Brush) -> QToolButton:
        key = f" (key {(number + 1) % 10})"
        button = _button("", f"Draw {brush.name}", f"Draw {brush.name}{key}: click for a point, drag for many")
        if len(self.brushes) == 1:
            button.setText("Draw")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setToolTip(f"Drag to draw {brush.name}{key}")
        button.setIcon(_disc(brush.colour, self.theme.colours.muted, self.devicePixelRatioF()))
        button.setIconSize(QSize(DISC, DISC))
        button.setCheckable(True)
        button.setFont(self.move_tool.font())
        button.clicked.connect(lambda _on=False: self.take("draw", number))
        self._group.addButton(button)
        self._brush_row.addWidget(button)
        # A stranger to the row until the next event otherwise.
        button.show()
        return button

    def _check(self) -> None:
        chosen = self.move_tool if self.tool == "move" else self.erase_tool
        if self.tool == "draw":
            if not self.brush_buttons:
                return
            chosen = self.brush_buttons[self.brush]
        with QSignalBlocker(self._group):
            chosen.setChecked(True)

    def retheme(self) -> None:
        """Ring the tool in the hand in the accent, and each brush, whose colour may be that of the ground."""
        for button, brush in zip(self.brush_buttons, self.brushes, strict=True):
            button.setIcon(_disc(brush.colour, self.theme.colours.muted, self.devicePixelRatioF()))
        accent = self.theme.colours.accent
        self.setStyleSheet(f"DrawingTools QToolButton:checked {{ border: 2px solid {accent}; }}")

    def set_type(self, font: QFont) -> None:
        """Set the font of every control: Qt does not hand it on."""
        for widget in self.findChildren(QWidget):
            if not isinstance(widget, QMenu):
                widget.setFont(font)
        self._arrange()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Leave size and «Clear» to keys and menu where there is no room; then put the brushes above the tools."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        fixed = (self.move_tool, self.erase_tool, self.begin, *self.brush_buttons)
        least = sum(widget.sizeHint().width() + 3 for widget in fixed)
        room = self.width() - least
        optional = self.clear.sizeHint().width() + self.size_slider.minimumWidth() + 6
        beside = room >= 0
        for widget in (self.clear, self.size_slider):
            widget.setVisible(room >= optional or not beside)
        wanted = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._both.direction() != wanted:
            self._both.setDirection(wanted)


def _disc(colour: str, rim: str, ratio: float) -> QIcon:
    picture = QPixmap(round(DISC * ratio), round(DISC * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for ink, width in ((rim, DISC - 1), (colour, DISC - 3)):
        painter.setPen(QPen(QColor(ink), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoint(QPointF(DISC / 2, DISC / 2))
    painter.end()
    return QIcon(picture)


def _button(text: str, name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
    return button
