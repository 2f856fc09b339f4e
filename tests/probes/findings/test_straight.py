"""Without a layer that bends, the sentence says that only a straight line can be learned."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.setup.validation import validate
from stepviz.probes.diagnosis import Diagnosis
from stepviz.probes.probe_table import PROBES
from stepviz.runtime.run import Run
from tests.ui.built_panels import look

BARE = replace(Experiment(), layers=())


def said(experiment: Experiment, steps: int = 300) -> str:
    run = Run(experiment)
    run.step(steps)
    diagnosis = look(run, frozenset({"diagnosis"}), 1, dict(PROBES)).reading(Diagnosis)
    assert diagnosis is not None
    return diagnosis.sentence


@pytest.mark.parametrize(
    ("experiment", "words"),
    [
        (BARE, "There is no hidden layer: the boundary between the classes is only a straight line"),
        (with_activation(Experiment(), "linear"), "Linear layers in a row are one linear layer: the boundary"),
        (replace(BARE, data=DataSettings("sine"), loss="squared-error"), "the answer is only a straight line"),
        (
            replace(BARE, data=DataSettings("sine"), loss="squared-error", output=ActivationChoice("tanh")),
            "the answer is only a straight line under tanh",
        ),
        (replace(BARE, data=DataSettings("circle", features=("x1^2", "x2^2"))), "straight line of the chosen features"),
        (replace(BARE, optimizer=Choice("openai-es")), "only a straight line"),
    ],
)
def test_the_sentence_says_only_a_straight_line(experiment: Experiment, words: str) -> None:
    assert words in said(experiment)


def test_a_layer_that_bends_is_not_said_to_be_straight() -> None:
    assert "straight line" not in said(Experiment())
    one = with_activation(Experiment(), "linear", 1)
    assert "straight line" not in said(one)


def test_the_remedy_is_a_network_that_bends() -> None:
    run = Run(BARE)
    run.step(200)
    diagnosis = look(run, frozenset({"diagnosis"}), 1, dict(PROBES)).reading(Diagnosis)
    assert diagnosis is not None
    finding = next(each for each in diagnosis.findings if each.name == "only straight")
    assert finding.remedy is not None
    assert validate(finding.remedy).layers[0].activation.name == "tanh"
