"""What twins have shown, in the window: from the run to the button, and back by undo."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Choice, Experiment
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.diagnosis import Diagnosis
from stepviz.probes.findings.finding import Finding
from stepviz.probes.twins.diagnosing import diagnose
from stepviz.probes.twins.probe import TwinOptions
from stepviz.probes.twins.report import TwinDiagnosis
from stepviz.probes.twins.saying import settled
from tests.ui.live import open_lab

PENALISED = replace(Experiment(), l1=0.05)
SECONDS = 120_000


def diagnosed(experiment: Experiment = PENALISED, steps: int = 300) -> TwinDiagnosis:
    trainer = Trainer(experiment)
    trainer.step(steps)
    return diagnose(trainer)


def test_what_twins_have_shown_takes_the_place_of_what_symptoms_suggest():
    found = diagnosed()
    guess = Finding("vanishing", "Vanishing gradient", "It shrinks", "ReLU", None, 50.0)
    rule = Finding("backward rule", "Not a true gradient", "By a rule", "", None, 5.0)
    measured = Diagnosis("Loss is flat: it shrinks", (guess, rule))
    said = settled(measured, found, PENALISED)
    assert said is not None
    assert said.findings[0].name == "penalty-too-strong"
    assert said.findings[0].words == "Try the penalties off, restart"
    assert said.findings[0].twins
    assert guess not in said.findings
    assert rule in said.findings


def test_while_twins_are_tried_no_cause_is_named_and_without_them_all_is_as_measured():
    guess = Finding("vanishing", "Vanishing gradient", "It shrinks", "ReLU", None, 50.0)
    measured = Diagnosis("Loss is flat: it shrinks", (guess,))
    found = diagnosed()
    running = TwinDiagnosis(**{name: getattr(found, name) for name in found.__dataclass_fields__} | {"done": False})
    said = settled(measured, running, PENALISED)
    assert said is not None
    assert said.findings == ()
    assert settled(measured, None, PENALISED) is measured
    assert settled(measured, found, Experiment()) is measured


def test_of_a_run_that_learns_no_illness_is_left():
    guess = Finding("steps", "Steps too long", "They are", "", None, 58.0)
    healthy = diagnosed(Experiment(), 100)
    said = settled(Diagnosis("Loss is flat: they are", (guess,)), healthy, Experiment())
    assert said is not None
    assert said.findings == ()
    assert said.sentence.startswith("The run learns")


def test_the_button_applies_the_cure_and_undo_takes_it_back(qtbot: QtBot):
    live = open_lab(qtbot, PENALISED)
    try:
        dock = live.window.panel_docks["diagnosis"]
        dock.show()
        dock.raise_()

        def named() -> bool:
            panel = dock.panel
            cards = [] if panel is None else panel.cards.cards
            return bool(cards) and cards[0].finding is not None and cards[0].finding.name == "penalty-too-strong"

        qtbot.waitUntil(named, timeout=SECONDS)
        card = dock.panel.cards.cards[0]
        assert not card.curves.isHidden()
        assert "0.69" in card.advice.text()
        qtbot.waitUntil(lambda: card.button.isEnabled(), timeout=SECONDS)
        qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
        assert live.lab.experiment.l1 == 0.0
        live.lab.undo_stack.undo()
        assert live.lab.experiment.l1 == 0.05
    finally:
        live.window.close()


def test_twins_can_be_off_until_somebody_asks(qtbot: QtBot):
    live = open_lab(qtbot, PENALISED)
    try:
        live.lab.look_at("twins", TwinOptions(on=False))
        dock = live.window.panel_docks["diagnosis"]
        dock.show()
        dock.raise_()
        qtbot.waitUntil(lambda: dock.panel is not None and dock.panel.ask.isVisible(), timeout=SECONDS)
        qtbot.mouseClick(dock.panel.ask, Qt.MouseButton.LeftButton)
        assert live.lab.options("twins") == TwinOptions(on=True, asked=1)
        qtbot.waitUntil(lambda: live.lab.frame.reading(TwinDiagnosis) is not None, timeout=SECONDS)
    finally:
        live.window.close()


def test_on_stage_they_rest(qtbot: QtBot):
    live = open_lab(qtbot)
    try:
        live.window.presenter.enter()
        assert not live.lab.options("twins").on
        live.window.presenter.leave()
        assert live.lab.options("twins").on
    finally:
        live.window.close()


def test_a_run_that_has_left_the_numbers_gets_the_cure_that_its_twins_have_shown(qtbot: QtBot):
    wild = replace(Experiment(), loss="squared-error", optimizer=Choice("sgd"), learning_rate=50.0)
    live = open_lab(qtbot, wild)
    try:
        dock = live.window.panel_docks["diagnosis"]
        dock.show()
        dock.raise_()
        qtbot.waitUntil(lambda: live.lab.frame.diverged is not None, timeout=SECONDS)

        def named() -> bool:
            cards = [] if dock.panel is None else dock.panel.cards.cards
            return bool(cards) and cards[0].finding is not None and cards[0].finding.name == "learning-rate-too-large"

        qtbot.waitUntil(named, timeout=SECONDS)
        qtbot.mouseClick(dock.panel.cards.cards[0].button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: live.lab.frame.diverged is None, timeout=SECONDS)
        assert live.lab.experiment.learning_rate < 1.0
    finally:
        live.window.close()
