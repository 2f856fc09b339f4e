"""The dialog «Prepare for a class»: title, text, what is locked; the rest is as the window shows it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from stepviz.engine.settings.experiment import Experiment
from stepviz.instruments import INSTRUMENTS
from stepviz.lessons.handout import LOCKS, LONGEST_TEXT, LONGEST_TITLE, Handout

ABOUT = (
    "The file holds the settings as they are now, and begins at step 0. It shows these instruments: {}. "
    "What is ticked cannot be changed by the class; Reset brings the beginning back at any time."
)


class PrepareDialog(QDialog):
    """Asks what is handed out. ``handout`` returns it."""

    def __init__(self, experiment: Experiment, panels: tuple[str, ...], editor: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self._experiment, self._panels = experiment, panels
        self.setWindowTitle("Prepare for a class")
        self.setMinimumWidth(460)
        self.title, self.text = QLineEdit(), QPlainTextEdit()
        self.title.setMaxLength(LONGEST_TITLE)
        self.title.setPlaceholderText("What it is called")
        self.text.setPlaceholderText("What the class is to do, and to look at")
        self.text.setTabChangesFocus(True)
        shown = ", ".join(INSTRUMENTS[name].title for name in panels) or "none"
        about = QLabel(ABOUT.format(shown))
        about.setWordWrap(True)
        self.editor = QCheckBox("The settings are open")
        self.editor.setChecked(editor)
        self.plays = QCheckBox("It trains at once")
        self.locks = {key: QCheckBox(words) for key, words in LOCKS.items()}
        locked = QGroupBox("Locked")
        column = QVBoxLayout(locked)
        for check in self.locks.values():
            column.addWidget(check)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.addRow("Title", self.title)
        form.addRow("Text", self.text)
        self.complaint = QLabel()
        self.complaint.setWordWrap(True)
        self.complaint.hide()
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, Qt.Orientation.Horizontal
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.title.textChanged.connect(lambda _text: self._look())
        self.text.textChanged.connect(self._look)
        whole = QVBoxLayout(self)
        for part in (about, form, self.editor, self.plays, locked, self.complaint, self.buttons):
            whole.addLayout(part) if isinstance(part, QFormLayout) else whole.addWidget(part)
        self._look()

    def _look(self) -> None:
        """Offer to save where the fields can be saved, and say what is missing."""
        letters = len(self.text.toPlainText())
        missing = "" if self.title.text().strip() else "A title is missing"
        if letters > LONGEST_TEXT:
            missing = f"The text has {letters:,} letters, at most {LONGEST_TEXT:,} fit"
        self.complaint.setText(missing)
        self.complaint.setVisible(bool(missing))
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(not missing)

    def handout(self) -> Handout:
        """Return what was asked for."""
        return Handout(
            self.title.text().strip(),
            self._experiment,
            self.text.toPlainText().strip(),
            self._panels,
            tuple(key for key, check in self.locks.items() if check.isChecked()),
            self.editor.isChecked(),
            self.plays.isChecked(),
        )
