"""What can be taken away from a race: its pictures, and its numbers as tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from stepviz.export.columns import Table, comma_separated
from stepviz.export.race_tables import losses, standings
from stepviz.runtime.race_frame import RaceFrame
from stepviz.ui.export.export_menu import PICTURES
from stepviz.ui.export.render import image, save
from stepviz.ui.widgets.save_dialog import TABLE, ask_where
from stepviz.ui.widgets.save_or_report import not_written, write_or_say

NOTHING = "There are no lanes yet"
SCALE = 2.0


class RaceExport(QObject):
    """The button «Export» with its menu. ``said``: what was done; ``failed``: why something was not."""

    said = Signal(str)
    failed = Signal(str)

    def __init__(self, window: QWidget, frame: Callable[[], RaceFrame | None], curves: QWidget, cards: QWidget) -> None:
        super().__init__(window)
        self._window, self._frame = window, frame
        self.button = QPushButton("Export")
        self.button.setToolTip("Take away pictures of the race, or its numbers as tables")
        self.menu = QMenu(self.button)
        self.menu.setToolTipsVisible(True)
        self.button.setMenu(self.menu)
        for text, tip, act in (
            ("&Copy picture of the losses", "Put the picture on the clipboard",
             lambda: self._copy(curves)),
            ("Save picture of the &losses…", "Write a PNG, or a PDF or SVG, sharp at any size",
             lambda: self._save(curves, "race-losses")),
            ("Save picture of the la&nes…", "Write the cards of the lanes as a PNG, PDF or SVG",
             lambda: self._save(cards, "race-lanes")),
            ("Save the &table…", "Write how each lane stands, as comma-separated values",
             lambda: self._save_table(standings, "race")),
            ("Save the losses over the &steps…", "Write every measured loss of every lane, as comma-separated values",
             lambda: self._save_table(losses, "race-losses")),
        ):  # fmt: skip
            action = self.menu.addAction(text)
            action.setToolTip(tip)
            action.triggered.connect(lambda _checked=False, act=act: act())

    def _copy(self, picture: QWidget) -> None:
        QGuiApplication.clipboard().setImage(image(picture, SCALE))
        self.said.emit("The picture is on the clipboard")

    def _save(self, picture: QWidget, name: str) -> None:
        path = ask_where(self._window, "Save the picture", Path.home() / f"{name}.png", PICTURES)
        if path is None:
            return
        try:
            save(picture, path, SCALE)
        except OSError as error:
            self.failed.emit(not_written(path, error))
        else:
            self.said.emit(f"The picture is in {path}")

    def _save_table(self, table: Callable[[RaceFrame], Table], name: str) -> None:
        # As it stands when it is asked for: the race may go on behind the dialog.
        frame = self._frame()
        if frame is None:
            self.failed.emit(NOTHING)
            return
        path = ask_where(self._window, "Save the numbers", Path.home() / f"{name}.csv", TABLE)
        if path and write_or_say(path, comma_separated(table(frame)).encode(), self.failed.emit):
            self.said.emit(f"The numbers are in {path}")
