"""Methods that Qt calls and that fail, several at once: told as any other error, and the window goes on."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

UI = Path(__file__).parents[2] / "stepviz" / "ui"
GUARDS = {"guarded", "guarded_filter"}
# Called by Qt while it paints a table.
OF_TABLES = {"data", "headerData", "paint"}
# A crash would take the tests with it. What fails is what pictures draw with, and what widgets size their type by.
PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter
from stepviz import app
from stepviz.engine.settings.experiment import Experiment
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.window.error_log import ErrorLog

def fail(*_arguments):
    raise ZeroDivisionError

def break_it():
    QPainter.setPen = fail
    for name, module in list(sys.modules.items()):
        if name.startswith("stepviz.ui") and hasattr(module, "text_points"):
            module.text_points = fail

def all_at_once():
    break_it()
    for turn in range(4):
        # Each beneath one call from Python.
        window.grab()
        window.repaint()
        window.resize(1100 + 40 * turn, 760 + 20 * turn)
        window.layout().activate()

qt = app.application()
told = []
log = ErrorLog(None)
log.install()
log.happened.connect(told.append)
live = app.LiveLab(Experiment(), Preferences(theme="light"))
window = live.window
window.closing.connect(qt.quit)
live.start()
if "race" in sys.argv:
    window.races.open()
    window = window.races.window
updates = QTimer()
updates.timeout.connect(window.update)
updates.start(10)
QTimer.singleShot(600, all_at_once)
QTimer.singleShot(1500, live.window.close)
qt.exec()
live.stop()
print(bool(told) and all("ZeroDivisionError" in text for text in told) or told)
"""


@pytest.mark.parametrize("which", ["lab", "race"])
def test_what_fails_many_times_does_not_end_the_process(which: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"if __name__ == '__main__':\n    exec({PROGRAM!r})", which],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["True"]
    assert "active painter" not in done.stderr


def unguarded(tree: ast.AST) -> Iterator[str]:
    """Yield the methods that Qt calls, by their names, and that could raise an error into it."""
    for kind in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        bases = [base.id for base in kind.bases if isinstance(base, ast.Name)]
        of_table = any(base.endswith(("Model", "Delegate")) for base in bases)
        for method in (node for node in kind.body if isinstance(node, ast.FunctionDef)):
            called = method.name.endswith("Event") or method.name in ("event", "eventFilter")
            guards = {node.id for node in method.decorator_list if isinstance(node, ast.Name)}
            if (called or (of_table and method.name in OF_TABLES)) and not guards & GUARDS:
                yield f"{kind.name}.{method.name}"


def test_every_event_is_guarded() -> None:
    found = {
        f"{path.relative_to(UI)}: {name} needs @guarded (or @guarded_filter), from stepviz.ui.core.guarded"
        for path in UI.rglob("*.py")
        for name in unguarded(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set()
