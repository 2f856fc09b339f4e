"""The program started as a person starts it, under conditions that are not as they should be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

PATIENCE = 100.0
_PERSONAL = ("XDG_", "LC_", "LANG", "FONTCONFIG", "MESA", "QT_")


class Start:
    """Starts the program with a home folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @property
    def settings(self) -> Path:
        return self.home / ".config" / "stepviz" / "settings.json"

    def begin(
        self, *arguments: str, variables: Mapping[str, str] | None = None, prepare: Callable[[], None] | None = None,
        command: Sequence[str] = ("-m", "stepviz"),
    ) -> subprocess.Popen[str]:  # fmt: skip
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_PERSONAL)}
        environment |= {"HOME": str(self.home), "QT_QPA_PLATFORM": "offscreen", "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= {"PYTHONPATH": os.pathsep.join(sys.path)} | dict(variables or {})
        return subprocess.Popen(
            [sys.executable, *command, *arguments], env=environment, preexec_fn=prepare, cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
            errors="replace", start_new_session=True,
        )  # fmt: skip

    def run(self, *arguments: str, **options: object) -> SimpleNamespace:
        process = self.begin(*arguments, **options)  # type: ignore[arg-type]  # handed on as they came
        try:
            output, errors = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            # With the process that measures, which would keep the pipes open.
            os.killpg(process.pid, signal.SIGKILL)
            output, errors = process.communicate()
            pytest.fail(f"it hangs:\n{output}\n{errors}")
        assert "Traceback" not in errors, errors
        return SimpleNamespace(code=process.returncode, output=output, errors=errors)


@pytest.fixture
def start(tmp_path: Path) -> Start:
    home = tmp_path / "home"
    home.mkdir()
    return Start(home)
