"""A slider with a typed value for one parameter of a table entry, and whether training moves it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QWidget,
)

from stepviz.engine.catalogue.parameters import Parameter
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import scaled
from stepviz.ui.text.schedule_words import Course
from stepviz.ui.widgets.number_box import NumberBox
from stepviz.ui.widgets.slider_scale import PLACES, place_of, value_at
from stepviz.ui.widgets.wheel import Slider

BOX = 72


class ParameterBox(NumberBox):
    """A field for the value of a parameter, as wide as a number needs."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter.low, parameter.high)
        self.whole = parameter.whole
        self.setToolTip(f"{parameter.name}: {parameter.meaning}")
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setFixedWidth(scaled(BOX))

    @guarded
    def changeEvent(self, event: QEvent) -> None:  # Qt's name
        """Keep room for a number where the type changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.setFixedWidth(scaled(BOX))


class ParameterSwitch(QCheckBox):
    """A parameter that is yes (1) or no (0); ``changed`` carries the new value."""

    changed = Signal(float)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter.symbol)
        self.setToolTip(f"{parameter.name}: {parameter.meaning}")
        self.setAccessibleName(parameter.name)
        self.clicked.connect(lambda on: self.changed.emit(float(on)))

    def show_value(self, value: float) -> None:
        """Show a value without saying that it was changed."""
        self.setChecked(value != 0.0)


class ParameterControl(QWidget):
    """One parameter: its symbol, a slider over its useful range, a box for any allowed value.

    ``changed`` carries a new value, ``trained_changed`` whether gradient descent is to move it.
    """

    changed = Signal(float)
    trained_changed = Signal(bool)

    def __init__(self, parameter: Parameter, *, trainable: bool = False) -> None:
        super().__init__()
        self.parameter = parameter
        self.setToolTip(f"{parameter.name}: {parameter.meaning}")
        self.symbol = QLabel(parameter.symbol)
        self.symbol.setMinimumWidth(26)
        self.symbol.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.slider = Slider()
        self.slider.setRange(0, PLACES)
        self.slider.setPageStep(PLACES // 20)
        self.slider.setMinimumWidth(28)
        self.slider.setAccessibleName(f"{parameter.name}, slider")
        self.box = ParameterBox(parameter)
        self.box.setAccessibleName(f"{parameter.name}, value")
        self._course: Course | None = None
        self.course = QLabel()
        self.course.setAccessibleName(f"{parameter.name}, course")
        self.course.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.course.hide()
        self.trained = QCheckBox(f"learn {parameter.symbol}")
        self.trained.setToolTip("Let gradient descent move this parameter, one value per unit")
        self.trained.setAccessibleName(f"Train {parameter.name}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.symbol)
        row.addWidget(self.slider, 1)
        row.addWidget(self.course, 1)
        row.addWidget(self.box)
        row.addWidget(self.trained)
        self.trained.setVisible(trainable)
        self.slider.valueChanged.connect(lambda place: self.changed.emit(value_at(parameter, place)))
        self.box.valueChanged.connect(self.changed.emit)
        self.trained.clicked.connect(lambda on: self.trained_changed.emit(on))

    def show_value(self, value: float, *, trained: bool = False, course: Course | None = None) -> None:
        """Show a value without saying that it was changed; one that training or a schedule moves cannot be set.

        ``course`` says, in the place of the slider, what a schedule does with it.
        """
        with QSignalBlocker(self.slider), QSignalBlocker(self.box), QSignalBlocker(self.trained):
            self.slider.setValue(place_of(self.parameter, value))
            if not (self.box.hasFocus() and self.box.value() == value):
                self.box.setValue(value)
            self.trained.setChecked(trained)
        self.slider.setEnabled(not trained)
        self.box.setEnabled(not trained)
        self.box.setReadOnly(course is not None)
        if course != self._course:
            self._course = course
            # There is room for where it leads; how, and in how many steps, is in the tip.
            self.course.setText("" if course is None else course.ends)
            self.course.setToolTip("" if course is None else course.words)
            self.course.setVisible(course is not None)
            self.slider.setVisible(course is None)
