"""Pictures and tables of an instrument, taken as a person takes them."""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QFileDialog, QTableWidget, QTableWidgetItem, QWidget
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.core.theme import FAMILY, Theme
from stepviz.ui.docks.dock import PanelDock
from stepviz.ui.export.render import image, save
from stepviz.ui.window.main_window import MainWindow
from tests.ui.frames import make_frame


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    lab = Lab(Experiment(), lambda _command: None)
    window = MainWindow(lab, Theme("light"), Preferences(theme="light"))
    window.resize(1366, 768)
    window.show()
    probes = ("gradient_flow", "stuck_units", "response", "activation", "loss_surface")
    lab.show(make_frame(Experiment(), 30, probes))
    yield window
    window.close()


@pytest.fixture
def loss(window: MainWindow) -> PanelDock:
    return window.panel_docks["loss"]


def answer(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?[\d.]+", text)]


def colours(picture: QImage) -> int:
    pixels = np.frombuffer(picture.convertToFormat(QImage.Format.Format_RGB32).constBits(), dtype=np.uint32)
    return len(np.unique(pixels))


def test_the_picture_on_the_clipboard_is_the_panel_at_twice_its_size(loss: PanelDock) -> None:
    assert loss.panel is not None
    size = loss.panel.size()
    loss.take_away.copy.trigger()
    copied = QGuiApplication.clipboard().image()
    assert copied.size() == size * 2
    assert colours(copied) > 10


def test_a_png_has_the_size_that_was_chosen(loss: PanelDock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert loss.panel is not None
    answer(monkeypatch, tmp_path / "loss")
    loss.take_away._choose(4)
    size = loss.panel.size()
    loss.take_away.picture.trigger()
    assert QImage(str(tmp_path / "loss.png")).size() == size * 4


def test_an_svg_holds_words_and_lines(window: MainWindow, tmp_path: Path) -> None:
    for dock in window.panel_docks.values():
        if dock.panel is not None:
            save(dock.panel, tmp_path / "panel.svg")
            root = ElementTree.parse(tmp_path / "panel.svg").getroot()
            kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
            assert {"text", "path"} <= kinds or {"text", "rect"} <= kinds or {"text", "polyline"} <= kinds
            assert root.find("{*}title") is not None


def test_text_and_curves_of_a_picture_of_lines_are_text_and_curves(window: MainWindow, tmp_path: Path) -> None:
    for name, words in {"loss_surface": "now", "response": "wrong", "activation": "z"}.items():
        dock = window.panel_docks[name]
        assert dock.panel is not None
        save(dock.panel, tmp_path / "panel.svg")
        elements = ElementTree.parse(tmp_path / "panel.svg").getroot().iter()
        assert words in [element.text for element in elements if element.tag.endswith("}text")]
    assert "clip-path" in (tmp_path / "panel.svg").read_text(), "a curve ends at its axes"


class Clipped(QWidget):
    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        painter.setClipRect(10, 10, 60, 40)
        painter.fillRect(0, 0, 200, 200, QColor("red"))
        painter.end()


def test_a_curve_in_an_svg_is_cut_off_at_its_axes_and_nowhere_else(qtbot: QtBot, tmp_path: Path) -> None:
    panel = QWidget()
    qtbot.addWidget(panel)
    panel.resize(300, 200)
    Clipped(panel).setGeometry(90, 30, 200, 160)
    panel.show()
    save(panel, tmp_path / "panel.svg")
    clips = []
    for path in ElementTree.parse(tmp_path / "panel.svg").getroot().iterfind(".//{*}clipPath/{*}path"):
        xs, ys = numbers(path.attrib["d"])[::2], numbers(path.attrib["d"])[1::2]
        *_, right, down = numbers(path.attrib["transform"])
        clips.append([min(xs) + right, min(ys) + down, max(xs) + right, max(ys) + down])
    assert [100, 40, 160, 80] in clips


def test_words_in_an_svg_are_as_wide_where_the_font_is_missing(window: MainWindow, tmp_path: Path) -> None:
    panel = window.panel_docks["gradient_flow"].panel
    assert panel is not None
    save(panel, tmp_path / "panel.svg")
    words = [text for text in ElementTree.parse(tmp_path / "panel.svg").getroot().iterfind(".//{*}text")
             if len((text.text or "").strip()) > 1]  # fmt: skip
    assert len(words) > 3
    for text in words:
        assert 0 < float(text.attrib["textLength"]) < panel.width()
        assert text.attrib["font-family"] == f"{FAMILY}, sans-serif"


def test_a_large_png_is_sharp_not_enlarged(window: MainWindow) -> None:
    panel = window.panel_docks["loss_surface"].panel
    assert panel is not None
    once, four = (image(panel, scale).convertToFormat(QImage.Format.Format_RGB32) for scale in (1, 4))
    enlarged = once.scaled(four.size())
    pixels = [
        np.frombuffer(each.constBits(), dtype=np.uint8).reshape(four.height(), four.width(), 4)[..., 1].astype(int)
        for each in (four, enlarged)
    ]
    # Of blocks of 4 x 4 pixels that have an edge in them an enlarged picture has none.
    inside = [np.abs(np.diff(each, axis=1))[:, [column for column in range(four.width() - 1) if column % 4 != 3]]
              for each in pixels]  # fmt: skip
    assert (inside[1] > 40).sum() == 0
    assert (inside[0] > 40).sum() > 500


def test_a_table_that_scrolls_is_cut_off_at_its_edge(qtbot: QtBot, tmp_path: Path) -> None:
    panel = QWidget()
    qtbot.addWidget(panel)
    table = QTableWidget(20, 1, panel)
    for row in range(20):
        table.setItem(row, 0, QTableWidgetItem(f"row {row}"))
    table.resize(200, 120)
    panel.resize(200, 120)
    panel.show()
    save(panel, tmp_path / "table.svg")
    content = (tmp_path / "table.svg").read_text()
    assert "<image" in content
    assert ">row " not in content


def test_a_pdf_is_a_page_of_the_panel(loss: PanelDock, tmp_path: Path) -> None:
    assert loss.panel is not None
    save(loss.panel, tmp_path / "loss.pdf")
    content = (tmp_path / "loss.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert b"DCTDecode" not in content, "colours are kept exactly"
    box = content.partition(b"/MediaBox [")[2].partition(b"]")[0].split()
    assert float(box[2]) == pytest.approx(loss.panel.width() * 72 / 96, abs=1)


def test_the_numbers_are_those_of_the_frame(
    loss: PanelDock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: MainWindow
) -> None:
    answer(monkeypatch, tmp_path / "loss")
    loss.take_away.table.trigger()
    rows = list(csv.reader((tmp_path / "loss.csv").read_text().splitlines()))
    assert window.lab.frame is not None
    losses = window.lab.frame.history.column("train_loss")
    assert [float(row[1]) for row in rows[1:]] == losses.tolist()


def test_what_cannot_be_written_is_said(
    loss: PanelDock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: MainWindow, qtbot: QtBot
) -> None:
    (tmp_path / "a file").touch()
    answer(monkeypatch, tmp_path / "a file" / "loss.png")
    for action in (loss.take_away.picture, loss.take_away.table):
        with qtbot.waitSignal(window.lab.refused) as said:
            action.trigger()
        assert "cannot be written" in said.args[0]


def test_another_kind_of_picture_is_refused(loss: PanelDock, tmp_path: Path) -> None:
    assert loss.panel is not None
    with pytest.raises(ValueError, match=r"\.svg"):
        save(loss.panel, tmp_path / "loss.bmp")
    assert not image(loss.panel).isNull()


def test_the_settings_are_copied_as_text_that_trains_as_far(window: MainWindow) -> None:
    actions = {action.text().replace("&", ""): action for action in window.menus.menus["File"].actions()}
    actions["Copy as command"].trigger()
    assert QGuiApplication.clipboard().text() == "stepviz train --steps 30"
    actions["Copy as Python"].trigger()
    assert "trainer.step(30)" in QGuiApplication.clipboard().text()


def test_the_history_is_written_with_a_column_for_each_curve(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, tmp_path / "history")
    actions = {action.text().replace("&", ""): action for action in window.menus.menus["File"].actions()}
    actions["Save the history…"].trigger()
    first = (tmp_path / "history.csv").read_text().splitlines()[0].split(",")
    assert {"step", "train_loss", "gradient_rms/1", "flat"} <= set(first)
