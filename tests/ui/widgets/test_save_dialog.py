"""Where a file is written to: under the name and as the kind that the person chose."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from stepviz.ui.widgets.save_dialog import ask_where, named_as_its_kind

SUFFIXES = (".png", ".svg", ".pdf")
KINDS = {"PNG, pixels": ".png", "SVG, lines": ".svg"}


@pytest.mark.parametrize(
    ("typed", "chosen", "expected"),
    [
        ("loss", "", "loss.png"),
        ("loss.svg", ".png", "loss.svg"),
        # The suggested name was left as it was, and another kind chosen from the list.
        ("loss.png", ".svg", "loss.svg"),
        ("loss", ".pdf", "loss.pdf"),
        ("loss.SVG", ".svg", "loss.SVG"),
        # What follows a dot is no kind of file.
        ("rate 0.5", ".png", "rate 0.5.png"),
        ("rate 0.5", ".svg", "rate 0.5.svg"),
    ],
)
def test_a_file_is_named_as_its_kind(typed: str, chosen: str, expected: str) -> None:
    assert named_as_its_kind(Path("/talk") / typed, chosen, SUFFIXES) == Path("/talk") / expected


def test_a_suffix_that_may_be_typed_stays() -> None:
    assert named_as_its_kind(Path("mine.json"), "", (".stepviz",), (".json",)) == Path("mine.json")


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.mark.parametrize("replace", [True, False])
def test_a_file_that_the_dialog_did_not_ask_about_is_asked_about(
    replace: bool, parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loss.svg").touch()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "loss.png"), "SVG, lines (*.svg)"))
    asked: list[str] = []
    answer = QMessageBox.StandardButton.Yes if replace else QMessageBox.StandardButton.No
    monkeypatch.setattr(QMessageBox, "question", lambda _parent, _title, text: (asked.append(text), answer)[1])
    path = ask_where(parent, "Save the picture", tmp_path / "loss.png", KINDS)
    assert path == (tmp_path / "loss.svg" if replace else None)
    assert "loss.svg" in asked[0]


def test_no_file_is_named_where_the_dialog_is_cancelled(parent: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    assert ask_where(parent, "Save the picture", Path("loss.png"), KINDS) is None
