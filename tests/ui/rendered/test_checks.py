"""What is looked for in rendered lessons is found where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QTableWidget, QTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.rendering.offscreen_session import OffscreenSession
from stepviz.ui.core.lab import Lab
from stepviz.ui.export.render import save
from stepviz.ui.export.settle import settle
from stepviz.ui.text.throttled_label import SlowLabel
from tests.ui.rendered.cut_off import cut_off
from tests.ui.rendered.lessons import LABELS, Looker
from tests.ui.rendered.words import overlapping, words_in

SVG = (
    '<svg viewBox="0 0 100 50" xmlns="http://www.w3.org/2000/svg"><g transform="matrix(1,0,0,1,{x},20)">'
    '<text x="0" y="0" font-size="10" textLength="40">one</text></g>'
    '<g transform="matrix(0,-1,1,0,50,40)"><text x="0" y="0" font-size="10" textLength="{long}">turned</text></g></svg>'
)


@pytest.mark.parametrize(
    ("x", "long", "outside", "over"),
    [(0, 30, set(), False), (70, 30, {"one"}, False), (0, 60, {"turned"}, False), (20, 30, set(), True)],
)
def test_words_stand_where_they_are_painted(
    qtbot: QtBot, tmp_path: Path, x: int, long: int, outside: set[str], over: bool
) -> None:
    (tmp_path / "words.svg").write_text(SVG.format(x=x, long=long))
    (width, height), words = words_in(tmp_path / "words.svg")
    assert (width, height) == (100, 50)
    assert {word.text for word in words if word.top < 0 or word.right > width} == outside
    assert bool(overlapping(words)) is over


@pytest.mark.parametrize("kind", [QLabel, SlowLabel, QPushButton])
def test_words_wider_than_their_widget_are_cut_off(qtbot: QtBot, kind: type[QWidget]) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    widget = kind("a sentence of some length", parent=window)
    window.show()
    widget.setFixedWidth(400)
    assert cut_off(window) == []
    widget.setFixedWidth(40)
    assert len(cut_off(window)) == 1


def test_lists_that_scroll_are_cut_off(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.addWidget(QTableWidget(30, 1))
    column.addWidget(text := QTextEdit("line<br>" * 60))
    text.setAccessibleName("words")
    window.resize(300, 200)
    window.show()
    complaints = cut_off(window)
    assert any("scrolls by" in complaint for complaint in complaints)
    assert any("'words' scrolls" in complaint for complaint in complaints)


@pytest.mark.parametrize("name", list(LABELS))
def test_an_instrument_that_has_seen_no_run_is_found_out(qtbot: QtBot, tmp_path: Path, name: str) -> None:
    looker = Looker(save)
    with OffscreenSession(Experiment()) as darkroom:
        darkroom.advance(1)
        with darkroom.instruments([name]) as (panel,):
            # Built beside a lab that has shown nothing: some instruments begin with what their lab shows.
            blank = type(panel)(Lab(Experiment(), lambda _command: None), panel.theme)
            blank.lab = panel.lab
            blank.setFixedSize(panel.size())
            settle(blank)
            save(blank, tmp_path / "blank.png")
            looker(blank, tmp_path / "blank.svg")
            blank.deleteLater()
    assert any("comes from the run" in complaint for complaint in looker.complaints), looker.complaints
