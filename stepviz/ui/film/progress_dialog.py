"""How far a film is, in front of the window: what is recorded is not to be touched meanwhile."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QProgressBar, QVBoxLayout, QWidget

from stepviz.ui.core.theme import font
from stepviz.ui.film.recording import Progress

WIDTH = 420


class ProgressDialog(QDialog):
    """A bar with the rate and the time left; ``rejected`` is emitted when the person cancels."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Recording")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumWidth(WIDTH)
        heading = QLabel(f"Recording {name}")
        heading.setTextFormat(Qt.TextFormat.PlainText)
        heading.setFont(font(12, bold=True))
        self.bar = QProgressBar()
        self.bar.setAccessibleName("How far the film is")
        self.bar.setToolTip("Pictures that are written")
        self.words = QLabel("The first picture…")
        self.words.setFont(font(10.5, tabular=True))
        self.words.setAccessibleName("Rate and time left")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        self.cancel.setToolTip("Leave nothing of the film")
        self.cancel.setAccessibleName("Cancel the recording")
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(8)
        for widget in (heading, self.bar, self.words, buttons):
            column.addWidget(widget)

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is."""
        if progress.share:
            self.bar.setRange(0, 100)
            self.bar.setValue(round(100 * progress.share))
            self.words.setText("Choosing colours and packing the pictures")
            return
        self.bar.setRange(0, progress.frames)
        self.bar.setValue(progress.done)
        left = progress.seconds_left
        rate = f"{progress.rate:.0f} a second" if progress.rate >= 2 else f"{progress.rate:.1f} a second"
        words = f"Picture {progress.done} of {progress.frames}, {rate}"
        self.words.setText(words if left is None else f"{words}, {_time(left)} left")


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
