"""The panel of the diagnosis, its cards, and what their buttons say and do."""

from __future__ import annotations

from dataclasses import replace as with_fields

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.divergence import Divergence
from stepviz.probes.diagnosis import Diagnosis
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.remedies import with_activations, with_learning_rate, with_rule
from stepviz.runtime.commands import Change, Command
from stepviz.runtime.frame import Frame
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.diagnosis.debounced_findings import LINGER, LINGER_UNDER_MOUSE, SettledFindings
from stepviz.ui.instruments.diagnosis.finding_card import best_points
from stepviz.ui.instruments.diagnosis.panel import DiagnosisPanel
from stepviz.ui.instruments.diagnosis.remedy_labels import remedy_words
from tests.probes.runs import experiment, regression
from tests.ui.frames import make_frame

STEP = experiment(activation="step")
RULED = with_activation(experiment(), ActivationChoice("step", rule=Choice("straight-through")))
THREE = experiment(activation="step", weights=Choice("zeros"), output=ActivationChoice("step"), loss="hinge")


def finding(name: str, weight: float, sentence: str = "Something is so") -> Finding:
    return Finding(name, name.capitalize(), sentence, "Advice.", None, weight)


def panel_of(qtbot: QtBot, settings: Experiment, size: tuple[int, int] = (460, 300)) -> DiagnosisPanel:
    sent: list[Command] = []
    panel = DiagnosisPanel(Lab(settings, sent.append), Theme("light"))
    panel.sent = sent  # type: ignore[attr-defined]  # the tests read it
    qtbot.addWidget(panel)
    panel.resize(*size)
    panel.show()
    return panel


def frame_of(settings: Experiment) -> Frame:
    return make_frame(settings, 20, ("diagnosis",))


def shown(panel: DiagnosisPanel) -> list[str]:
    return [card.finding.name for card in panel.cards.cards if card.finding is not None]


def with_findings(frame: Frame, *findings: Finding) -> Frame:
    return with_fields(frame, running=True, readings={Diagnosis: Diagnosis("What is so", findings)})


def show_now(panel: DiagnosisPanel, frame: Frame) -> None:
    panel._shown_at = 0.0
    panel.show_frame(frame)


def test_the_words_of_a_button_are_whole_at_every_width(qtbot: QtBot) -> None:
    for width in range(300, 700, 7):
        panel = panel_of(qtbot, STEP, (width, 400))
        panel.show_frame(frame_of(STEP))
        assert panel.cards.cards[0].button.text() == "Use the clipped straight-through rule", width
        panel.close()


def test_before_the_first_measurement_it_says_what_will_appear(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, STEP)
    panel.show_frame(make_frame(STEP, 0, ()))
    assert "appears here" in panel.quiet.text()
    assert panel.quiet.isVisible()


def test_a_step_network_has_a_card_with_its_numbers_and_a_button_that_cures_and_can_be_undone(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, STEP)
    frame = frame_of(STEP)
    panel.show_frame(frame)
    (card,) = panel.cards.cards
    assert card.title.text() == "No derivative"
    assert "all 16 hidden units are stuck" in card.sentence.text().lower()
    assert card.button.text() == "Use the clipped straight-through rule"
    assert not panel.quiet.isVisible()
    card.button.click()
    assert panel.lab.experiment == with_rule(STEP, range(2), "clipped-straight-through")
    assert not card.button.isEnabled()
    card.button.click()
    assert panel.lab.undo_stack.count() == 1
    panel.lab.undo_stack.undo()
    assert panel.lab.experiment == STEP
    assert card.button.isEnabled()


def test_a_remedy_never_takes_back_what_was_changed_meanwhile(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, STEP)
    panel.show_frame(frame_of(STEP))
    changed = replace(STEP, batch_size=7)
    panel.lab.change(changed, "Batch")
    (card,) = panel.cards.cards
    assert not card.button.isEnabled()
    card._apply()
    assert panel.lab.experiment == changed


def test_a_healthy_run_is_quiet(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, experiment())
    panel.show_frame(frame_of(experiment()))
    assert shown(panel) == []
    assert "all 16 hidden units are active" in panel.quiet.text()


def test_a_remark_stands_beside_the_quiet_sentence_which_does_not_repeat_it(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, RULED)
    panel.show_frame(frame_of(RULED))
    assert shown(panel) == ["backward rule"]
    assert panel.cards.cards[0].button.isHidden()
    assert "straight-through" not in panel.quiet.text()
    assert panel.quiet.isVisible()


def test_a_diverged_run_offers_to_restart_with_a_smaller_rate(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, STEP)
    panel.show_frame(with_fields(frame_of(STEP), diverged=Divergence(12, 2, "the error signal")))
    (card,) = panel.cards.cards
    assert "step 12: the error signal of layer 2 is not finite" in card.sentence.text()
    card.button.click()
    assert panel.sent == [Change(with_learning_rate(STEP, 0.1), "Set learning rate to 0.001, restart", anew=True)]  # type: ignore[attr-defined]  # see panel_of


def test_text_is_that_of_the_snapshot_whatever_frames_come_after_it(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, STEP)
    snapshot = with_findings(frame_of(STEP), finding("a", 50, "Number 0"))
    panel.show_frame(snapshot)
    for number in range(1, 40):
        newer = with_findings(frame_of(STEP), finding("a", 50, f"Number {number}"))
        panel.show_frame(with_fields(newer, snapshot=snapshot))
    assert panel.cards.cards[0].sentence.text() == "Number 0."


def test_a_card_that_lingers_says_of_which_step_it_was() -> None:
    settled = SettledFindings()
    settled.take([finding("a", 50, "The loss is flat"), finding("b", 40, "Number 1")], 0.0, 1200)
    first, second = settled.take([finding("b", 40, "Number 2")], 0.5 * LINGER, 1300)
    assert (first.sentence, second.sentence) == ("At step 1,200: the loss is flat", "Number 2")


def test_cards_stay_where_they_are_while_the_same_findings_stay(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, STEP)
    frame = frame_of(STEP)
    show_now(panel, with_findings(frame, finding("a", 50, "3 units"), finding("b", 40, "9 of 105 parameters")))
    cards = list(panel.cards.cards)
    places = [card.geometry() for card in cards]
    show_now(panel, with_findings(frame, finding("b", 60, "8 of 105 parameters"), finding("a", 50, "4 units")))
    assert panel.cards.cards == cards
    assert shown(panel) == ["a", "b"]
    assert [card.geometry() for card in cards] == places
    assert cards[1].sentence.text() == "8 of 105 parameters."


@pytest.mark.parametrize("size", [(300, 190), (460, 300), (1200, 800), (1900, 260), (260, 900)])
@pytest.mark.parametrize("settings", [STEP, RULED, THREE], ids=["one", "remark", "three"])
def test_no_text_is_cut_off_at_any_size(qtbot: QtBot, size: tuple[int, int], settings: Experiment) -> None:
    panel = panel_of(qtbot, settings, size)
    panel.show_frame(frame_of(settings))
    qtbot.waitUntil(lambda: all(0 <= card.width() - panel.cards._room <= 1 for card in panel.cards.cards))
    for card in panel.cards.cards:
        assert card.mapTo(panel.cards, QPoint(card.width(), 0)).x() <= panel.cards.width()
        for label in (card.title, card.sentence, card.advice):
            if label.isVisible():
                assert label.heightForWidth(label.width()) <= label.height() + 1
        assert card.height_at(card._points, card.width(), advised=card.advice.isVisible()) <= card.height()
    bottom = panel.cards.cards[-1].geometry().bottom()
    assert bottom <= panel.cards.height() or panel.cards.verticalScrollBar().isVisible()


def test_type_grows_with_the_panel(qtbot: QtBot) -> None:
    sizes = []
    for size in ((300, 190), (460, 300), (1200, 800)):
        panel = panel_of(qtbot, STEP, size)
        panel.show_frame(frame_of(STEP))
        sizes.append(panel.cards.cards[0].sentence.font().pointSizeF())
    assert sizes == sorted(sizes)
    assert sizes[-1] >= 24


def test_an_unchanged_reading_costs_nothing(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, STEP)
    frame = frame_of(STEP)
    show_now(panel, frame)
    panel._shown_at = 0.0
    panel.show_frame(with_fields(frame, number=2))
    assert panel._shown_at == 0.0


# Settled findings


def names(findings: tuple[Finding, ...]) -> list[str]:
    return [one.name for one in findings]


def test_a_finding_that_blinks_stays() -> None:
    settled = SettledFindings()
    a, b = finding("a", 50), finding("b", 40)
    assert names(settled.take([b, a], 0.0, 0)) == ["a", "b"]
    assert names(settled.take([b], 0.9 * LINGER, 1)) == ["a", "b"]
    assert names(settled.take([a, b], 1.1 * LINGER, 2)) == ["a", "b"]
    assert names(settled.take([b], 2.2 * LINGER, 3)) == ["b"]


def test_a_new_finding_is_put_in_its_place_but_not_under_the_mouse() -> None:
    settled = SettledFindings()
    settled.take([finding("a", 50)], 0.0, 0)
    assert names(settled.take([finding("a", 50), finding("b", 60)], 0.1, 0, held=True)) == ["a", "b"]
    assert names(settled.take([finding("a", 50), finding("b", 60)], 0.2, 0)) == ["a", "b"]
    assert names(settled.take([finding("a", 50), finding("b", 60), finding("c", 70)], 0.3, 0)) == ["c", "b", "a"]
    assert names(settled.take([], 0.3 + 0.9 * LINGER_UNDER_MOUSE, 0, held=True)) == ["c", "b", "a"]
    assert names(settled.take([], 0.3 + 1.1 * LINGER_UNDER_MOUSE, 0, held=True)) == []


def test_what_is_so_now_has_precedence_over_what_lingers() -> None:
    settled = SettledFindings()
    settled.take([finding("old", 99), finding("a", 50)], 0.0, 0)
    now = [finding("a", 50), finding("b", 40), finding("c", 30)]
    assert names(settled.take(now, 0.1, 0)) == ["a", "b", "c"]


# Words


def test_words_of_remedies() -> None:
    base = experiment()
    relu = with_activations(base, [1], ActivationChoice("leaky-relu"))
    assert remedy_words(base, relu) == "Use leaky ReLU in layer 2"
    assert remedy_words(base, with_activation(base, "relu")) == "Use ReLU"
    assert remedy_words(base, with_learning_rate(base, 0.1)) == "Set learning rate to 0.001"
    assert remedy_words(base, replace(base, l2=0.003)) == "Set L2 to 0.003"
    assert remedy_words(base, replace(base, l1=0.01, l2=0.003)) == "Set L1 to 0.01, set L2 to 0.003"
    assert remedy_words(base, replace(base, precision="float64")) == "Compute in float64"
    assert remedy_words(replace(base, output=ActivationChoice("tanh")), base) == "Use linear at the output"
    assert remedy_words(base, replace(with_activation(base, "relu"), weights=Choice("he-uniform"))) == (
        "Use ReLU, draw weights by He uniform (restarts)"
    )
    both = with_rule(THREE, [0, 1, 2], "straight-through")
    assert remedy_words(THREE, both) == "Use the straight-through rule in layers 1, 2 and 3"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (experiment(activation="step"), "Use the clipped straight-through rule"),
        (experiment(weights=Choice("zeros")), "Draw weights by Glorot uniform (restarts)"),
        (experiment(weights=Choice("constant")), "Draw weights by Glorot uniform (restarts)"),
        (experiment(activation="relu", biases=Choice("constant", {"value": -50.0})), "Use leaky ReLU"),
        (experiment(widths=(6,) * 8, activation="sigmoid"), "Use ReLU, draw weights by He uniform (restarts)"),
        (experiment(weights=Choice("glorot-uniform", {"gain": 200.0})), "Draw weights by Glorot uniform (restarts)"),
        (regression(output=ActivationChoice("sigmoid")), "Use linear at the output"),
        (experiment(optimizer=Choice("sgd"), learning_rate=1e-7), "Set learning rate to "),
    ],
)
def test_the_button_of_every_illness_says_what_it_does_and_cures_it(
    qtbot: QtBot, settings: Experiment, words: str
) -> None:
    panel = panel_of(qtbot, settings)
    frame = make_frame(settings, 64, ("diagnosis",))
    panel.show_frame(frame)
    card = panel.cards.cards[0]
    name = shown(panel)[0]
    assert card.button.accessibleName().startswith(words)
    card.button.click()
    cured = make_frame(panel.lab.experiment, 64, ("diagnosis",))
    show_now(panel, cured)
    assert name not in shown(panel)
    panel.lab.undo_stack.undo()
    assert panel.lab.experiment == settings


def test_the_largest_size_that_fits_is_found() -> None:
    assert best_points(lambda points: points <= 17.2, 9.5, 32) == 17.0
    assert best_points(lambda points: False, 9.5, 32) is None
    assert best_points(lambda points: True, 9.5, 32) == 32
