"""How much gradient reaches each layer: now, and since the start."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.settings.experiment import Experiment
from stepviz.instruments import INSTRUMENTS, Instrument
from stepviz.probes.findings.words import inside
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.runtime.frame import Frame
from stepviz.runtime.history import HistoryView
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.gradient_flow.chart import FlowChart
from stepviz.ui.instruments.gradient_flow.histogram import FlowHistogram
from stepviz.ui.instruments.gradient_flow.layer_search import chosen_layers, part_of
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.plotting.flow_measures import MEASURES
from stepviz.ui.text.number_format import text_points
from stepviz.ui.text.schedule_words import clipping_text
from stepviz.ui.text.throttled_label import SlowLabel
from stepviz.ui.widgets.wheel import ComboBox

HISTOGRAM = "Histogram"
# From so many layers on a person may look for some by name.
MANY_LAYERS = 12


class GradientFlowPanel(Panel):
    """Layers by time; a layer whose gradient is exactly 0 cannot learn by gradient descent, however long it trains.

    ``trace_wanted`` carries a layer from 0 and -1: a click asks why its gradient is what it is.
    """

    instrument: ClassVar[Instrument] = INSTRUMENTS["gradient_flow"]

    trace_wanted = Signal(int, int)

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.chart = FlowChart(theme)
        self.chart.layer_chosen.connect(lambda layer: self.trace_wanted.emit(self._chosen[layer], -1))
        self.histogram = FlowHistogram(theme)
        self.mode = ComboBox()
        self.mode.addItems([*(measure.label for measure in MEASURES), HISTOGRAM])
        self.mode.setAccessibleName("What the gradient flow shows")
        self.mode.setToolTip("Which number of each layer to show")
        self.mode.setMinimumContentsLength(13)
        self.mode.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.mode.currentIndexChanged.connect(self._choose)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find layers")
        self.search.setAccessibleName("Show the layers whose name has these words")
        self.search.setToolTip("Show only the layers whose name has each of these words")
        self.search.setClearButtonEnabled(True)
        for clear in self.search.findChildren(QToolButton):
            clear.setAccessibleName("Clear the words")
        self.search.hide()
        self.search.textChanged.connect(self._search)
        self._all: tuple[GradientFlow, HistoryView, list[str], bool] | None = None
        self._chosen: list[int] = []
        self.rules = QLabel()
        self.rules.setAccessibleName("Whether these gradients are true, and used")
        self.rules.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.clipping = SlowLabel()
        self.clipping.setAccessibleName("What clipping did to the last step's gradient")
        self.clipping.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.clipping.hide()
        self.empty = QLabel("The gradient of each layer appears here")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.mode)
        row.addWidget(self.search)
        row.addWidget(self.rules, 1)
        self._pages = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 4)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.clipping)
        column.addLayout(self._pages, 1)
        # Once it has its place: a stack shows its first page at once, as a window if it has no parent yet.
        for page in (self.empty, self.chart, self.histogram):
            self._pages.addWidget(page)
        self._rules_text, self._ruled = "", False
        self._choose(0)
        self.retheme()

    @property
    def _view(self) -> QWidget:
        return self.histogram if self.mode.currentText() == HISTOGRAM else self.chart

    def show_picture(self, frame: Frame) -> None:
        """Draw the past; the bars and their numbers wait for the other numbers."""
        # The past of some layers only is drawn with their numbers.
        if self.chart.isVisible() and (self._all is None or len(self._chosen) == len(self._all[2])):
            self.chart.show_history(frame.history)

    def show_numbers(self, whole: Frame) -> None:
        """Show the gradients of the step that all numbers are of."""
        flow = whole.reading(GradientFlow)
        if flow is None:
            return
        names = list(whole.subject.layers)
        if len(names) != len(flow.rms):
            return
        self.search.setVisible(len(names) > MANY_LAYERS)
        self._all = flow, whole.history, names, whole.running
        chosen = chosen_layers(names, self.search.text())
        flow, history = part_of(flow, whole.history, chosen)
        names = [names[place] for place in chosen]
        self._chosen = chosen
        self.chart.show_flow(flow, history, names, at_once=not whole.running)
        self.histogram.show_flow(flow, names)
        if whole.recorded is None:
            self._name_rules(flow, names, whole.experiment)
            texts = clipping_text(whole.experiment, flow.clipped)
            self.clipping.setVisible(bool(texts))
            if texts:
                self.clipping.show_now(*texts)
        self._pages.setCurrentWidget(self._view)

    def _search(self, text: str) -> None:
        if self._all is not None:
            flow, history, names, _ = self._all
            self._chosen = chosen_layers(names, text)
            flow, history = part_of(flow, history, self._chosen)
            names = [names[place] for place in self._chosen]
            self.chart.show_flow(flow, history, names, at_once=True)
            self.histogram.show_flow(flow, names)

    def _choose(self, index: int) -> None:
        if index < len(MEASURES):
            self.chart.measure = MEASURES[index]
            self.mode.setToolTip(f"{MEASURES[index].label}: {MEASURES[index].meaning}")
        else:
            self.mode.setToolTip("Histogram of log₁₀|gradient| per layer, exact zeros counted apart")
        if self.chart.flow is not None:
            self._pages.setCurrentWidget(self._view)
        self._view.update()

    def _name_rules(self, flow: GradientFlow, names: list[str], experiment: Experiment) -> None:
        layers: dict[str, list[str]] = {}
        for name, rule in zip(names, flow.rules, strict=True):
            if rule:
                layers.setdefault(rule, []).append(name)
        said = [f"{rule} stands in for f′ in {', '.join(where)}" for rule, where in layers.items()]
        optimizer = OPTIMIZERS[experiment.optimizer.name]
        if not optimizer.by_gradient:
            said.insert(0, f"Not used: {inside(optimizer.label)}")
        self._show_rules("; ".join(said), rules=bool(layers))

    def _show_rules(self, text: str, *, rules: bool) -> None:
        self._rules_text, self._ruled = text, rules
        fitting = QFontMetrics(self.rules.font()).elidedText(text, Qt.TextElideMode.ElideRight, self.rules.width())
        if fitting != self.rules.text():
            self.rules.setText(fitting)
            self.rules.setToolTip(f"Not the true gradient: {text}" if rules else text)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Make the type larger where the panel is large."""
        super().resizeEvent(event)
        points = text_points(9.5, self.width(), self.height())
        self.chart.set_type(points)
        self.histogram.setFont(font(points, tabular=True))
        self.rules.setFont(font(min(points, 12)))
        self.clipping.setFont(font(min(points, 12), tabular=True))
        self._show_rules(self._rules_text, rules=self._ruled)

    def retheme(self) -> None:
        """Take the colours of the theme."""
        colours = self.theme.colours
        self.rules.setStyleSheet(f"color: {colours.test}")
        self.clipping.setStyleSheet(f"color: {colours.test}")
        self.empty.setStyleSheet(f"color: {colours.muted}")
        self.setStyleSheet(f"GradientFlowPanel {{ background: {colours.surface}; }}")
        self.update()
