from __future__ import annotations

import msgspec
import pytest

from stepviz.engine.common.field_errors import describe
from stepviz.engine.settings.experiment import Experiment


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"learnin_rate": 1}, "learnin_rate: found an unknown field, expected a known one, perhaps learning_rate"),
        ({"data": {"noize": 1}}, "data.noize: found an unknown field, expected a known one, perhaps noise"),
        (
            {"layers": [{"width": 3, "activation": {"name": "tanh", "nme": 1}}]},
            "activation.nme: found an unknown field, expected a known one, perhaps name",
        ),
        ({"optimizer": {"qqq": 1}}, "optimizer.qqq: found an unknown field, expected one of name, parameters"),
        ({"qqq": 1}, "qqq: found an unknown field, expected only known fields"),
        ({"precision": "x" * 9000}, "…, expected one of float64, float32, float16"),
        ({"learning_rate": "fast"}, "learning_rate: found fast, expected a number"),
    ],
)
def test_a_field_that_is_wrong_is_said_with_what_was_meant(raw: dict[str, object], said: str) -> None:
    with pytest.raises(msgspec.ValidationError) as found:
        msgspec.convert(raw, Experiment)
    assert said in str(describe(found.value, raw, Experiment))
