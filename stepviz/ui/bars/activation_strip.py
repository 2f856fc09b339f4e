"""The activation strip: one click or one key gives all hidden layers another activation, the weights kept."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLayout,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.settings.experiment import ActivationChoice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.runtime.frame import Frame
from stepviz.ui.bars.activation_button import HEIGHT, WIDTH, ActivationButton, thumbnail_icon
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.menu_bar import MenuBar
from stepviz.ui.core.theme import Colours, Theme, font, scaled
from stepviz.ui.text.number_format import mix
from stepviz.ui.text.schedule_words import present_slope, slope_course
from stepviz.ui.widgets.wheel import ComboBox

# In the order of a lecture: the step, its smooth kin, then the ReLU and its cures. The first nine have the keys 1 to 9.
FIRST = ("step", "sigmoid", "tanh", "relu", "leaky-relu", "gelu", "elu", "prelu", "linear")
ORDER = (*FIRST, *(key for key in ACTIVATIONS if key not in FIRST))
KEYS = 9
SIDE = 138
# Another precision is said.
USUAL = Experiment().precision
GAP = 5
MORE = 84


class ActivationStrip(QWidget):
    """A row of activations with their curves; those of the hidden layers are marked.

    ``activation_actions`` are one checkable action per activation in the order of the strip, the first nine with
    the keys 1 to 9: the main window puts them in a menu.
    """

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__()
        self.lab, self.theme = lab, theme
        self.setObjectName("activation_strip")
        self.setAccessibleName("Activation of the hidden layers")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.buttons = {
            key: ActivationButton(ACTIVATIONS[key], str(place + 1) if place < KEYS else "", theme, self)
            for place, key in enumerate(ORDER)
        }
        self._icons_of: Colours | None = None
        self._slope, self._slope_shown = "", 0.0
        self.activation_actions = [self._build_action(place, key) for place, key in enumerate(ORDER)]
        self.addActions(self.activation_actions)
        self.target = ComboBox()
        self.rule = QLabel()
        self.more = QToolButton()
        self.side = QWidget()
        self._build_row()
        lab.experiment_changed.connect(self.show_experiment)
        lab.frame_shown.connect(self._show_slope)
        theme.changed.connect(self.retheme)
        self.show_experiment(lab.experiment)
        self.retheme()

    def _build_action(self, place: int, key: str) -> QAction:
        action = QAction(ACTIVATIONS[key].label, self)
        action.setCheckable(True)
        action.setData(key)
        action.setStatusTip(f"Give the hidden layers the activation {ACTIVATIONS[key].label}, the weights kept")
        if place < KEYS:
            action.setShortcut(QKeySequence(str(place + 1)))
        action.triggered.connect(lambda _checked=False: self.switch(key))
        self.buttons[key].clicked.connect(lambda _checked=False: self.switch(key))
        return action

    def _build_row(self) -> None:
        self.target.setAccessibleName("Layers to switch")
        self.target.setToolTip("Which hidden layers a click or a key switches")
        self.target.currentIndexChanged.connect(lambda _index: self.show_experiment(self.lab.experiment))
        self.rule.setFont(font(9))
        self.rule.setAccessibleName("Backward rule")
        self.more.setText("More")
        self.more.setAccessibleName("More activations")
        self.more.setToolTip("The activations that have no room in the row")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setIconSize(QSize(48, 32))
        self.more.setCheckable(True)
        menu = QMenu(self.more)
        menu.aboutToShow.connect(self.draw_icons)
        self.more.setMenu(menu)
        column = QVBoxLayout(self.side)
        column.setContentsMargins(0, 3, 3, 3)
        column.setSpacing(3)
        column.addWidget(self.target)
        column.addWidget(self.rule)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 4, 6, 4)
        # The row shows as many buttons as fit: their number must not hold the window wide.
        row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        row.setSpacing(GAP)
        row.addWidget(self.side)
        for button in self.buttons.values():
            row.addWidget(button, 1)
        row.addWidget(self.more)
        row.addStretch(0)

    # What a person does

    def switch(self, key: str) -> None:
        """Give the layers in question the activation ``key`` with its default parameters and the true rule."""
        layer = self.target.currentIndex() or None
        experiment = self.lab.experiment
        layers = experiment.layers if layer is None else experiment.layers[layer - 1 : layer]
        if any(hidden.activation.name != key for hidden in layers):
            where = f" in layer {layer}" if layer else ""
            text = f"Switch to {ACTIVATIONS[key].label}{where}"
            self.lab.change(with_activation(experiment, ActivationChoice(key), layer), text)
        self.show_experiment(self.lab.experiment)

    # What is shown

    def show_experiment(self, experiment: Experiment) -> None:
        """Mark the activations that the hidden layers have."""
        self._offer_layers(len(experiment.layers))
        used: dict[str, list[int]] = {}
        for number, hidden in enumerate(experiment.layers, start=1):
            used.setdefault(hidden.activation.name, []).append(number)
        for action in self.activation_actions:
            key = str(action.data())
            layers = used.get(key, [])
            mixed = f"L{_ranges(layers)}" if layers and len(used) > 1 else ""
            self.buttons[key].show_layers(mixed, bool(layers))
            self.buttons[key].setEnabled(bool(experiment.layers))
            action.setChecked(bool(layers))
            action.setEnabled(bool(experiment.layers))
        self._name_rule(experiment)
        self._share_room()

    def _offer_layers(self, layers: int) -> None:
        if self.target.count() == layers + 1:
            return
        chosen = self.target.currentIndex()
        self.target.blockSignals(True)
        self.target.clear()
        self.target.addItems(["All layers", *(f"Layer {number}" for number in range(1, layers + 1))])
        self.target.setCurrentIndex(chosen if 0 <= chosen <= layers else 0)
        self.target.blockSignals(False)
        self.target.setEnabled(layers > 0)

    def _name_rule(self, experiment: Experiment) -> None:
        rules = {hidden.activation.rule.name for hidden in experiment.layers} - {"true"}
        text = ", ".join(BACKWARD_RULES[rule].label for rule in sorted(rules)) or "True derivative"
        if not experiment.layers:
            text = "No hidden layer"
        if self._slope:
            text = f"{self._slope}; {text}"
        if experiment.precision != USUAL:
            text = f"{experiment.precision}; {text}"
        fitting = QFontMetrics(self.rule.font()).elidedText(text, Qt.TextElideMode.ElideRight, scaled(SIDE) - 6)
        self.rule.setText(fitting)
        colour = self.theme.colours.test if rules else self.theme.colours.muted
        self.rule.setStyleSheet(f"color: {colour}")
        stands = "stands in for f' in the backward pass" if rules else "the backward pass uses f' itself"
        course = slope_course(experiment) if self._slope else None
        self.rule.setToolTip(f"{text}: {stands}" + ("" if course is None else f"\nSlope {course.words}"))

    def _show_slope(self, frame: Frame) -> None:
        """Show the slope of annealed layers at the step that all numbers are of."""
        frame = frame.whole
        if frame.experiment.slope_schedule.name == "none" and not self._slope:
            return
        text = present_slope(frame.setup, frame.step)
        if text != self._slope:
            self._slope = text
            self._name_rule(self.lab.experiment)

    def _share_room(self) -> None:
        room = self.width() - 12 - scaled(SIDE) - scaled(MORE) - 2 * GAP
        fitting = max(1, min(len(ORDER), (room + GAP) // (scaled(WIDTH) + GAP)))
        for place, key in enumerate(ORDER):
            self.buttons[key].setVisible(place < fitting)
        hidden = self.activation_actions[fitting:]
        menu = self.more.menu()
        if menu.actions() != hidden:
            menu.clear()
            menu.addActions(hidden)
        self.more.setVisible(bool(hidden))
        marked = [action for action in hidden if action.isChecked()]
        self.more.setChecked(bool(marked))
        self.more.setText(marked[0].text() if marked else "More")

    def add_entries(self, menus: MenuBar) -> None:
        """Add the activations to their menu."""
        menus.menus["Activation"].aboutToShow.connect(self.draw_icons)
        menus.add_actions("Activation/keyed", self.activation_actions[:KEYS])
        menus.add_actions("Activation/others", self.activation_actions[KEYS:])

    def draw_icons(self) -> None:
        """Give the actions their thumbnails: not at the start, for only open menus show them."""
        if self._icons_of is self.theme.colours:
            return
        self._icons_of = self.theme.colours
        for action in self.activation_actions:
            action.setIcon(thumbnail_icon(ACTIVATIONS[str(action.data())], self.theme.colours))

    def retheme(self) -> None:
        """Take the theme's colours."""
        colours = self.theme.colours
        self.more.setStyleSheet(
            f"QToolButton {{ background: {colours.raised}; border: 1px solid {colours.border}; border-radius: 6px; }}"
            f"QToolButton:focus {{ border-color: {colours.text}; }}"
            f"QToolButton:checked {{ border: 2px solid {colours.accent}; font-weight: 600;"
            f" background: {mix(colours.surface, colours.accent, 0.16).name()}; }}"
            f"QToolButton:hover {{ border-color: {colours.accent}; }}"
            "QToolButton::menu-indicator { subcontrol-position: bottom center; bottom: 4px; }"
        )
        self.side.setFixedWidth(scaled(SIDE))
        self.more.setFixedSize(scaled(MORE), scaled(HEIGHT))
        for button in self.buttons.values():
            button.fit()
        self._share_room()
        self.updateGeometry()
        self._name_rule(self.lab.experiment)
        self.update()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Show as many activations as have room."""
        super().resizeEvent(event)
        self._share_room()

    def sizeHint(self) -> QSize:  # Qt's name
        """Return a size at which the activations with keys fit."""
        return QSize(scaled(SIDE + MORE + KEYS * WIDTH) + KEYS * GAP + 24, scaled(HEIGHT) + 8)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the size of a strip of three activations and the menu."""
        return QSize(scaled(SIDE + MORE + 3 * WIDTH), scaled(HEIGHT) + 8)


def _ranges(numbers: list[int]) -> str:
    """Return layer numbers in short: «1-3, 5»."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, part)) for part in parts)
