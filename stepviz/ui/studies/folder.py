"""The folder for the results: one that the person chooses, or a temporary one that goes with the program."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

WORDS = "Where table, pictures and finished parts are written. A temporary folder goes when the program is closed"


class ResultFolder(QWidget):
    """Lets the person name a folder. ``path`` returns it, or a folder of the study's own in the temporary one."""

    def __init__(self) -> None:
        super().__init__()
        self.editor, self.button = QLineEdit(), QToolButton()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self.editor.setPlaceholderText("temporary")
        self.editor.setClearButtonEnabled(True)
        self.editor.setAccessibleName("Folder for the results")
        self.editor.setToolTip(WORDS)
        self.button.setText("…")
        self.button.setAccessibleName("Choose a folder for the results")
        self.button.setToolTip("Choose a folder for the results")
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(self._choose)
        label = QLabel("&Results in")
        label.setBuddy(self.editor)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (label, self.editor, self.button):
            row.addWidget(widget, 1 if widget is self.editor else 0)

    @property
    def chosen(self) -> bool:
        """Return whether the person has named a folder."""
        return bool(self.editor.text().strip())

    def path(self, study: str) -> Path:
        """Return the folder for a study. Raises OSError where no temporary one can be made."""
        if self.chosen:
            return Path(os.path.expanduser(self.editor.text().strip())).absolute()
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="stepviz-studies-", ignore_cleanup_errors=True)
        return Path(self._temporary.name) / study

    def forget(self) -> None:
        """Remove the temporary folder."""
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self, "A folder for the results", self.editor.text() or str(Path.home())
        )
        if name:
            self.editor.setText(name)
