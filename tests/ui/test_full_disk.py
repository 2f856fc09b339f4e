"""Saving where there is no room: what was there before stays, and the person is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from stepviz.engine.settings.experiment import Experiment
from stepviz.ui.core.lab import Lab
from stepviz.ui.documents.documents import Documents

resource = pytest.importorskip("resource", reason="limits of Unix")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of Unix")


def test_an_experiment_that_does_not_fit_leaves_the_older_file(qtbot, tmp_path: Path) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    documents = Documents(Lab(Experiment(), lambda _: None), window)
    path = tmp_path / "experiment.stepviz"
    documents.write(path)
    before = path.read_bytes()
    told: list[str] = []
    documents.failed.connect(told.append)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The kernel refuses what goes beyond it, as a full disk does.
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        documents.write(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(told) == 1
    assert "experiment.stepviz" in told[0]
    assert "cannot be written" in told[0]
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
