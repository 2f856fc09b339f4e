"""The time of the talk: what has passed since it began, and what time it is."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTime, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from stepviz.ui.core.theme import Theme, font

TICK_MS = 200


class Stopwatch(QWidget):
    """Shows the time that has passed beside the time planned, and the clock. It runs on while it cannot be seen."""

    def __init__(self, theme: Theme, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.theme, self._clock = theme, clock
        self._passed = 0.0
        self._since: float | None = None
        self._planned = 0.0
        self.passed, self.planned, self.now = QLabel(), QLabel(), QLabel()
        self.passed.setAccessibleName("Time since the talk began")
        self.now.setAccessibleName("Time of day")
        for label, points in ((self.passed, 26), (self.planned, 14), (self.now, 26)):
            label.setFont(font(points, bold=True, tabular=True))
        self.run_button, self.reset_button = QPushButton("Start"), QPushButton("Reset time")
        self.run_button.setToolTip("Let the time run, or stop it")
        self.reset_button.setToolTip("Begin at 0:00")
        self.run_button.clicked.connect(lambda _checked=False: self.toggle())
        self.reset_button.clicked.connect(lambda _checked=False: self.reset())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.passed, self.planned, self.run_button, self.reset_button):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.now)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        theme.changed.connect(self.retheme)
        self.retheme()
        self.refresh()

    @property
    def running(self) -> bool:
        """Return whether the time runs."""
        return self._since is not None

    @property
    def seconds(self) -> float:
        """Return the seconds that have passed."""
        return self._passed + (0.0 if self._since is None else self._clock() - self._since)

    def plan(self, minutes: float) -> None:
        """Say how long the talk may take."""
        self._planned = minutes
        self.refresh()

    def start(self) -> None:
        """Let the time run."""
        if self._since is None:
            self._since = self._clock()
        self.refresh()

    def toggle(self) -> None:
        """Let the time run, or stop it."""
        if self._since is None:
            self.start()
        else:
            self._passed, self._since = self.seconds, None
            self.refresh()

    def reset(self) -> None:
        """Begin at 0:00, running or not as before."""
        self._passed = 0.0
        self._since = None if self._since is None else self._clock()
        self.refresh()

    def refresh(self) -> None:
        """Show the time as it is now."""
        minutes, seconds = divmod(int(self.seconds), 60)
        self.passed.setText(f"{minutes}:{seconds:02}")
        self.planned.setText(f"of {self._planned:g} min" if self._planned else "")
        self.now.setText(QTime.currentTime().toString("HH:mm"))
        self.run_button.setText("Stop" if self.running else "Start")

    def retheme(self) -> None:
        """Take the theme's colours."""
        self.planned.setStyleSheet(f"color: {self.theme.colours.muted}")
