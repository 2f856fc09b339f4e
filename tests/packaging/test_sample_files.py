"""A file of each kind, opened as a desktop opens it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sample_files


@pytest.mark.parametrize(
    ("name", "seed", "kept"),
    [("my session.stepviz-session", 7002, True), ("my lesson.stepviz-lesson", 7003, False)],
)  # fmt: skip
def test_its_experiment_is_in_force(tmp_path: Path, name: str, seed: int, kept: bool) -> None:
    sample_files.write(tmp_path)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("XDG_")}
    environment |= {"HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "stepviz", "--from-menu", str(tmp_path / name), "--quit-after", "0.3"]
    subprocess.run(command, env=environment, check=True, timeout=60)
    settings = json.loads(next(tmp_path.rglob("settings.json")).read_text())
    assert json.loads(settings["experiment"])["experiment"]["seed"] == seed
    assert settings["recent"] == ([str(tmp_path / name)] if kept else [])
