"""The chain of the first minute: each offer is pressed in the window, in the state in which it stands there."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.trainer import Trainer
from stepviz.ui.window.first_minute import OFFERS, STAND_IN, next_offer
from tests.ui.live import PATIENCE, open_lab

TANH = Experiment()
STEP = with_activation(TANH, "step")
STOOD_IN = with_activation(TANH, ActivationChoice("step", rule=Choice(STAND_IN)))


@pytest.mark.parametrize(
    ("experiment", "tried", "wanted"),
    [
        (TANH, set(), "step"),
        (STEP, {"step"}, "stand-in"),
        (STOOD_IN, {"step"}, "tanh"),
        (TANH, {"step"}, "race"),
        (TANH, {"step", "race"}, "lesson"),
        (STEP, {"step", "race"}, "lesson"),
        (TANH, {"step", "lesson"}, ""),
        (replace(TANH, layers=()), set(), "race"),
        (with_activation(TANH, "step", 1), {"step"}, "stand-in"),
    ],
)
def test_the_offer_follows_the_state_of_the_run(experiment: Experiment, tried: set[str], wanted: str) -> None:
    assert next_offer(experiment, frozenset(tried)) == wanted


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("before", [50, 1000])
def test_the_stand_in_lowers_the_loss_from_where_it_is_offered(seed: int, before: int) -> None:
    trainer = Trainer(Experiment(seed=seed))
    trainer.step(before)
    trainer.switch_activation("step")
    trainer.step(200)
    stuck = trainer.loss()
    trainer.switch_activation(ActivationChoice("step", rule=Choice(STAND_IN)))
    trainer.step(500)
    assert trainer.loss() < 0.75 * stuck


def names(live: LiveLab) -> set[tuple[str, str]]:
    return {(layer.activation.name, layer.activation.rule.name) for layer in live.lab.experiment.layers}


def test_the_large_button_leads_from_the_step_to_the_first_lesson(qtbot: QtBot, live: LiveLab) -> None:
    window, offer = live.window, live.window.status.offer

    def press(key: str) -> None:
        assert window.first_minute.key == key
        assert offer.button.text() == OFFERS[key][0]
        qtbot.mouseClick(offer.button, Qt.MouseButton.LeftButton)

    press("step")
    assert names(live) == {("step", "true")}
    press("stand-in")
    assert names(live) == {("step", STAND_IN)}
    press("tanh")
    assert names(live) == {("tanh", "true")}
    press("race")
    assert window.races is not None
    race = window.races.window
    assert race is not None
    qtbot.waitUntil(lambda: race.frame is not None and len(race.frame.lanes) == 3, timeout=PATIENCE)
    assert race.frame is not None
    assert [lane.label for lane in race.frame.lanes] == ["Step", "Sigmoid surrogate", "Tanh"]
    race.close()
    press("lesson")
    assert window.documents.in_lesson
    assert not offer.isVisible()
    assert window.remembered.preferences.hint_done


def test_the_keys_lead_on_as_the_button_does(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    qtbot.keyClick(window, Qt.Key.Key_1)
    assert window.first_minute.key == "stand-in"
    qtbot.keyClick(window, Qt.Key.Key_3)
    assert window.first_minute.key == "race"
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.first_minute.key == "stand-in"


def test_an_offer_that_was_declined_does_not_come_back_until_it_is_asked_for(qtbot: QtBot, live: LiveLab) -> None:
    window, offer = live.window, live.window.status.offer
    qtbot.mouseClick(offer.close_button, Qt.MouseButton.LeftButton)
    assert not offer.isVisible()
    kept = window.remember()
    window.close()
    second = open_lab(qtbot, preferences=kept)
    assert not second.window.status.offer.isVisible()
    second.window.first_minute.action.trigger()
    assert second.window.status.offer.isVisible()
    second.window.close()
