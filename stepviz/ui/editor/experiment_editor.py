"""The experiment editor: all settings of the run in one narrow column."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.editor.data_editor import DataEditor
from stepviz.ui.editor.initialisation_editor import StartEditor
from stepviz.ui.editor.layers_editor import LayersEditor
from stepviz.ui.editor.stop_editor import StopEditor
from stepviz.ui.editor.training_editor import TrainingEditor


class ExperimentEditor(QScrollArea):
    """Shows the settings in force and changes them; it keeps none of its own.

    ``csv_wanted`` is emitted when the person asks for a file of their own, ``columns_wanted`` to choose anew from the
    one in use, ``draw_wanted`` to draw on the map.
    """

    csv_wanted = Signal()
    columns_wanted = Signal()
    draw_wanted = Signal()

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__()
        self._lab = lab
        self.setObjectName("experiment_editor")
        self.setAccessibleName("Experiment")
        # Tab goes to the fields, and brings each into sight.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.data = DataEditor(lab, theme)
        self.layers = LayersEditor(lab)
        self.training = TrainingEditor(lab)
        self.stop = StopEditor(lab)
        self.start = StartEditor(lab)
        self.data.csv_wanted.connect(self.csv_wanted)
        self.data.columns_wanted.connect(self.columns_wanted)
        self.data.draw_wanted.connect(self.draw_wanted)
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(8, 8, 4, 8)
        layout.setSpacing(10)
        for section in (self.data, self.layers, self.training, self.stop, self.start):
            layout.addWidget(section)
        layout.addStretch(1)
        self.setWidget(column)
        lab.experiment_changed.connect(lambda _experiment: self.refresh())
        # A refused change leaves the settings as they were, and the control that was touched has to say so.
        lab.refused.connect(lambda _message: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """Show the settings in force."""
        for section in (self.data, self.layers, self.training, self.stop, self.start):
            section.show_experiment(self._lab.experiment)
