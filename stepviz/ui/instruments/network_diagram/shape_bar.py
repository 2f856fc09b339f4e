"""The foot of the drawing: + and - for the units under each hidden layer, and for the layers at the left."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.shape import MOST_LAYERS, MOST_UNITS, with_layer, with_width, without_layer
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import font, scaled
from stepviz.ui.instruments.network_diagram.layout import Diagram
from stepviz.ui.widgets.discard import discard
from stepviz.ui.widgets.form import RESTARTS

HEIGHT, SIDE, GAP = 22, 20, 2
ONE_MORE, ONE_LESS = "+", "\u2212"


class ShapeBar(QWidget):
    """Buttons that stand under the columns of a drawing; each press is an entry of the undo stack."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self._diagram: Diagram | None = None
        self.setAccessibleName("Layers and units")
        # The panel's buttons with words keep room around them, in which a sign of this size would be cut off.
        self.setStyleSheet("QToolButton { padding: 0; }")
        self.label = QLabel("layers", self)
        self.more = self._button(ONE_MORE, "One hidden layer more", lambda: self._put(with_layer, "Add a layer"))
        self.less = self._button(ONE_LESS, "One hidden layer less", lambda: self._put(without_layer, "Remove a layer"))
        self.pairs: list[tuple[QToolButton, QToolButton]] = []
        lab.experiment_changed.connect(self.show_experiment)
        self.show_experiment(lab.experiment)
        self.retheme()

    def _button(self, text: str, name: str, press: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(f"{name}. {RESTARTS}")
        button.setAccessibleName(name)
        button.setFont(font(9, bold=True))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda _checked=False: press())
        return button

    def _put(self, change: Callable[[Experiment], Experiment], text: str) -> None:
        self._lab.change(change(self._lab.experiment), text)

    def _add_unit(self, place: int, more: int) -> None:
        experiment = self._lab.experiment
        if place < len(experiment.layers):
            width = min(MOST_UNITS, max(1, experiment.layers[place].width + more))
            text = f"Width of layer {place + 1}"
            self._lab.change(with_width(experiment, place, width), text, merge=f"width {place}")

    # What is shown

    def show_experiment(self, experiment: Experiment) -> None:
        """Have a pair of buttons for each hidden layer; those that can do nothing are off."""
        layers = experiment.layers
        while len(self.pairs) > len(layers):
            for button in self.pairs.pop():
                discard(button)
        while len(self.pairs) < len(layers):
            self.pairs.append(self._pair(len(self.pairs)))
        self.more.setEnabled(len(layers) < MOST_LAYERS)
        self.less.setEnabled(bool(layers))
        for layer, (less, more) in zip(layers, self.pairs, strict=True):
            less.setEnabled(layer.width > 1)
            more.setEnabled(layer.width < MOST_UNITS)
        self._place()

    def _pair(self, place: int) -> tuple[QToolButton, QToolButton]:
        number = place + 1
        less = self._button(ONE_LESS, f"One unit less in layer {number}", lambda: self._add_unit(place, -1))
        more = self._button(ONE_MORE, f"One unit more in layer {number}", lambda: self._add_unit(place, 1))
        return less, more

    def show_diagram(self, diagram: Diagram | None) -> None:
        """Stand under the columns of this drawing."""
        if diagram is not self._diagram:
            self._diagram = diagram
            self._place()

    def _place(self) -> None:
        side, gap = scaled(SIDE), GAP
        top = (self.height() - side) // 2
        # At the edge where no column of units stands: the inputs and outputs have no buttons.
        wide = self.label.sizeHint().width()
        with_words = self._room() >= wide + 2 * side + 3 * gap
        self.label.setVisible(with_words)
        left = gap
        if with_words:
            self.label.setGeometry(left, 0, wide, self.height())
            left += wide + gap
        for button in (self.less, self.more):
            button.setGeometry(left, top, side, side)
            left += side + gap
        columns = {} if self._diagram is None else {column.layer: column for column in self._diagram.columns}
        for layer, (less, more) in enumerate(self.pairs):
            column = columns.get(layer)
            fits = column is not None and column.x - side - gap >= left and self._pitch() >= 2 * side + 2 * gap
            for button, at in ((less, -side - gap // 2), (more, gap // 2)):
                button.setVisible(fits)
                if column is not None:
                    button.setGeometry(round(column.x) + at, top, side, side)

    def _pitch(self) -> float:
        columns = () if self._diagram is None else self._diagram.columns
        return columns[1].x - columns[0].x if len(columns) > 1 else float(self.width())

    def _room(self) -> float:
        """Return the room at the left of the first pair."""
        columns = () if self._diagram is None else self._diagram.columns
        return columns[1].x - scaled(SIDE) - 2 * GAP if len(columns) > 2 else float(self.width())

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the height of the buttons."""
        return QSize(100, scaled(HEIGHT))

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the same height: the drawing has the width."""
        return QSize(60, scaled(HEIGHT))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Put the buttons where they belong."""
        super().resizeEvent(event)
        self._place()

    def retheme(self) -> None:
        """Take the size that the type needs."""
        self.setFixedHeight(scaled(HEIGHT))
        self.label.setFont(font(9))
        self._place()
