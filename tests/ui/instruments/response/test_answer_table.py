"""The answers to a few examples one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import DataSettings, Experiment
from stepviz.probes.response import AnswerList, Response
from stepviz.runtime.frame import Frame
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.response.answer_table import answer_rows
from stepviz.ui.instruments.response.panel import ResponsePanel
from tests.ui.built_panels import network, walk


def framed(data: DataSettings, steps: int, activation: str = "tanh", rate: float = 0.05) -> Frame:
    experiment = replace(network(8, activation=activation), data=data, learning_rate=rate)
    return walk(Run(experiment), 1, steps, ["response"])


@pytest.fixture
def panel(qtbot: QtBot) -> ResponsePanel:
    panel = ResponsePanel(Lab(Experiment(), lambda command: None), Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(460, 300)
    panel.show()
    return panel


def test_a_trained_gate_has_four_right_answers(panel: ResponsePanel) -> None:
    panel.show_frame(framed(DataSettings("gate-xor"), 400))
    head, *rows = panel.answers.rows
    assert head == ("x1", "x2", "target", "answer", "")
    assert [row[:3] for row in rows] == [("0", "0", "0"), ("0", "1", "1"), ("1", "0", "1"), ("1", "1", "0")]
    assert [row[4] for row in rows] == ["right"] * 4
    assert [row[3].split()[0] for row in rows] == ["0", "1", "1", "0"]
    assert panel.answers.isVisible()
    assert "x1 0, x2 1, target 1, answer 1 (" in panel.answers.accessibleDescription()


def test_one_straight_line_leaves_an_answer_of_xor_wrong(panel: ResponsePanel) -> None:
    experiment = replace(network(1), data=DataSettings("gate-xor"), layers=(), learning_rate=0.1)
    frame = walk(Run(experiment), 1, 200, ["response"])
    panel.show_frame(frame)
    verdicts = [row[4] for row in panel.answers.rows[1:]]
    reading = frame.reading(Response)
    assert reading is not None
    assert verdicts.count("right") == round(4 * reading.train_accuracy) < 4


def test_other_data_have_no_list(panel: ResponsePanel) -> None:
    panel.show_frame(framed(DataSettings("gate-and"), 1))
    panel.show_frame(framed(DataSettings("circle"), 1))
    assert not panel.answers.isVisible()
    few = framed(DataSettings("circle", samples=6, test_share=0.0), 1).reading(Response)
    tested = framed(DataSettings("circle", samples=6, test_share=0.5), 1).reading(Response)
    number = walk(Run(replace(network(2), data=DataSettings("sine", samples=6, test_share=0.0), loss="squared-error")),
                  1, 1, ["response"]).reading(Response)  # fmt: skip
    assert few is not None
    assert tested is not None
    assert number is not None
    assert few.listed is not None
    assert len(few.listed.inputs) == 6
    assert tested.listed is None
    assert number.listed is None


def test_a_table_of_your_own_with_three_inputs_is_listed(tmp_path: Path, panel: ResponsePanel) -> None:
    path = tmp_path / "majority.csv"
    rows = [f"{a},{b},{c},{'yes' if a + b + c > 1 else 'no'}" for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    path.write_text("a,b,c,majority\n" + "\n".join(rows) + "\n")
    panel.resize(700, 400)
    panel.show_frame(framed(DataSettings("csv", path=str(path), scaling="none", test_share=0.0), 300))
    assert panel.answers.rows[0][:3] == ("a", "b", "c")
    assert [row[3] for row in panel.answers.rows[1:]] == [row.split(",")[3] for row in rows]
    assert panel.answers.isVisible()


@pytest.mark.parametrize("size", [(150, 90), (300, 190), (460, 300), (260, 640), (1900, 1000)])
def test_table_and_picture_never_share_a_pixel(panel: ResponsePanel, size: tuple[int, int]) -> None:
    panel.resize(*size)
    panel.show_frame(framed(DataSettings("gate-or"), 1))
    view = panel.view
    assert view is not None
    if panel.answers.isVisible():
        assert not panel.answers.geometry().intersects(view.geometry())
        assert panel.rect().contains(panel.answers.geometry())
    assert panel.answers.isVisible() == (size != (150, 90))


def test_an_answer_that_is_not_finite_is_wrong_and_says_so() -> None:
    dataset = framed(DataSettings("gate-and"), 0).setup.dataset
    listed = AnswerList(np.zeros((1, 2)), np.array([0]), np.array([0]), np.array([np.nan]))
    assert answer_rows(listed, dataset)[1][3:] == ("not finite", "wrong")
