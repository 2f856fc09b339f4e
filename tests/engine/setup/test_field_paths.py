"""Settings changed by the paths of their fields."""

from __future__ import annotations

import pytest

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.field_paths import with_fields


def test_changes_are_put_in_one_after_the_other() -> None:
    changed = with_fields(
        Experiment(),
        {
            "layers": [{"width": 3}, {"width": 4}, {"width": 5}],
            "layers.*.activation.name": "relu",
            "layers[2].activation.name": "step",
            "layers.0.activation.parameters.at-zero": 0.5,
            "data.seed": 7,
        },
    )
    assert [layer.width for layer in changed.layers] == [3, 4, 5]
    assert [layer.activation.name for layer in changed.layers] == ["relu", "relu", "step"]
    assert changed.layers[0].activation.parameters == {"at-zero": 0.5}
    assert changed.data.seed == 7
    assert with_fields(Experiment(), {}) == Experiment()


def test_the_rule_called_true_needs_no_quotes() -> None:
    changes = {"layers.*.activation.name": "step", "layers.*.activation.rule.name": "arctan"}
    changed = with_fields(with_fields(Experiment(), changes), {"layers.*.activation.rule.name": True})
    assert changed.layers[0].activation.rule.name == "true"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"layers.9.width": 3}, "layers.9.width: found the position '9', expected * or a number from 0 to 1"),
        ({"data.nam": "xor"}, "data.nam: found the field 'nam', expected one of name, samples"),
        ({"seed.x": 1}, "seed.x: found the field 'x' of 0"),
        ({"layers": [{"width": "many"}]}, "layers[0].width: found many, expected a whole number"),
        ({"learning_rate": -1}, "learning_rate: found -1"),
    ],
)
def test_what_cannot_be_changed_is_named(changes: dict[str, object], said: str) -> None:
    with pytest.raises(InputError) as raised:
        with_fields(Experiment(), changes)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "field",
    ["layers.*.on.parameters.x", "x.parameters.y", "parameters.x", "layers.0.activation.parameters.a.parameters.b"],
)
def test_only_a_parameter_of_what_there_is_may_be_new(field: str) -> None:
    with pytest.raises(InputError, match="found the field"):
        with_fields(Experiment(), {field: 1.0})


def test_half_a_pair_of_utf16_is_refused() -> None:
    with pytest.raises(InputError, match="half of a pair"):
        with_fields(Experiment(), {"precision": "\ud800"})
