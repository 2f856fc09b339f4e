"""The instrument that draws the network: what each unit computes, and through which weights a gradient passes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QMenu, QToolButton, QVBoxLayout

from stepviz.engine.common.number_format import number_text
from stepviz.instruments import INSTRUMENTS, Instrument
from stepviz.probes.trace import Trace, TraceOptions
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.instruments.network_diagram.canvas import DiagramCanvas
from stepviz.ui.instruments.network_diagram.layout import Hit, hit
from stepviz.ui.instruments.network_diagram.legend import DiagramLegend
from stepviz.ui.instruments.network_diagram.scene import Mode, Scene
from stepviz.ui.instruments.network_diagram.shape_bar import ShapeBar
from stepviz.ui.instruments.network_diagram.trace_strip import TraceStrip
from stepviz.ui.instruments.network_diagram.weight_box import WeightBox
from stepviz.ui.instruments.weight_edits import WeightEdits, first_value
from stepviz.ui.text.number_format import mix

_ROOMY = 300


class NetworkDiagramPanel(Panel):
    """Nodes with a picture of what each unit computes; edges by weight or gradient, dashed where the gradient is 0.

    ``parameter_chosen`` carries the index (in a row of parameters) of the weight or bias that was clicked, -1 when
    it was let go, ``unit_chosen`` the layer and unit (from 0) of a hidden unit. What to conclude: behind the dashed
    edges nothing learns, and the traced sentence says why.
    """

    instrument: ClassVar[Instrument] = INSTRUMENTS["network_diagram"]

    parameter_chosen = Signal(int)
    unit_chosen = Signal(int, int)

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.canvas = DiagramCanvas(theme)
        self.shape = ShapeBar(lab)
        self.canvas.arranged.connect(self.shape.show_diagram)
        self.strip = TraceStrip(theme)
        self.legend = DiagramLegend(theme)
        self.box = WeightBox(self.canvas)
        self.edits = WeightEdits(lab)
        self.mode: Mode = "weights"
        self._session = 0
        self._options = TraceOptions()
        self._trace: Trace | None = None
        self._frame: Frame | None = None
        self._build()
        self.canvas.chosen.connect(self._choose)
        self.canvas.unit_chosen.connect(self.unit_chosen)
        self.canvas.edit_wanted.connect(self._open_box)
        self.canvas.reset_wanted.connect(self.edits.reset)
        self.box.changed.connect(lambda index, value: self.edits.edit(index, value, self._session))
        self.strip.example_chosen.connect(self._choose_example)
        self.retheme()

    def _build(self) -> None:
        self.modes = QButtonGroup(self)
        bar = QHBoxLayout()
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(2)
        tips = {"weights": "Colour and width show each weight", "gradient": "Colour and width show each gradient"}
        for mode, tip in tips.items():
            button = QToolButton()
            button.setObjectName(mode)
            button.setText(mode.capitalize())
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setChecked(mode == self.mode)
            self.modes.addButton(button)
            bar.addWidget(button)
        self.modes.buttonClicked.connect(lambda button: self._switch(button.objectName()))
        bar.addWidget(self.legend, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 6)
        column.setSpacing(4)
        column.addLayout(bar)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.shape)
        column.addWidget(self.strip)

    # Frames

    def show_picture(self, frame: Frame) -> None:
        """Draw the frame, at most twenty a second."""
        if frame is self._frame:
            return
        before, self._frame = self._frame, frame
        if before is not None and before.setup.network.layout != frame.setup.network.layout:
            # The same index is another weight in a network of another shape.
            self.choose_parameter(-1)
        self.canvas.show_scene(Scene.of(frame, self.mode))
        wanted: TraceOptions = self.lab.options("trace")
        if wanted != self._options:
            # Chosen elsewhere, by the scene of a lesson.
            self._options, self._trace = wanted, None
            self.canvas.select(wanted.index(frame.setup.network.layout))

    def show_numbers(self, whole: Frame) -> None:
        """Write the trace."""
        self._set_legend()
        trace = whole.reading(Trace)
        if trace is not None and trace is not self._trace and trace.index == self.canvas.selected:
            self._trace = trace
            self.strip.show_trace(trace)

    def _switch(self, mode: str) -> None:
        self.mode = "gradient" if mode == "gradient" else "weights"
        if self._frame is not None:
            self.canvas.show_scene(Scene.of(self._frame, self.mode))
        self._set_legend()

    def _set_legend(self) -> None:
        scene, diagram = self.canvas.scene, self.canvas.diagram
        if self.mode == "gradient":
            self.legend.set_wide("1, thinnest: 1e−7")
        elif scene is not None and diagram is not None:
            self.legend.set_wide(f"{scene.scale(diagram.edges):g}")

    # What the person does

    def choose_parameter(self, index: int) -> None:
        """Select a parameter by its index in the row, as a click on it does; -1 for none."""
        self.canvas.choose(index)

    def trace(self, layer: int, unit: int = -1) -> None:
        """Trace the gradient of the largest weight into a unit of a layer (both from 0), of any unit where it is -1."""
        if self._frame is None or layer >= len(self._frame.setup.network.layout.layers):
            return
        layout = self._frame.setup.network.layout
        shape, start = layout.layers[layer], layout.offsets[layer]
        weights = self._frame.parameters[start : start + shape.inputs * shape.outputs]
        sizes = np.abs(weights.reshape(shape.inputs, shape.outputs))
        if 0 <= unit < shape.outputs:
            index = int(sizes[:, unit].argmax()) * shape.outputs + unit
        else:
            index = int(sizes.argmax())
        self.choose_parameter(start + index)

    def _choose(self, index: int) -> None:
        self.canvas.select(index)
        self.box.hide()
        self._trace = None
        if index < 0 or self._frame is None:
            self.strip.clear()
        else:
            self._ask(index, self._options.example)
        self.parameter_chosen.emit(index)

    def _choose_example(self, example: int) -> None:
        if self.canvas.selected >= 0:
            self._ask(self.canvas.selected, example)

    def _ask(self, index: int, example: int) -> None:
        if self._frame is None:
            return
        self._options = TraceOptions.of(self._frame.setup.network.layout, index, example)
        self.lab.look_at("trace", self._options)
        self.show_numbers(self._frame.whole)

    def _open_box(self, index: int, at: QPointF) -> None:
        row = self.edits.row()
        if row is None or self._frame is None or index >= len(row):
            return
        self._session += 1
        self.box.open(index, float(row[index]), self._frame.setup.network.layout.describe(index), at)

    def menu_for(self, found: Hit) -> QMenu:
        """Return the menu of a weight or bias."""
        menu = QMenu(self)
        index = found.index
        at = self.canvas.place_of(index) or QPointF(self.canvas.rect().center())
        menu.addAction("Trace its gradient", lambda: self.canvas.choose(index))
        menu.addAction("Edit…", lambda: self._open_box(index, at))
        menu.addAction("Set to 0", lambda: self.edits.edit(index, 0.0))
        first = None if self._frame is None else first_value(self._frame, index)
        if first is not None:
            menu.addAction(f"Back to its first value, {number_text(first)}", lambda: self.edits.reset(index))
        return menu

    @guarded
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of the weight or bias under the pointer, or of the one that is chosen."""
        place = self.canvas.mapFrom(self, event.pos())
        diagram = self.canvas.diagram
        found = None if diagram is None else hit(diagram, place.x(), place.y())
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.canvas.selected >= 0:
            found = Hit("edge", self.canvas.selected)
        if found is not None and found.index >= 0:
            menu = self.menu_for(found)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(event.globalPos())

    # Looks

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the factors out of a low panel: the drawing needs the room."""
        super().resizeEvent(event)
        self.strip.set_roomy(self.height() >= _ROOMY)
        self.box.hide()

    def retheme(self) -> None:
        """Take the theme's colours."""
        colours = self.theme.colours
        self.setStyleSheet(
            f"NetworkDiagramPanel {{ background: {colours.surface}; }}"
            f"QToolButton {{ background: {colours.raised}; border: 1px solid {colours.border}; border-radius: 5px;"
            " padding: 2px 7px; }"
            f"QToolButton:checked {{ border: 2px solid {colours.accent}; padding: 1px 6px;"
            f" background: {mix(colours.surface, colours.accent, 0.16).name()}; }}"
            f"QToolButton:focus {{ border-color: {colours.text}; }}"
            f"QToolButton:hover {{ border-color: {colours.accent}; }}"
        )
        for button in self.modes.buttons():
            button.setFont(font(9))
        self.canvas.retheme()
        self.shape.retheme()
        self.strip.retheme()
        self.legend.update()
