"""A new instrument costs a panel, a test of it, and one entry in the catalogue: tried on a copy of the program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import stepviz
from tests.lessons.texts import scene, written

ENTRY = """    Instrument(
        "steps_taken", "Steps taken", "How many updates there were", frozenset(), 0.1,
        lambda frame: Table({"step": [frame.step]}), behind="loss",
    ),
"""
PANEL = """
from typing import ClassVar
from PySide6.QtWidgets import QLabel, QVBoxLayout
from stepviz.instruments import INSTRUMENTS, Instrument
from stepviz.runtime.frame import Frame
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.instrument import Panel

class StepsTakenPanel(Panel):
    instrument: ClassVar[Instrument] = INSTRUMENTS["steps_taken"]

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.label = QLabel()
        QVBoxLayout(self).addWidget(self.label)

    def show_frame(self, frame: Frame) -> None:
        self.label.setText(str(frame.step))
"""
TRY = """
from pathlib import Path
from stepviz.app import LiveLab, application
from stepviz.engine import Experiment
from stepviz.engine.common.errors import InputError
from stepviz.lessons.lesson_file import load_lesson
from stepviz.rendering.offscreen_session import OffscreenSession
from stepviz.ui.core.preferences import Preferences

application()
live = LiveLab(Experiment(), Preferences())
dock = live.window.panel_docks["steps_taken"]
print(dock.toggleViewAction().text(), dock.take_away.table.isEnabled())
live.stop()
with OffscreenSession(Experiment()) as session:
    session.advance(7)
    with session.instruments(["steps_taken"]) as panels:
        print(panels[0].label.text())
print(load_lesson(Path('mine')).scenes[0].panels)
"""


def test_docks_export_offscreen_pictures_and_lessons_know_a_new_entry(tmp_path: Path) -> None:
    package = Path(stepviz.__file__).parent
    shutil.copytree(package, tmp_path / "stepviz", ignore=shutil.ignore_patterns("__pycache__"))
    if not (package / "resources").is_dir():
        (tmp_path / "resources").symlink_to(package.parent / "resources")
    catalogue = tmp_path / "stepviz" / "instruments.py"
    before, end, after = catalogue.read_text().partition(")  # fmt: skip")
    catalogue.write_text(before + ENTRY + end + after)
    folder = tmp_path / "stepviz" / "ui" / "instruments" / "steps_taken"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "panel.py").write_text(PANEL)
    written(tmp_path, scene("panels: [steps_taken]"))
    variables = os.environ | {"PYTHONPATH": str(tmp_path), "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", TRY], cwd=tmp_path, env=variables, check=False,
        capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["Steps taken True", "7", "('steps_taken',)"], done.stderr
