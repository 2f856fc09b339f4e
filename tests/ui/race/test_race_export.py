"""What the race window gives away, taken as a person takes it and read back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.race.window import RaceWindow

SECONDS = 20_000


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[RaceWindow]:
    main = QWidget()
    qtbot.addWidget(main)
    found = RaceWindow(Lab(Experiment(seed=1), lambda _command: None), Theme("light"), main)
    found.chooser.steps.setValue(40)
    found.chooser.take("stand-in")
    found.resize(1024, 768)
    found.open()
    found.bar.speed.setValue(found.bar.speed.maximum())
    qtbot.waitUntil(lambda: found.frame is not None and len(found.frame.lanes) == 3, timeout=SECONDS)
    qtbot.mouseClick(found.bar.play_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: found.frame is not None and found.frame.done, timeout=SECONDS)
    yield found
    found.close()


def choose(window: RaceWindow, start: str) -> None:
    actions = window.take_away.menu.actions()
    next(action for action in actions if action.text().replace("&", "").startswith(start)).trigger()


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tables_hold_the_numbers_of_the_race(
    window: RaceWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = window.frame
    assert frame is not None
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "race"), ""))
    choose(window, "Save the table")
    rows = rows_of(tmp_path / "race.csv")
    assert [row["lane"] for row in rows] == [lane.label for lane in frame.lanes]
    assert [float(row["training loss"]) for row in rows] == [lane.final_loss[1] for lane in frame.lanes]
    assert float(rows[0]["stuck share"]) == 1.0
    assert str(tmp_path / "race.csv") in window.notes.text()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "steps"), ""))
    choose(window, "Save the losses over")
    steps = rows_of(tmp_path / "steps.csv")
    assert [int(row["step"]) for row in steps] == list(frame.steps)
    for lane in frame.lanes:
        assert [float(row[f"{lane.label}, loss"]) for row in steps] == pytest.approx(lane.band[:, 1], rel=1e-6)


def test_pictures_are_of_the_curves_and_of_the_cards(
    window: RaceWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(window, "Copy picture")
    assert QGuiApplication.clipboard().image().size() == window.curves.size() * 2
    for start, widget, name in (
        ("Save picture of the losses", window.curves, "losses"), ("Save picture of the lanes", window.cards, "lanes"),
    ):  # fmt: skip
        for suffix in (".png", ".svg", ".pdf"):
            path = tmp_path / f"{name}{suffix}"
            monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, path=path: (str(path), ""))
            choose(window, start)
            assert path.stat().st_size > 2000
        assert QImage(str(tmp_path / f"{name}.png")).size() == widget.size() * 2
        assert "Sigmoid surrogate" in (tmp_path / f"{name}.svg").read_text(encoding="utf-8")


def test_what_cannot_be_written_is_said(window: RaceWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "file" / "a.csv"), ""))
    (tmp_path / "file").write_text("no folder")
    choose(window, "Save the table")
    assert window.complaint.isVisible()
    assert "a.csv" in window.complaint.text()
