"""The row of controls above a loss surface: which directions, which seed, which colours, how near."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QFont, QResizeEvent
from PySide6.QtWidgets import QAbstractSpinBox, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from stepviz.engine.common.number_format import number_text
from stepviz.engine.network.layout import Layout
from stepviz.probes.surface_options import DirectionsName, SurfaceOptions
from stepviz.ui.core.guarded import guarded
from stepviz.ui.plotting.picture_controls import STATES
from stepviz.ui.widgets.number_box import WholeNumberBox
from stepviz.ui.widgets.steady_width import hold_width

SPACING = 4


@dataclass(frozen=True, slots=True)
class DirectionsKind:
    """A kind of directions: its short name, and what it shows in a line."""

    key: DirectionsName
    label: str
    meaning: str


CHOICES = (
    DirectionsKind(
        "random", "Random", "two directions drawn by lot, for each unit as long as its own weights (Li et al. 2018)"
    ),
    DirectionsKind(
        "path", "Path", "the two directions in which the run has moved most (principal directions of its path)"
    ),
    DirectionsKind("gradient", "Gradient", "uphill along the gradient, and a random direction at right angles to it"),
    DirectionsKind("parameters", "Parameters", "the loss over two single weights or biases, all others held still"),
)


class SurfaceControls(QWidget):
    """Edits SurfaceOptions; ``chosen`` carries them whenever the person has changed them.

    ``recoloured`` carries whether the colours are to be logarithmic; ``zoomed`` a factor, 0 for the view of the start,
    ``unfolded`` whether the numbers are wanted in full sentences. ``details`` is shown where there is room for them.
    """

    chosen = Signal(object)
    recoloured = Signal(bool)
    zoomed = Signal(float)
    unfolded = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.options = SurfaceOptions()
        self.directions = _button("", "Directions of the loss surface", "Which two directions the map shows")
        self.directions.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.directions.setMenu(self._menu())
        self.seed = _button("", "Other random directions", "Other random directions")
        self.seed.clicked.connect(lambda: self._choose(replace(self.options, seed=self.options.seed + 1)))
        self.seed.setProperty(STATES, True)
        self.first, self.second = (self._spin_box(name) for name in ("first", "second"))
        self.scale = _button(
            "log", "Logarithmic colours", "Colour by the logarithm of the loss: valleys show their depth"
        )
        self.scale.setCheckable(True)
        self.scale.setChecked(True)
        self.scale.toggled.connect(self.recoloured)
        self.details = _button("", "Details of the loss surface", "The numbers beside the map in full sentences")
        self.details.clicked.connect(lambda _checked=False: self.show_details(not self.detailed))
        self._offers_details = False
        self.show_details(False)
        self.closer = _button("+", "Zoom in", "Zoom in: the losses are computed anew (mouse wheel, or the + key)")
        self.wider = _button("\u2212", "Zoom out", "Zoom out: the losses are computed anew (mouse wheel, or the − key)")
        self.home = _button("", "Reset the zoom", "Back to the whole map around the present weights (key 0)")
        for button, factor in ((self.closer, 1.5), (self.wider, 1 / 1.5), (self.home, 0.0)):
            button.clicked.connect(lambda _checked=False, factor=factor: self.zoomed.emit(factor))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING)
        for widget in (self.directions, self.seed, self.first, self.second):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.details, self.scale, self.wider, self.closer, self.home):
            row.addWidget(widget)
        hold_width(self.home)
        self.show_options(self.options)

    def show_options(self, options: SurfaceOptions) -> None:
        """Show these options."""
        self.options = options
        choice = next(choice for choice in CHOICES if choice.key == options.directions)
        # Spaces, for Qt paints its arrow over the end of the text.
        self.directions.setText(choice.label + "  ")
        self.directions.setToolTip(f"{choice.label}: {choice.meaning}")
        self._actions[options.directions].setChecked(True)
        with QSignalBlocker(self._bias):
            self._bias.setChecked(options.bias == "in the norm")
        with QSignalBlocker(self._hidden):
            self._hidden.setChecked(options.layers == "hidden")
        self._hidden.setEnabled(options.directions == "random")
        self._bias.setEnabled(options.directions in ("random", "gradient"))
        by_hand = options.directions == "parameters"
        self.seed.setVisible(options.directions in ("random", "gradient"))
        for box, index in ((self.first, options.first), (self.second, options.second)):
            box.setVisible(by_hand)
            with QSignalBlocker(box):
                box.setValue(index)
        self.home.setEnabled(not options.closer)
        self.show_zoom(options.span)
        self._show_what_fits()

    def show_zoom(self, span: float) -> None:
        """Say how near the map is; of a network that jumps that is found with its losses."""
        text = f"{number_text(1 / span, 2)}×"
        if text != self.home.text():
            self.home.setText(text)

    def show_details(self, detailed: bool) -> None:
        """Show the numbers beside the map in full sentences, or in short."""
        self.detailed = detailed
        self.details.setText(f"details {'▾' if detailed else '▸'}")
        self.unfolded.emit(detailed)

    def offer_details(self, room: bool) -> None:
        """Offer the full sentences where there is room for them."""
        if room != self._offers_details:
            self._offers_details = room
            self._show_what_fits()

    def show_layout(self, layout: Layout) -> None:
        """Name the parameters that can be chosen."""
        for box in (self.first, self.second):
            with QSignalBlocker(box):
                box.setMaximum(layout.size - 1)
            box.setToolTip(f"Parameter {box.value()}: {layout.describe(box.value())}")

    def set_font(self, font: QFont) -> None:
        """Set the font of every control: Qt does not hand it on."""
        for widget in self.findChildren(QWidget):
            if not isinstance(widget, QMenu):
                widget.setFont(font)
        hold_width(self.home)
        self._show_what_fits()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Show less where there is little room."""
        super().resizeEvent(event)
        self._show_what_fits()

    def _show_what_fits(self) -> None:
        # From the richest row to the one that is left at 1024 pixels: the zoom stays, and key 0 does what «home» does.
        for left_out in range(5):
            self.details.setVisible(self._offers_details and left_out < 1)
            self.seed.setText(f"{self.options.seed}" if left_out > 1 else f"seed {self.options.seed}")
            self.home.setVisible(left_out < 3)
            self.scale.setVisible(left_out < 4)
            row = [widget for widget in self._row() if not widget.isHidden()]
            if sum(map(_width, row)) + SPACING * len(row) <= self.width():
                return

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the width of the least that is left, so that a panel can be narrow."""
        least: list[QWidget] = [self.directions, self.wider, self.closer]
        by_hand = self.options.directions == "parameters"
        least += [self.first, self.second] if by_hand else [self.seed]
        return QSize(sum(map(_width, least)) + SPACING * len(least), super().minimumSizeHint().height())

    def _row(self) -> Iterator[QWidget]:
        layout = self.layout()
        for place in range(layout.count() if layout is not None else 0):
            item = layout.itemAt(place) if layout is not None else None
            if item is not None and (widget := item.widget()) is not None:
                yield widget

    def _menu(self) -> QMenu:
        menu, group = QMenu(self), QActionGroup(self)
        self._actions: dict[str, QAction] = {}
        for choice in CHOICES:
            action = menu.addAction(f"{choice.label}: {choice.meaning}")
            action.setCheckable(True)
            action.triggered.connect(
                lambda _checked=False, key=choice.key: self._choose(
                    replace(self.options, directions=key, centre=(0.0, 0.0), span=1.0, closer=True, absolute=False)
                )
            )
            group.addAction(action)
            self._actions[choice.key] = action
        menu.addSeparator()
        self._hidden = menu.addAction("Hidden layers only (else the output layer moves too)")
        self._hidden.setCheckable(True)
        self._hidden.toggled.connect(
            lambda only: self._choose(replace(self.options, layers="hidden" if only else "all"))
        )
        self._bias = menu.addAction("A unit's bias belongs to its norm (else the directions leave biases alone)")
        self._bias.setCheckable(True)
        self._bias.toggled.connect(
            lambda belongs: self._choose(replace(self.options, bias="in the norm" if belongs else "zeroed"))
        )
        return menu

    def _spin_box(self, field: str) -> WholeNumberBox:
        box = WholeNumberBox(0, 99)
        box.setAccessibleName(f"The {field} parameter")
        box.setToolTip(f"The {field} parameter, by its number in the row")
        box.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        box.valueChanged.connect(lambda value: self._choose(replace(self.options, **{field: value})))
        return box

    def _choose(self, options: SurfaceOptions) -> None:
        self.show_options(options)
        self.chosen.emit(options)


def _width(widget: QWidget) -> int:
    return max(widget.minimumWidth(), widget.sizeHint().width())


def _button(text: str, name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
    return button
