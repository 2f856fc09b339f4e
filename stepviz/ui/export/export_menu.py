"""The menu of an instrument: its picture on the clipboard or in a file, its numbers as a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from stepviz.export.columns import comma_separated
from stepviz.instruments import INSTRUMENTS
from stepviz.ui.core.lab import Lab
from stepviz.ui.export.render import image, save
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.widgets.save_dialog import TABLE, ask_where
from stepviz.ui.widgets.save_or_report import not_written, write_or_say

PICTURES = {"PNG, pixels": ".png", "SVG, lines": ".svg", "PDF, lines": ".pdf"}
SCALES = (1, 2, 4)


class ExportMenu(QMenu):
    """Acts on the panel that ``panel`` returns; what cannot be written is said through ``lab.refused``.

    ``film_wanted`` and ``guide_wanted`` carry the instrument's name.
    """

    film_wanted = Signal(str)
    guide_wanted = Signal(str)

    def __init__(self, name: str, lab: Lab, panel: Callable[[], Panel | None], parent: QWidget) -> None:
        super().__init__(parent)
        self._name, self._lab, self._panel = name, lab, panel
        self.scale = 2
        self.setToolTipsVisible(True)
        self.copy = self._add("&Copy picture", "Put the picture on the clipboard, for a slide", self._copy)
        self.picture = self._add("Save &picture…", "Write a PNG, or a PDF or SVG, sharp at any size", self._save)
        sizes = self.addMenu("Si&ze of PNG and copy")
        for scale in SCALES:
            action = sizes.addAction(f"{scale} × the screen's")
            action.setCheckable(True)
            action.setChecked(scale == self.scale)
            action.triggered.connect(lambda _checked=False, scale=scale: self._choose(scale))
        self._sizes = sizes
        self.table = self._add("Save &numbers…", "Write what is shown as comma-separated values", self._save_table)
        self.film = self._add("&Record a film…", "Write a GIF or an MP4 of the run, the same number of steps a picture",
                              lambda: self.film_wanted.emit(name))  # fmt: skip
        self.addSeparator()
        self.guide = self._add("&Help on this instrument", "What it shows and how to read it; F1 after a click on it",
                               lambda: self.guide_wanted.emit(name))  # fmt: skip

    def _add(self, text: str, tip: str, callback: Callable[[], object]) -> QAction:
        action = self.addAction(text)
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.triggered.connect(lambda _checked=False: callback())
        return action

    def _choose(self, scale: int) -> None:
        self.scale = scale
        for action, each in zip(self._sizes.actions(), SCALES, strict=True):
            action.setChecked(each == scale)

    def _copy(self) -> None:
        panel = self._panel()
        if panel is not None:
            QGuiApplication.clipboard().setImage(image(panel, self.scale))
            self._lab.told.emit(f"{panel.instrument.title}: the picture is on the clipboard")

    def _save(self) -> None:
        panel, path = self._panel(), ask_where(self, "Save the picture", Path.home() / f"{self._name}.png", PICTURES)
        if panel is None or path is None:
            return
        try:
            save(panel, path, self.scale)
        except OSError as error:
            self._lab.refused.emit(not_written(path, error))
        else:
            self._lab.told.emit(f"The picture is in {path}")

    def _save_table(self) -> None:
        # As on screen: numbers that are of one step.
        frame = None if self._lab.frame is None else self._lab.frame.whole
        table = None if frame is None else INSTRUMENTS[self._name].table(frame)
        if table is None:
            self._lab.refused.emit("There are no numbers yet: make a step first")
            return
        path = ask_where(self, "Save the numbers", Path.home() / f"{self._name}.csv", TABLE)
        if path and write_or_say(path, comma_separated(table).encode(), self._lab.refused.emit):
            self._lab.told.emit(f"The numbers are in {path}")
