from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.setup.experiment_file import LARGEST_FILE, decode, encode, load
from stepviz.engine.setup.validation import validate

DEFAULT = Experiment()


def with_first(activation: ActivationChoice) -> Experiment:
    return replace(DEFAULT, layers=(HiddenLayer(4, activation),))


@pytest.mark.parametrize(
    ("experiment", "field", "says"),
    [
        (replace(DEFAULT, learning_rate=float("nan")), "learning_rate", "nan"),
        (replace(DEFAULT, learning_rate=-1.0), "learning_rate", "-1.0"),
        (replace(DEFAULT, layers=(HiddenLayer(10**9),)), "layers[0].width", "1000000000"),
        (replace(DEFAULT, layers=(HiddenLayer(4), HiddenLayer(0))), "layers[1].width", "0"),
        (replace(DEFAULT, precision="float8"), "precision", "float8"),
        (replace(DEFAULT, seed=-1), "seed", "-1"),
        (replace(DEFAULT, loss="0-1"), "loss", "squared-error"),
        (replace(DEFAULT, data=DataSettings("moon")), "data.name", "moons"),
        (replace(DEFAULT, data=DataSettings(features=())), "data.features", "none"),
        (replace(DEFAULT, data=DataSettings(features=("x1", "x1"))), "data.features", "once"),
        (replace(DEFAULT, data=DataSettings(features=("x9",))), "data.features", "x1"),
        (replace(DEFAULT, data=DataSettings("csv")), "data.path", "CSV"),
        (with_first(ActivationChoice("relux")), "layers[0].activation.name", "relu"),
        (
            with_first(ActivationChoice("relu", {"at-zero": 2.0})),
            "layers[0].activation.parameters.at-zero",
            "from 0 to 1",
        ),
        (with_first(ActivationChoice("relu", {"slop": 2.0})), "layers[0].activation.parameters", "at-zero"),
        (with_first(ActivationChoice("tanh", {"slope": float("inf")})), "layers[0].activation.parameters.slope", "inf"),
        (
            with_first(ActivationChoice("tanh", rule=Choice("straight-through"))),
            "layers[0].activation.rule.name",
            "true",
        ),
        (with_first(ActivationChoice("step", rule=Choice("guess"))), "layers[0].activation.rule.name", "arctan"),
        (with_first(ActivationChoice("relu", trained=("at-zero",))), "layers[0].activation.trained", "nothing"),
        (replace(DEFAULT, output=ActivationChoice("tanh")), "output.name", "logits"),
        (replace(DEFAULT, optimizer=Choice("adam", {"beta1": 1.5})), "optimizer.parameters.beta1", "1.5"),
        (replace(DEFAULT, weights=Choice("guess")), "weights.name", "he-normal"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_found_and_what_is_allowed(
    experiment: Experiment, field: str, says: str
) -> None:
    with pytest.raises(InputError) as caught:
        validate(experiment)
    assert caught.value.field == field
    assert says in str(caught.value)


def test_an_experiment_survives_its_file() -> None:
    experiment = replace(
        DEFAULT,
        layers=(HiddenLayer(3, ActivationChoice("step", rule=Choice("arctan", {}))),),
        data=DataSettings("digits"),
        loss="softmax-cross-entropy",
        learning_rate=0.1 + 0.2,
    )
    assert decode(encode(experiment)) == experiment


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "line 1"),
        (b"[]", "JSON list"),
        (b'{"format": "stepviz experiment"', "the end of the file"),
        (b'{\n"format": oops}', "line 2"),
        (b'{"format": "other"}', "'stepviz experiment'"),
        (b'{"format": "stepviz experiment", "version": 99}', "newer"),
        (b'{"format": "stepviz experiment", "version": "1"}', "expected 1"),
        (b'{"format": "stepviz experiment", "version": 1}', "found None"),
        (b'{"format": "stepviz experiment", "version": 1, "experiment": {"seed": NaN}}', "NaN"),
        (b'{"format": "stepviz experiment", "version": 1, "experiment": {"colour": 1}}', "colour"),
        (
            b'{"format": "stepviz experiment", "version": 1, "experiment": {"batch_size": 1.5}}',
            "batch_size: found 1.5, expected a whole number",
        ),
        (
            b'{"format": "stepviz experiment", "version": 1, "experiment": {"layers": "many"}}',
            "layers: found many, expected a list",
        ),
        (b'{"format": "stepviz experiment", "version": 1, "experiment": {"layers": [{"width": 1000000000}]}}', "4096"),
        (b'{"format": "stepviz experiment",\n"learning_rate": NaN, "seed": 1}', "line 2: JSON: found NaN, expected"),
        (b'{"format": "stepviz experiment"', "JSON: found the end of the file, expected"),
        (b"[" * 100_000, "file"),
        (b"\xff\xfe\x00", "line 1"),
        (b'{\n"format": "\x80"}', "line 2"),
    ],
)
def test_a_bad_file_says_what_is_wrong_with_it(text: bytes, says: str) -> None:
    with pytest.raises(InputError) as caught:
        decode(text, "my.json")
    assert says in str(caught.value)
    assert "my.json" in str(caught.value)


def test_a_huge_file_is_not_read(tmp_path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(InputError, match="MB"):
        load(path)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_experiment_or_a_message(text: bytes) -> None:
    # Anything but an InputError fails the test.
    with contextlib.suppress(InputError):
        assert validate(decode(text))


@given(st.integers(0, 600), st.binary(min_size=1, max_size=3))
def test_a_damaged_file_is_an_experiment_or_a_message(place: int, damage: bytes) -> None:
    text = encode(DEFAULT)
    place %= len(text)
    with contextlib.suppress(InputError):
        assert validate(decode(text[:place] + damage + text[place + len(damage) :]))


def test_the_file_is_readable_json_with_a_version() -> None:
    body = msgspec.json.decode(encode(DEFAULT))
    assert body["version"] == 1
    assert body["experiment"]["learning_rate"] == DEFAULT.learning_rate
