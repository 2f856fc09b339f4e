"""Asking where a file is to be written."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from stepviz.ui.saving import ask_where, write_or_say

FILTERS = "Archive (*.npz);;Table (*.csv *.tsv)"


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def asked(parent: QWidget, monkeypatch: pytest.MonkeyPatch, name: Path | str, chosen: str = "") -> Path | None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(name), chosen))
    return ask_where(parent, "Save", Path("run.npz"), FILTERS)


@pytest.mark.parametrize(
    ("typed", "chosen", "written"),
    [
        ("mine", "", "mine.npz"),
        ("mine", "Table (*.csv *.tsv)", "mine.csv"),
        ("mine.TSV", "Archive (*.npz)", "mine.TSV"),
        ("version 0.3", "", "version 0.3.npz"),
    ],
)
def test_a_name_has_an_ending_that_says_what_is_in_the_file(
    parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, chosen: str, written: str
) -> None:
    assert asked(parent, monkeypatch, tmp_path / typed, chosen) == tmp_path / written


def test_nothing_chosen_is_no_path(parent: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(parent, monkeypatch, "") is None


@pytest.mark.parametrize("yes", [True, False])
def test_a_file_of_the_completed_name_is_not_replaced_unasked(
    parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, yes: bool
) -> None:
    (tmp_path / "mine.npz").touch()
    questions: list[str] = []

    def answer(_parent: QWidget, _title: str, text: str) -> QMessageBox.StandardButton:
        questions.append(text)
        return QMessageBox.StandardButton.Yes if yes else QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "question", answer)
    assert asked(parent, monkeypatch, tmp_path / "mine") == (tmp_path / "mine.npz" if yes else None)
    assert questions == ["mine.npz is there already. Replace it?"]
    # Of the name that was typed Qt has asked.
    assert asked(parent, monkeypatch, tmp_path / "mine.npz") == tmp_path / "mine.npz"
    assert len(questions) == 1


def test_what_cannot_be_written_is_said_with_its_name(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "a file").touch()
    assert not write_or_say(tmp_path / "a file" / "run.npz", b"", said.append)
    assert len(said) == 1
    assert said[0].startswith(f"{tmp_path / 'a file' / 'run.npz'}: cannot be written (")
    assert write_or_say(tmp_path / "run.npz", b"numbers", said.append)
    assert (tmp_path / "run.npz").read_bytes() == b"numbers"
    assert len(said) == 1
