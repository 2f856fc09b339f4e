"""A start from a menu or by a file's kind, where nobody sees a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import stepviz.app
from stepviz.cli import main


def test_a_file_that_cannot_be_opened_is_explained_in_the_window(tmp_path: Path, monkeypatch) -> None:
    calls: list[tuple[tuple[object, ...], dict[str, object]]] = []
    monkeypatch.setattr(stepviz.app, "run", lambda *positional, **named: calls.append((positional, named)) or 0)
    damaged = tmp_path / "damaged.stepviz"
    damaged.write_text('{"format": ')
    assert main(["--from-menu", str(damaged)]) == 0
    ((experiment, file), named) = calls[0]
    assert experiment is None
    assert file is None
    assert "damaged.stepviz" in str(named["complaint"])
    assert main([str(damaged)]) == 2
    assert len(calls) == 1


def test_without_outputs_it_does_not_stumble_over_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As pythonw.exe starts a program.
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["train", str(tmp_path / "nothing.stepviz")]) == 2
    sys.stdout.close()
    sys.stderr.close()
