"""The file of a prepared class: read back as it was written, and refused in words where it is hostile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment
from stepviz.engine.setup.edits import with_data
from stepviz.engine.setup.open_file import with_csv
from stepviz.engine.setup.shape import with_layer, with_width
from stepviz.engine.setup.switch import with_activation
from stepviz.lessons.handout import LARGEST_FILE, LOCKS, Handout, decode, encode, load_handout, locked_part, prepared

USUAL = Handout("Dying units", Experiment(), "Find one", ("loss", "stuck_units"), ("data",), True, True)


def body(**changes: Any) -> bytes:
    content = json.loads(encode(USUAL))
    content["class"] |= changes
    return json.dumps(content).encode()


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    (tmp_path / "a.stepviz-class").write_bytes(encode(USUAL))
    assert load_handout(tmp_path / "a.stepviz-class") == USUAL


def test_a_table_goes_inside(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,c\n" + "".join(f"{n},{n * n % 7},{n % 2}\n" for n in range(40)))
    handout = prepared(replace(USUAL, experiment=with_csv(Experiment(), tmp_path / "t.csv")))
    (tmp_path / "t.csv").unlink()
    again = decode(encode(handout))
    assert again.experiment.data.content
    assert "/" not in again.experiment.data.path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"{", "JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", "format"),
        (b'{"format": "stepviz experiment"}', "stepviz class"),
        (b'{"format": "stepviz class", "version": 2}', "version"),
        (b'{"format": "stepviz class", "version": 1}', "class"),
        (b"\x80\x04\x95pickle", "UTF-8"),
        (body(title=""), "title"),
        (body(title="a\nb"), "title"),
        (body(text="x" * 2001), "text"),
        (body(panels=["los"]), "loss"),
        (body(panels=["loss"] * 100), "panels"),
        (body(locked=["everything"]), "locked"),
        (body(code="import os"), "code"),
        (body(experiment={"data": {"samples": 10**9}}), "samples"),
        (body(experiment={"data": {"samples": 90_000}}), "at most 20,000"),
        (body(experiment={"layers": [{"width": 4000}] * 8}), "at most 200,000"),
        (body(experiment={"data": {"name": "csv", "path": "/etc/passwd"}}), "no table"),
        (body(experiment={"learning_rate": "fast"}), "learning_rate"),
    ],
)
def test_what_is_hostile_is_refused_in_words(text: bytes, words: str) -> None:
    with pytest.raises(InputError) as refused:
        decode(text, "it.stepviz-class")
    assert words in str(refused.value)
    assert "it.stepviz-class" in str(refused.value)
    assert len(str(refused.value)) < 1000


@given(st.binary(max_size=300) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
).map(lambda value: json.dumps({"format": "stepviz class", "version": 1, "class": value}).encode()))  # fmt: skip
def test_nothing_but_an_input_error_comes_of_any_bytes(text: bytes) -> None:
    with pytest.raises(InputError):
        decode(text)


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "long.stepviz-class"
    path.write_bytes(b" " * (LARGEST_FILE + 1))
    with pytest.raises(InputError):
        load_handout(path)


BASE = Experiment()
CHANGES = {
    "activation": (with_activation(BASE, "relu"),
                   with_activation(BASE, ActivationChoice("tanh", parameters={"slope": 2.0}), 2)),
    "data": (replace(BASE, data=DataSettings("xor")), replace(BASE, data=replace(BASE.data, noise=0.3))),
    "network": (with_layer(BASE), with_width(BASE, 0, 3), replace(BASE, layers=())),
    "training": (replace(BASE, learning_rate=0.5), replace(BASE, seed=4), replace(BASE, optimizer=Choice("sgd"))),
}  # fmt: skip


@pytest.mark.parametrize("key", CHANGES)
def test_a_lock_holds_its_own_part_and_no_other(key: str) -> None:
    for after in CHANGES[key]:
        assert locked_part(BASE, after, (key,)) == key
        assert locked_part(BASE, after, tuple(other for other in LOCKS if other != key)) == ""


def test_other_data_bring_their_loss_where_only_the_training_is_locked() -> None:
    after = with_data(BASE, DataSettings("sine"))
    assert after.loss != BASE.loss
    assert locked_part(BASE, after, ("training", "network")) == ""
