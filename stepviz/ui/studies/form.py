"""The form of a study: a field for each of its settings, how many draws, and from which seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QWidget

from stepviz.engine.common.errors import InputError
from stepviz.studies.order import Order
from stepviz.studies.run import LARGEST_SEED, MOST_SEEDS
from stepviz.studies.settings import Setting, Values, whole
from stepviz.studies.study import Study
from stepviz.ui.core.theme import Theme
from stepviz.ui.studies.field import Field


class Form(QScrollArea):
    """Everything of an order but its folder. ``edited`` is emitted with every change of it."""

    edited = Signal()

    def __init__(self, study: Study, theme: Theme) -> None:
        super().__init__()
        self.study = study
        # As the command line names them.
        self.draws = (
            whole("seeds", f"how many {study.drawn} per cell", (study.draws,), 1, MOST_SEEDS, many=False),
            whole("seed", "the first seed", (0,), 0, LARGEST_SEED, many=False),
        )
        self.fields = {setting.name: Field(setting, theme, setting.name) for setting in (*study.settings, *self.draws)}
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setContentsMargins(0, 2, 8, 2)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(7)
        grid.setColumnStretch(1, 1)
        for row, (name, field) in enumerate(self.fields.items()):
            label = QLabel(name)
            label.setBuddy(field.editor)
            label.setContentsMargins(0, 4, 0, 0)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(field, row, 1)
            field.edited.connect(self.edited)
        grid.setRowStretch(len(self.fields), 1)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    @property
    def lab_setting(self) -> Setting | None:
        """Return the setting for which the lab's present experiment stands in, because no file was named."""
        empty = (
            field.setting
            for field in self.fields.values()
            if field.setting.kind == "experiment" and not field.text.strip()
        )
        return next(empty, None)

    def order(self, output: Path) -> Order:
        """Return what is ordered. Raises InputError for the first field whose value is not allowed."""
        values: Values = {setting.name: self.fields[setting.name].values() for setting in self.study.settings}
        seeds, seed = (int(self.fields[setting.name].values()[0]) for setting in self.draws)
        return Order(self.study.key, values, seeds, seed, output)

    def orders(self, order: Order) -> bool:
        """Return whether this form orders the same numbers, so far as that is in the form."""
        try:
            own = self.order(order.output)
        except InputError:
            return False
        lab = self.lab_setting
        values = order.values if lab is None else {**order.values, lab.name: ()}
        return own == replace(order, values=values)

    def complain(self, error: InputError | OSError) -> bool:
        """Say at a field what is wrong with it; False where no field is to blame."""
        field = self._to_blame(error)
        if field is None:
            return False
        read = f"{error.filename}: cannot be read ({error.strerror})" if isinstance(error, OSError) else ""
        field.complain(read or str(error))
        field.editor.setFocus()
        self.ensureWidgetVisible(field)
        return True

    def forgive(self) -> None:
        """Take back what was said of the last order; what is not allowed in itself stays."""
        for field in self.fields.values():
            field.recheck()

    def _to_blame(self, error: InputError | OSError) -> Field | None:
        if isinstance(error, OSError):
            return self._of_file(Path(error.filename or ""))
        if error.source:
            return self._of_file(Path(error.source))
        # The settings of an experiment are no fields of the form: only a text can have named them.
        texts = (field for field in self.fields.values() if field.lines)
        return self.fields.get(error.field) or next(texts, None)

    def _of_file(self, path: Path) -> Field | None:
        files = (field for field in self.fields.values() if field.setting.kind == "experiment" and field.text.strip())
        return next((field for field in files if Path(field.text.strip()).name == path.name), None)
