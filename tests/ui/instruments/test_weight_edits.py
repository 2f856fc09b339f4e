"""Parameters written by hand: several at once, undone alone, and only while the network keeps its shape."""

from __future__ import annotations

from dataclasses import replace as with_fields

import numpy as np
import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Choice, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.runtime.commands import Command, PutParameters
from stepviz.runtime.frame import Frame
from stepviz.ui.core.lab import Lab
from stepviz.ui.instruments.weight_edits import WeightEdits, drawn_anew, parameters_of_unit
from tests.ui.built_panels import network
from tests.ui.frames import make_frame


class Bench:
    def __init__(self, frame: Frame) -> None:
        self.sent: list[Command] = []
        self.lab = Lab(frame.experiment, self.sent.append)
        self.lab.frame = self.frame = frame
        self.edits = WeightEdits(self.lab)

    @property
    def values(self) -> list[dict[int, float]]:
        return [
            dict(zip(command.indices.tolist(), command.values.tolist(), strict=True))
            for command in self.sent
            if isinstance(command, PutParameters)
        ]


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(make_frame(network(4, 3), 5, ()))


def test_the_parameters_of_a_unit_are_its_column_bias_and_slope(qtbot: QtBot) -> None:
    trainer = Trainer(network(4, 3, activation="prelu"))
    row = np.arange(trainer.network.layout.size, dtype=float)
    named = trainer.network.layout.named(row[None])
    found = parameters_of_unit(trainer.network.layout, 1, 2)
    expected = [*named["layer2.weights"][:, 2], named["layer2.biases"][2], named["layer2.slope"][2]]
    assert found == expected


def test_several_are_one_change_and_one_undo(bench: Bench) -> None:
    before = bench.frame.parameters
    bench.edits.edit_all({2: 1.5, 7: -2.0}, "Both")
    assert bench.lab.undo_stack.undoText() == "Both"
    assert bench.values[-1] == {2: 1.5, 7: -2.0}
    bench.lab.undo_stack.undo()
    assert bench.values[-1] == {2: float(before[2]), 7: float(before[7])}


def test_undo_leaves_alone_what_training_has_moved_meanwhile(bench: Bench) -> None:
    frame = bench.frame
    old = float(frame.parameters[2])
    bench.edits.edit_all({2: 1.5}, "One")
    trained = frame.parameters + 0.25
    bench.lab.frame = with_fields(frame, parameters=trained)
    bench.lab.undo_stack.undo()
    assert bench.values[-1] == {2: old}


def test_a_session_is_one_entry_of_the_undo_stack(bench: Bench) -> None:
    for value in (1.0, 2.0, 3.0):
        bench.edits.edit_all({4: value}, f"To {value:g}", session=9)
    bench.edits.edit_all({5: 1.0}, "Another", session=9)
    assert [bench.lab.undo_stack.text(place) for place in range(2)] == ["To 3", "Another"]


def test_nothing_new_is_no_change(bench: Bench) -> None:
    bench.edits.edit_all({2: float(bench.frame.parameters[2])}, "The same")
    bench.edits.edit_all({10_000: 1.0}, "No such parameter")
    assert bench.lab.undo_stack.count() == 0
    assert bench.sent == []


def test_an_undo_of_another_shape_does_nothing(bench: Bench) -> None:
    bench.edits.edit_all({2: 1.5}, "One")
    bench.lab.frame = make_frame(network(2), 0, ())
    bench.lab.undo_stack.undo()
    assert len(bench.values) == 1


def test_a_unit_is_drawn_anew_by_the_initialisers_of_the_experiment(qtbot: QtBot) -> None:
    settings = replace(network(4, 3), weights=Choice("uniform", {"radius": 0.5}), biases=Choice("constant"))
    frame = make_frame(settings, 5, ())
    one, two = drawn_anew(frame, 1, 2, 17), drawn_anew(frame, 1, 2, 18)
    assert list(one) == parameters_of_unit(frame.setup.network.layout, 1, 2)
    assert one != two
    assert one == drawn_anew(frame, 1, 2, 17)
    *weights, bias = one.values()
    assert all(abs(weight) <= 0.5 for weight in weights)
    assert bias == pytest.approx(0.1)


def test_without_a_frame_nothing_is_sent(qtbot: QtBot) -> None:
    sent: list[Command] = []
    edits = WeightEdits(Lab(replace(network(4), layers=(HiddenLayer(1),)), sent.append))
    edits.edit(0, 1.0)
    edits.edit_all({0: 1.0}, "One")
    edits.reset(0)
    assert sent == []
