"""The loss along one line: beside it the slope that backpropagation reports, and the one that differences show."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout

from stepviz.engine.common.number_format import measured_text, number_text
from stepviz.engine.network.layout import Layout
from stepviz.instruments import INSTRUMENTS, Instrument
from stepviz.probes.curvature import Curvature
from stepviz.probes.findings.words import inside
from stepviz.probes.slice import DirectionName, Slice, SliceOptions
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.instruments.slice.legend import SliceLegend
from stepviz.ui.instruments.slice.plot import SlicePlot
from stepviz.ui.plotting.picture_controls import STATES
from stepviz.ui.text.number_format import text_points
from stepviz.ui.text.throttled_label import SlowLabel
from stepviz.ui.widgets.number_box import WholeNumberBox
from stepviz.ui.widgets.steady_width import hold_width

NARROWEST, WIDEST = 1e-6, 1e3
# Numbers cannot be read where they change oftener, and the picture is of the same step.
PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class DirectionKind:
    """A direction: its short name, and what it shows in a line."""

    key: DirectionName
    label: str
    meaning: str


CHOICES = (
    DirectionKind("parameter", "Parameter", "the loss over one weight or bias, all others held still"),
    DirectionKind("random", "Random", "a direction drawn by lot, for each hidden unit as long as its own weights"),
    DirectionKind("gradient", "Gradient", "uphill along the gradient that the backward pass gives"),
    DirectionKind("path", "Path", "the direction in which the run has moved most"),
)


class SlicePanel(Panel):
    """Where the loss jumps and the slope line lies at exactly 0, gradient descent cannot know which way is down."""

    instrument: ClassVar[Instrument] = INSTRUMENTS["slice"]

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.plot = SlicePlot(theme)
        self.legend = SliceLegend(theme)
        self.direction = _button("Direction of the slice")
        self.direction.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.direction.setMenu(self._menu())
        self.seed = _button("Another random direction")
        self.seed.setToolTip("Another random direction")
        self.seed.setProperty(STATES, True)
        self.seed.clicked.connect(lambda _checked=False: self.choose(replace(self.options, seed=self.options.seed + 1)))
        self.index = WholeNumberBox(0, 99)
        self.index.setAccessibleName("The parameter")
        self.index.valueChanged.connect(lambda index: self.choose(replace(self.options, index=index)))
        self.closer, self.wider = _button("Zoom in"), _button("Zoom out")
        self.home = _button("Reset the zoom")
        for button, text, factor, tip in (
            (self.wider, "\u2212", 1 / 1.5, "Look along a longer line (mouse wheel)"),
            (self.closer, "+", 1.5, "Look nearer: the losses are computed anew (mouse wheel)"),
            (self.home, "1×", 0.0, "Back to ±1 around the present weights"),
        ):
            button.setText(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _checked=False, factor=factor: self._zoom(factor))
        self.readout = SlowLabel()
        self.readout.setAccessibleName("What the slice shows")
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.plot.zoomed.connect(self._zoom)
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in (self.direction, self.seed, self.index):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.wider, self.closer, self.home):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 4)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self.legend)
        column.addWidget(self.plot, 1)
        column.addWidget(self.readout)
        self._layout_shown: Layout | None = None
        self._curvature: Curvature | None = None
        self._is_now = False
        self._shown_at = 0.0
        hold_width(self.home)
        self._show_options()
        lab.options_changed.connect(self._take)
        self.retheme()

    def _menu(self) -> QMenu:
        menu, group = QMenu(self), QActionGroup(self)
        for choice in CHOICES:
            action = menu.addAction(f"{choice.label}: {choice.meaning}")
            action.setCheckable(True)
            action.setChecked(choice.key == self.options.direction)
            action.setData(choice.key)
            action.triggered.connect(
                lambda _checked=False, key=choice.key: self.choose(replace(self.options, direction=key, span=1.0))
            )
            group.addAction(action)
        self._actions = menu.actions()
        return menu

    # What a person does

    @property
    def options(self) -> SliceOptions:
        """Return what is looked along."""
        options: SliceOptions = self.lab.options(self.instrument.key)
        return options

    def choose(self, options: SliceOptions) -> None:
        """Look along another line."""
        self.lab.look_at(self.instrument.key, options)

    def _take(self, probe: str, _options: SliceOptions) -> None:
        if probe == self.instrument.key:
            self._show_options()

    def choose_parameter(self, index: int) -> None:
        """Look along one parameter, by its number in the row; -1 leaves the line as it is."""
        if index >= 0:
            self.choose(replace(self.options, direction="parameter", index=index))

    def _zoom(self, factor: float) -> None:
        span = 1.0 if factor == 0.0 else min(WIDEST, max(NARROWEST, self.options.span / factor))
        self.choose(replace(self.options, span=span))

    # What is shown

    def _show_options(self) -> None:
        options = self.options
        choice = next(choice for choice in CHOICES if choice.key == options.direction)
        self.direction.setText(choice.label + "  ")
        self.direction.setToolTip(f"{choice.label}: {choice.meaning}")
        for action in self._actions:
            action.setChecked(action.data() == options.direction)
        self.seed.setText(f"seed {options.seed}")
        self.seed.setVisible(options.direction == "random")
        self.index.setVisible(options.direction == "parameter")
        with QSignalBlocker(self.index):
            self.index.setValue(options.index)
        if self._layout_shown is not None and options.index < self._layout_shown.size:
            self.index.setToolTip(f"Parameter {options.index}: {self._layout_shown.describe(options.index)}")
        self.home.setText(f"{number_text(1 / options.span, 2)}×")
        self.home.setEnabled(options.span != 1.0)

    def show_picture(self, frame: Frame) -> None:
        """Show the newest slice, with its own numbers and the step that they are of."""
        layout = frame.setup.network.layout
        if layout is not self._layout_shown:
            self._layout_shown = layout
            with QSignalBlocker(self.index):
                self.index.setMaximum(layout.size - 1)
            self._show_options()
        found, curvature = frame.reading(Slice), frame.reading(Curvature)
        is_now = found is not None and found.step == frame.step and not frame.running
        same = found is self.plot.slice and is_now == self._is_now
        if same and (found is None or curvature is self._curvature):
            return
        shown, now = self.plot.slice, time.perf_counter()
        asked_for = found is None or shown is None or found.options != shown.options
        if frame.running and not asked_for and now - self._shown_at < PAUSE:
            return
        self._shown_at, self._is_now = now, is_now
        if found is not self.plot.slice:
            self.plot.show_slice(found)
            self.legend.show_slice(found)
        self._curvature = curvature
        # Without a slice this is another run: what was seen of the last one is not so of it.
        self.readout.show_now(*(readouts(found, curvature, is_now=is_now) if found is not None else ("",)))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Make the type larger where the panel is large."""
        super().resizeEvent(event)
        points = text_points(9.5, self.width(), self.height())
        self.plot.set_type(points)
        self.legend.set_type(points)
        self.readout.setFont(font(points, bold=True, tabular=True))
        for widget in (self.direction, self.seed, self.index, self.wider, self.closer, self.home):
            widget.setFont(font(min(points, 12.0)))
        hold_width(self.home)

    def retheme(self) -> None:
        """Take the colours of the theme."""
        colours = self.theme.colours
        self.setStyleSheet(f"SlicePanel {{ background: {colours.surface}; }}")
        self.readout.setStyleSheet(f"color: {colours.text}")
        self.plot.update()
        self.legend.update()


def readouts(found: Slice, curvature: Curvature | None, *, is_now: bool = True) -> tuple[str, str, str]:
    """Return what a slice shows, in words, and the same shorter; of which step, unless the run rests there."""
    when = "" if is_now else f"Step {found.step:,}: "
    treads = f"{found.plateaus} plateau{'' if found.plateaus == 1 else 's'}"
    slope = f"slope here {measured_text(found.slope_here)}"
    bend = ""
    if curvature is not None:
        bend = curvature.reason or f"λ = {measured_text(curvature.eigenvalue)}"
        later = "" if curvature.step == found.step or curvature.reason else f" at step {curvature.step:,}"
        bend = f"; largest curvature of the loss {bend}{later}"
    if not found.slope.any() and found.plateaus > 1:
        said = f"The loss jumps between {treads}, and the slope is exactly 0 at every point"
    else:
        said = f"{treads[0].upper()}{treads[1:]} on this line; {slope}" if found.plateaus else f"{slope.capitalize()}"
    if when:
        said = inside(said)
    return when + said + bend, when + said, f"{when}{treads}, {slope}"


def _button(name: str) -> QToolButton:
    button = QToolButton()
    button.setAccessibleName(name)
    return button
