"""Which examples: the data set by its picture, noise, split, and what the network sees of them."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QGridLayout, QPushButton, QToolButton, QWidget

from stepviz.engine.catalogue.parameters import Parameter
from stepviz.engine.catalogue.scaling import SCALINGS
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_source import without_table
from stepviz.engine.data.datasets import DATASETS, FEATURES, load_data
from stepviz.engine.data.drawing_strokes import blank
from stepviz.engine.data.drawn import drawing_of
from stepviz.engine.settings.experiment import DataSettings, Experiment
from stepviz.engine.setup.edits import drawn, loses_test_set, with_data
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, scaled
from stepviz.ui.core.timers import single_shot
from stepviz.ui.editor.data_thumbnails import thumbnail
from stepviz.ui.text.drawing_words import TEST_SET_GOES
from stepviz.ui.widgets.form import GOES_ON, RESTARTS, Section, WrappedLabel, whole_number
from stepviz.ui.widgets.parameter_control import ParameterControl

SIDE = 46
COLUMNS = 4
NOISE = Parameter("noise", "", 0.1, 0.0, 10.0, f"standard deviation of the noise. {GOES_ON}", (0.0, 0.5))
TEST_SHARE = Parameter("test share", "", 0.3, 0.0, 0.9, f"share kept for the test. {GOES_ON}", (0.0, 0.9))


class DataEditor(Section):
    """The data settings. ``csv_wanted``: the person asks for a file of their own, ``draw_wanted``: to draw them.

    ``columns_wanted``: to choose anew what is learned from the file in use.
    """

    csv_wanted = Signal()
    columns_wanted = Signal()
    draw_wanted = Signal()

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__("Data")
        self._lab, self._theme = lab, theme
        self.pictures: dict[str, QToolButton] = {}
        self._unpainted: list[str] = []
        self._timer = single_shot(self, self._paint_next)
        self.form.addRow(self._picture_grid())
        self._size_pictures()
        self.noise = ParameterControl(NOISE)
        self.noise.changed.connect(lambda value: self._change("Noise", "noise", noise=value))
        self.add("Noise", self.noise)
        self.samples = whole_number(2, 100_000, 50)
        self.samples.valueChanged.connect(lambda value: self._change("Number of examples", "samples", samples=value))
        self.add("Examples", self.samples, f"How many examples there are in all. {GOES_ON}")
        self.test_share = ParameterControl(TEST_SHARE)
        self.test_share.changed.connect(lambda value: self._change("Test share", "test share", test_share=value))
        self.add("Test", self.test_share)
        self.again = QPushButton("New sample")
        self.again.clicked.connect(self._take_new_sample)
        self.add("", self.again, f"Other examples of the same kind. {GOES_ON}")
        self.again.setAccessibleName("New sample of the data")
        self.columns = QPushButton("Columns…")
        self.columns.setToolTip("Choose inputs, target, scaling and names of classes from the table")
        self.columns.setAccessibleName("Choose columns")
        self.columns.clicked.connect(self.columns_wanted)
        self.scaling = WrappedLabel()
        self.scaling.setAccessibleName("How the columns are scaled")
        self.form.addRow("Table", self.columns)
        self.form.addRow(self.scaling)
        self.features: dict[str, QCheckBox] = {}
        self.form.addRow(self._feature_grid())
        for control in (self.noise, self.test_share):
            control.symbol.hide()
        theme.changed.connect(self._repaint_pictures)

    def _picture_grid(self) -> QWidget:
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        group = QButtonGroup(box)
        for place, (name, source) in enumerate(DATASETS.items()):
            button = QToolButton()
            button.setAutoRaise(True)
            button.setCheckable(True)
            button.setToolTip(f"{source.label}. {source.description}")
            button.setAccessibleName(source.label)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.clicked.connect(lambda _on, name=name: self._choose(name))
            group.addButton(button)
            grid.addWidget(button, place // COLUMNS, place % COLUMNS)
            self.pictures[name] = button
        return box

    def _feature_grid(self) -> QWidget:
        self._feature_box = box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        for place, name in enumerate(FEATURES):
            check = QCheckBox(FEATURES[name].label)
            check.setToolTip(f"Give the network {FEATURES[name].label} as an input. {RESTARTS}")
            check.clicked.connect(self._choose_features)
            grid.addWidget(check, place // 3, place % 3)
            self.features[name] = check
        return box

    def show_experiment(self, experiment: Experiment) -> None:
        """Show the settings."""
        data = experiment.data
        source = DATASETS[data.name]
        self.pictures[data.name].setChecked(True)
        self.noise.show_value(data.noise)
        self.noise.setEnabled(source.takes_noise)
        self.test_share.show_value(0.0 if source.fixed else data.test_share)
        self.test_share.setEnabled(not source.fixed)
        with QSignalBlocker(self.samples):
            self.samples.setMaximum(source.most_samples or 100_000)
            self.samples.setValue(data.samples if data.drawing is None else len(data.drawing.points))
        drawn_anew = source.generate is not None and not source.fixed
        self.samples.setEnabled(drawn_anew)
        self.again.setEnabled(drawn_anew)
        table = data.name == "csv"
        self.form.setRowVisible(self.columns, table)
        self.form.setRowVisible(self.scaling, table)
        self.scaling.setText(_scaling_words(data) if table else "")
        for name, check in self.features.items():
            check.setChecked(name in data.features)
        drawn_plane = data.drawing is not None and data.drawing.inputs == 2
        self._feature_box.setVisible(source.dimensions == 2 or drawn_plane)

    @guarded
    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        """Paint the pictures once the window stands: they must not delay its first frame."""
        super().showEvent(event)
        if not self._unpainted and self.pictures["circle"].icon().isNull():
            self._repaint_pictures()

    def _repaint_pictures(self) -> None:
        self._size_pictures()
        self._unpainted = list(self.pictures)
        self._timer.start(0)

    def _size_pictures(self) -> None:
        """Let the pictures grow with the type, and never be smaller than they were drawn for."""
        self._side = max(SIDE, scaled(SIDE))
        for button in self.pictures.values():
            button.setIconSize(QSize(self._side, self._side))
            button.setFixedSize(self._side + 8, self._side + 8)

    def _paint_next(self) -> None:
        if not self._unpainted:
            return
        name = self._unpainted.pop(0)
        self.pictures[name].setIcon(QIcon(thumbnail(name, self._theme.colours, self._side, self.devicePixelRatioF())))
        self._timer.start(15)

    def _choose(self, name: str) -> None:
        if name == "drawn":
            self._begin_drawing()
            return
        if DATASETS[name].generate is None:
            self.show_experiment(self._lab.experiment)
            self.csv_wanted.emit()
            return
        data = self._lab.experiment.data
        source = DATASETS[name]
        # Whoever looks at four fixed examples in between finds as many of the other data as before.
        samples = data.samples if source.fixed else min(data.samples, source.most_samples)
        self._put(replace(without_table(data), name=name, samples=samples), source.label)

    def _begin_drawing(self) -> None:
        data = self._lab.experiment.data
        try:
            drawing = data.drawing or drawing_of(load_data(data))
        except InputError:
            # Pictures and long tables are no plane: begin with something that is.
            drawing = blank(("class 1", "class 2"))
        after = drawn(data, drawing)
        self._put(after, "Draw a data set")
        if loses_test_set(data, after):
            self._lab.told.emit(TEST_SET_GOES)
        self.draw_wanted.emit()

    def _choose_features(self) -> None:
        chosen = tuple(name for name, check in self.features.items() if check.isChecked())
        if not chosen:
            self._lab.refused.emit("data.features: found none, expected at least one input")
            self.show_experiment(self._lab.experiment)
            return
        self._put(replace(self._lab.experiment.data, features=chosen), "Inputs")

    def _take_new_sample(self) -> None:
        data = self._lab.experiment.data
        self._put(replace(data, seed=(data.seed + 1) % 2**31), "New sample")

    def _change(self, text: str, merge: str, **changes: float) -> None:
        self._put(replace(self._lab.experiment.data, **changes), text, merge)

    def _put(self, data: DataSettings, text: str, merge: str = "") -> None:
        try:
            frame = self._lab.frame
            experiment = with_data(self._lab.experiment, data, before=frame.setup.dataset if frame else None)
        except InputError as error:
            self._lab.refused.emit(str(error))
            self.show_experiment(self._lab.experiment)
            return
        self._lab.change(experiment, text, merge=merge)


def _scaling_words(data: DataSettings) -> str:
    if data.scaling == "none":
        return "Not scaled: the network sees the numbers of the table."
    return f"Scaled: {SCALINGS[data.scaling].words}. Axes and answers are in your units."
