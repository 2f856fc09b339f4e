"""One unit under the magnifying glass: its pre-activations, its response, its weights, and first aid."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLayout, QVBoxLayout

from stepviz.engine.common.number_format import number_text, share_text
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.instruments import INSTRUMENTS, Instrument
from stepviz.probes.stuck_units import STATES
from stepviz.probes.unit import UnitOptions, UnitReading
from stepviz.runtime.frame import Frame
from stepviz.runtime.subject import ExperimentSubject
from stepviz.runtime.unit_words import derivative_words, fate_words
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.instruments.unit_inspector.repair import UnitFirstAid
from stepviz.ui.instruments.unit_inspector.response import ResponseView
from stepviz.ui.instruments.unit_inspector.weights import WeightBars
from stepviz.ui.instruments.unit_ledger.model import tip_of
from stepviz.ui.plotting.activation_plot import ROOM_FOR_WORDS, Counts, CurveView
from stepviz.ui.text.number_format import text_points
from stepviz.ui.text.throttled_label import SlowLabel
from stepviz.ui.widgets.number_box import WholeNumberBox

PERIOD = 1 / 20
ROOM_FOR_RESPONSE = (420, 240)
ROOM_FOR_WEIGHTS = 280
ROOM_FOR_LEGEND = 220


class UnitInspectorPanel(Panel):
    """One unit: where its z fall on f and f', what it computes, what it listens to, and two ways to bring it back.

    What to conclude: an example moves the unit only where its z stands under a derivative that is not 0.
    """

    instrument: ClassVar[Instrument] = INSTRUMENTS["unit_inspector"]

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.curves = CurveView(theme)
        self.response = ResponseView(theme)
        self.weights = WeightBars(theme)
        self.layer, self.unit = WholeNumberBox(1, 99), WholeNumberBox(1, 99)
        self.state, self.readout = SlowLabel(), SlowLabel()
        self.first_aid = UnitFirstAid(lab)
        self._frame: Frame | None = None
        # The frame whose reading is drawn; the newest one may be of other settings.
        self._drawn_frame: Frame | None = None
        self._drawn: tuple[object, ...] = ()
        self._written: Frame | None = None
        self._shown_at = 0.0
        self._build()
        self._connect()
        self.show_unit(self._options.layer, self._options.unit)
        self.retheme()

    def _build(self) -> None:
        for box, what in ((self.layer, "Layer"), (self.unit, "Unit")):
            box.setPrefix(f"{what.lower()} ")
            box.setAccessibleName(what)
            box.setToolTip(f"{what} that is shown; a click on a unit anywhere shows it here")
        self.state.setWordWrap(False)
        for label in (self.state, self.readout):
            label.setMinimumWidth(1)
        top = QHBoxLayout()
        top.setSpacing(6)
        for widget in (self.layer, self.unit):
            top.addWidget(widget)
        top.addWidget(self.state, 1)
        self._grid = QGridLayout()
        self._grid.setSpacing(6)
        self._grid.addWidget(self.curves, 0, 0)
        self._grid.addWidget(self.response, 0, 1)
        self._grid.addWidget(self.weights, 1, 0, 1, 2)
        self._grid.setColumnStretch(0, 3)
        self._grid.setRowStretch(0, 5)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(4)
        column.addLayout(top)
        column.addLayout(self._grid, 1)
        column.addWidget(self.readout)
        column.addWidget(self.first_aid)
        self.empty = QLabel("The unit appears here as soon as it is measured")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        column.insertWidget(1, self.empty, 1)
        # Controls of large type must not hold a panel wide that is made small again.
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.setMinimumSize(230, 160)

    def _connect(self) -> None:
        self.layer.valueChanged.connect(self._choose)
        self.unit.valueChanged.connect(self._choose)
        self.lab.options_changed.connect(self._take)

    # Which unit

    def show_unit(self, layer: int, unit: int) -> None:
        """Show a unit (layer and unit from 0; the output layer is the last)."""
        with QSignalBlocker(self.layer), QSignalBlocker(self.unit):
            # The network may be another by the time a click arrives; the next frame sets the limits right.
            self.layer.setMaximum(max(self.layer.maximum(), layer + 1))
            self.unit.setMaximum(max(self.unit.maximum(), unit + 1))
            self.layer.setValue(layer + 1)
            self.unit.setValue(unit + 1)
        self._choose()

    def _choose(self) -> None:
        if self._frame is not None:
            self._limit(self._frame.setup)
        self.lab.look_at("unit", UnitOptions(self.layer.value() - 1, self.unit.value() - 1))

    @property
    def _reading(self) -> UnitReading | None:
        return None if self._drawn_frame is None else self._drawn_frame.reading(UnitReading)

    @property
    def _options(self) -> UnitOptions:
        options: UnitOptions = self.lab.options("unit")
        return options

    def _take(self, probe: str, options: UnitOptions) -> None:
        """Show the unit that is looked at, whoever chose it."""
        if probe != "unit":
            return
        self.show_unit(options.layer, options.unit)
        self._shown_at = 0.0
        self._written = None
        if self._frame is not None:
            self._show_state(self._frame.whole)

    def _limit(self, setup: BoundExperiment) -> None:
        layers = setup.network.layout.layers
        with QSignalBlocker(self.layer), QSignalBlocker(self.unit):
            self.layer.setMaximum(len(layers))
            self.unit.setMaximum(layers[self.layer.value() - 1].outputs)

    # Frames

    def show_picture(self, frame: Frame) -> None:
        """Draw the unit as it is now."""
        if frame is self._frame:
            return
        before, self._frame = self._frame, frame
        if before is None or before.experiment is not frame.experiment:
            self._choose()
        reading = self._reading_of(frame)
        if reading is None:
            return
        now = time.perf_counter()
        if reading is self._reading or (frame.running and now - self._shown_at < PERIOD):
            return
        self._shown_at, self._drawn_frame = now, frame
        self._show_reading(reading, frame)

    def _reading_of(self, frame: Frame) -> UnitReading | None:
        """Return the reading of a frame, if it is of the unit that is looked at."""
        reading = frame.reading(UnitReading)
        wanted = self._options.layer, self._options.unit
        return reading if reading is not None and (reading.layer, reading.unit) == wanted else None

    def show_numbers(self, whole: Frame) -> None:
        """Write the unit's state, its weights and what reaches it."""
        reading = self._reading_of(whole)
        if reading is None or whole is self._written:
            return
        self._written = whole
        self._write(reading, whole)
        self.first_aid.show_reading(reading)

    def _show_reading(self, reading: UnitReading, frame: Frame) -> None:
        setup = frame.setup
        function, precision = setup.network.functions[reading.layer], setup.experiment.precision
        # A trained slope moves at every step; its curve need not follow by less than the eye sees.
        values = tuple(round(value, 3) for value in reading.values) if function.trained else reading.values
        drawn = (function, values, float(reading.edges[-1]), precision)
        if drawn != self._drawn:
            self._drawn = drawn
            self.curves.show_function(function, values, reading.edges, precision)
            self.curves.say_learned(learned_words(setup, reading.layer, values))
        self.curves.show_counts(Counts(reading.counts / max(1, reading.examples), 0.0, 0.0))
        if reading.dimensions:
            self.response.show_reading(reading, setup)
        self._show_rooms()

    def _write(self, reading: UnitReading, whole: Frame) -> None:
        setup, function = whole.setup, whole.setup.network.functions[reading.layer]
        self.weights.show_reading(reading, input_names(setup, reading.layer))
        zeros = f"exactly 0 for {share_text(reading.zero_share)} of {reading.examples:,} examples"
        signals = f"a signal arrives for {share_text(reading.signal_share)}"
        short = "f′" if function.has_true_derivative else "stand-in for f′"
        self._say(
            f"{derivative_words(setup, reading.layer)} is {zeros}; {signals}",
            f"{short} is {zeros}; {signals}",
            f"{short} is {zeros}",
            f"{short} exactly 0: {share_text(reading.zero_share)}",
        )
        self.curves.setToolTip(self.curves.legend)
        self._show_state(whole)

    def _say(self, *texts: str) -> None:
        metrics = QFontMetricsF(self.readout.font())
        fitting = [text for text in texts if metrics.horizontalAdvance(text) <= self.width() - 14]
        self.readout.show_now(fitting[0] if fitting else texts[-1])
        self.readout.setToolTip(texts[0])

    def _show_state(self, frame: Frame) -> None:
        ledger, setup = frame.ledger, frame.setup
        at = ledger.index(self._options.layer, self._options.unit)
        if at is None:
            output = self._options.layer == len(setup.network.functions) - 1
            self.state.show_now("output unit" if output else "")
            self.state.setToolTip("")
            return
        died = int(ledger.died[at, 0]), int(ledger.died[at, 1])
        fate = fate_words(died, born_dead=bool(ledger.born_dead[at])) if ledger.stuck[at] else ""
        state = STATES[int(ledger.states[at])]
        both = f"{state}, {fate}" if fate else state
        room = self.width() - self.unit.geometry().right() - 14
        self.state.show_now(both if QFontMetricsF(self.state.font()).horizontalAdvance(both) <= room else state)
        self.state.setToolTip(tip_of(ledger, ExperimentSubject(setup), at))
        colour = self.theme.colours.state(int(ledger.states[at]))
        style = f"color: {colour}"
        if self.state.styleSheet() != style:
            self.state.setStyleSheet(style)

    # Looks

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Show as much as there is room for, in type to match."""
        super().resizeEvent(event)
        points = text_points(9.5, self.width(), self.height())
        self.curves.set_type(points)
        self.first_aid.set_type(points)
        tabular = font(points, tabular=True)
        for widget in (self.response, self.weights, self.readout, self.layer, self.unit):
            widget.setFont(tabular)
        for box in (self.layer, self.unit):
            # A style sheet around a spin box keeps its type from reaching what is inside.
            box.lineEdit().setFont(tabular)
        self.empty.setFont(font(points))
        self.state.setFont(font(points, bold=True))
        self._show_rooms()

    def _show_rooms(self) -> None:
        shown = self._reading is not None
        wide, high = ROOM_FOR_RESPONSE
        drawable = self._reading is not None and self._reading.dimensions > 0
        self.empty.setVisible(not shown)
        self.curves.setVisible(shown)
        self.readout.setVisible(shown)
        beside = drawable and self.width() >= wide and self.height() >= high
        self.response.setVisible(beside)
        self._grid.setColumnStretch(1, 2 if beside else 0)
        # Low as it is, the histogram needs the room of its legend, which stands in the tool tip too.
        self.curves.setMaximumHeight(ROOM_FOR_WORDS - 1 if self.height() < ROOM_FOR_LEGEND else 16777215)
        below = shown and self.height() >= ROOM_FOR_WEIGHTS
        self.weights.setVisible(below)
        self._grid.setRowStretch(1, 3 if below else 0)

    def retheme(self) -> None:
        """Take the theme's colours."""
        colours = self.theme.colours
        self.empty.setStyleSheet(f"color: {colours.muted}")
        self.setStyleSheet(f"UnitInspectorPanel {{ background: {colours.surface}; }}")
        self._drawn = ()
        if self._drawn_frame is not None and self._reading is not None:
            self._show_reading(self._reading, self._drawn_frame)
            self._show_state(self._drawn_frame.whole)
        self.update()


def learned_words(setup: BoundExperiment, layer: int, values: Sequence[float]) -> str:
    """Return those of a unit's activation parameters that training moves, «a = 2.5, b = −0.1»; empty without."""
    function = setup.network.functions[layer]
    both = zip(function.activation.parameters, values, strict=True)
    return ", ".join(
        f"{entry.symbol} = {number_text(value)}" for entry, value in both if entry.name in function.trained
    )


def input_names(setup: BoundExperiment, layer: int) -> list[str]:
    """Return the names of what a layer's units listen to: the features, or the units before them."""
    if layer == 0:
        return list(setup.dataset.feature_names)
    return [f"h{unit + 1}" for unit in range(setup.network.layout.layers[layer].inputs)]
