"""ReLU'(0): what the panel says of the exact zeros since the start."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from stepviz.engine.network.exact_zeros import ZeroCounts
from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.activation.panel import ActivationPanel
from stepviz.ui.text.relu_zero_text import zero_texts
from tests.ui.built_panels import look, network


def panel_after(qtbot: QtBot, experiment: Experiment, steps: int) -> tuple[ActivationPanel, Run]:
    lab = Lab(experiment, lambda command: None)
    panel = ActivationPanel(lab, Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(900, 500)
    panel.show()
    run = Run(experiment)
    run.step(steps)
    frame = look(run, ("activation",))
    lab.show(frame)
    panel.show_frame(frame)
    return panel, run


def test_a_shallow_network_has_met_none(qtbot: QtBot) -> None:
    panel, run = panel_after(qtbot, replace(network(8, activation="relu"), batch_size=0), 100)
    seen = f"{100 * len(run.trainer.setup.train) * 8:,}"
    expected = f"None of {seen} z was exactly 0 since the start: f'(0) has changed nothing"
    qtbot.waitUntil(lambda: panel.zeros.text() == expected)


def test_a_dead_layer_is_counted_layer_by_layer_and_for_all(qtbot: QtBot) -> None:
    panel, run = panel_after(qtbot, replace(network(*[3] * 12, activation="relu"), batch_size=0, seed=0), 50)
    counts = run.trainer.exact_zeros
    assert counts.zeros.sum() > 0
    total = f"{counts.zeros[:12].sum():,}"
    qtbot.waitUntil(lambda: panel.zeros.text().startswith(f"{total} of "))
    assert "changes about " in panel.zeros.text()
    layer = int(np.argmax(counts.zeros))
    line = f"Layer {layer + 1}: {counts.zeros[layer]:,} of {counts.seen[layer]:,} z were"
    assert line in panel.zeros.toolTip()
    assert panel.zeros.toolTip().count("\n") == 11
    panel.layers.setCurrentText(f"Layer {layer + 1}")
    own = f"{counts.zeros[layer]:,}"
    qtbot.waitUntil(lambda: panel.zeros.text().startswith(f"{own} of "))


def test_it_is_not_there_for_others(qtbot: QtBot) -> None:
    panel, _ = panel_after(qtbot, network(8, activation="tanh"), 10)
    assert not panel.zeros.isVisible()
    panel.lab.put(network(8, activation="relu"), "")
    assert panel.zeros.isVisible()


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ((0, [0, 0], [0, 0], 0, 0, 0, 0.0), "z that are exactly 0 are counted since the start: no step yet"),
        (
            (0, [3, 9], [1000, 1000], 100, 2, 2, 0.05),
            "3 of 1,000 z were exactly 0 since the start; f'(0) = 1 instead of 0 changes 0.1 % of all gradient entries",
        ),
        (
            (40, [3, 9], [1000, 1000], 100, 50, 2, 0.0),
            "3 of 1,000 z were exactly 0 since step 40; f'(0) = 1 instead of 0 changes about 0 % of all "
            "gradient entries",
        ),
    ],
)
def test_the_words(counts: tuple[int, list[int], list[int], int, int, int, float], text: str) -> None:
    since, zeros, seen, *rest = counts
    assert zero_texts(ZeroCounts(since, np.array(zeros), np.array(seen), *rest), [0])[0] == text
