"""A session goes on bit for bit from its file; a file that is not one gives a message."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.drawing import Drawing
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment
from stepviz.engine.settings.limits import MOST_CONTENT
from stepviz.engine.setup.field_paths import with_fields
from stepviz.engine.setup.switch import with_activation
from stepviz.runtime.run import Run
from stepviz.runtime.session_file import SUFFIX, encode_session, load_session, resumed, session_of
from tests.runtime.test_looking_back import advance


def saved(run: Run, folder: Path) -> Path:
    path = folder / f"run{SUFFIX}"
    path.write_bytes(encode_session(session_of(run, ("loss", "response"))))
    return path


@pytest.fixture
def run() -> Run:
    run = Run(replace(Experiment(), optimizer=Choice("adam")))
    advance(run, 30)
    run.change(with_activation(run.trainer.experiment, ActivationChoice("prelu"), None), "Switch to PReLU")
    advance(run, 30)
    return run


def test_the_run_goes_on_bit_for_bit(run: Run, tmp_path: Path) -> None:
    again = resumed(load_session(saved(run, tmp_path)), run)
    assert again.trainer.experiment == run.trainer.experiment
    assert (again.trainer.step_count, again.generation) == (180, run.generation + 1)
    for each in (run, again):
        advance(each, 20)
    np.testing.assert_array_equal(again.trainer.theta, run.trainer.theta)
    np.testing.assert_array_equal(again.trainer.slots, run.trainer.slots)
    before, after = run.recorder.view(), again.recorder.view()
    assert before.marks == after.marks
    for name, column in before.columns.items():
        np.testing.assert_array_equal(after.columns[name], column, err_msg=name)
    np.testing.assert_array_equal(again.recorder.path.parameters, run.recorder.path.parameters)


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_a_normalised_run_goes_on_bit_for_bit(run: Run, tmp_path: Path, norm: str) -> None:
    run.change(with_fields(run.trainer.experiment, {"layers.*.normalization": norm}), "Normalise")
    advance(run, 30)
    again = resumed(load_session(saved(run, tmp_path)), run)
    assert np.any(again.trainer.parameters()["layer1.gamma"] != 1.0)
    for each in (run, again):
        advance(each, 20)
    np.testing.assert_array_equal(again.trainer.theta, run.trainer.theta)
    assert again.trainer.loss("test") == run.trainer.loss("test")


def test_one_session_has_one_content(run: Run) -> None:
    assert encode_session(session_of(run)) == encode_session(session_of(run))


def test_of_a_run_that_is_looked_back_at_the_past_is_saved(run: Run, tmp_path: Path) -> None:
    run.go_to(50)
    session = load_session(saved(run, tmp_path))
    assert session.moment.step == run.trainer.step_count <= 50
    assert session.moment.setup.experiment.layers[0].activation.name == "tanh"
    assert session.recorded.history.rows[-1, 0] <= 50
    assert session.recorded.marks == ()
    again = resumed(session, run)
    advance(again, 3)


def test_the_instruments_in_view_are_named(run: Run, tmp_path: Path) -> None:
    assert load_session(saved(run, tmp_path)).panels == ("loss", "response")


def rebuilt(content: bytes, **parts: bytes | None) -> bytes:
    """Return the archive with other parts, or without those that are None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for info in before.infolist():
            name = info.filename.partition(".")[0]
            part = parts[name] if name in parts else before.read(info)
            if part is not None:
                after.writestr(info.filename, part)
    return out.getvalue()


def array(values: object, **options: object) -> bytes:
    out = io.BytesIO()
    np.save(out, values, **options)  # type: ignore[call-overload]  # whatever a hostile file may hold
    return out.getvalue()


def broken(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        contents = msgspec.json.decode(archive.read("session.json"))
        state = np.load(io.BytesIO(archive.read("state.npy")))
        history = np.load(io.BytesIO(archive.read("history.npy")))
    nan = state.copy()
    nan[0, 0, 0] = np.nan
    json = {
        "newer": {**contents, "version": 99},
        "negative step": {**contents, "step": -1},
        "no experiment": {key: value for key, value in contents.items() if key != "experiment"},
        "huge width": {**contents, "experiment": contents["experiment"].replace('"width": 8', '"width": 1000000000')},
        "unknown": {**contents, "code": "import os"},
    }
    return {
        **{name: rebuilt(content, session=msgspec.json.encode(value)) for name, value in json.items()},
        "nan": rebuilt(content, state=array(nan)),
        "shape": rebuilt(content, state=array(state[:, :, :-1])),
        "dtype": rebuilt(content, state=array(state.astype(np.float64))),
        "pickle": rebuilt(content, state=array(np.array([{}], dtype=object), allow_pickle=True)),
        "backwards": rebuilt(content, history=array(history[::-1])),
        "wide": rebuilt(content, history=array(np.hstack([history, history]))),
        "no state": rebuilt(content, state=None),
        "no json": rebuilt(content, session=None),
        "text": rebuilt(content, history=b"hello"),
        "bomb": rebuilt(content, history=b"\0" * 50_000_000),
        "empty": b"",
        "not zip": b"PK\x03\x04 nothing",
    }


BROKEN = (
    "newer", "negative step", "no experiment", "huge width", "unknown", "nan", "shape", "dtype", "pickle", "backwards",
    "wide", "no state", "no json", "text", "bomb", "empty", "not zip",
)  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_a_session_is_said(run: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / f"bad{SUFFIX}"
    path.write_bytes(broken(encode_session(session_of(run)))[name])
    with pytest.raises(InputError, match=f"bad{SUFFIX}"):
        load_session(path)


@pytest.fixture(scope="module")
def content() -> bytes:
    run = Run(Experiment())
    advance(run, 30)
    return encode_session(session_of(run, ("loss",)))


def flipped(content: bytes, flips: list[tuple[float, int]]) -> bytes:
    """Return the bytes with others at some places, given as shares of the length."""
    changed = bytearray(content)
    for share, value in flips:
        changed[int(share * len(changed))] = value
    return bytes(changed)


FLIPS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4)
PARTS = {"session": 1.0, "state": 1.0, "history": 1.0, "path": 1.0}
# The first bytes of an array say what it is.
HEADS = {"state": 0.02, "history": 0.005, "path": 0.02}


@settings(max_examples=250, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.sampled_from(["file", "end", "cut", *PARTS, *(f"{name} head" for name in HEADS)]), FLIPS)
def test_damage_anywhere_gives_a_message_or_a_session_that_goes_on(
    content: bytes, tmp_path: Path, kind: str, flips: list[tuple[float, int]]
) -> None:
    name, _, head = kind.partition(" ")
    if kind == "file":
        damaged = flipped(content, flips)
    elif kind == "end":
        damaged = content[:-500] + flipped(content[-500:], flips)
    elif kind == "cut":
        damaged = content[: int(flips[0][0] * len(content))]
    else:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            part = archive.read("session.json" if name == "session" else f"{name}.npy")
        reach = HEADS[name] if head else PARTS[name]
        damaged = rebuilt(content, **{name: flipped(part, [(reach * share, value) for share, value in flips])})
    path = tmp_path / f"bad{SUFFIX}"
    path.write_bytes(damaged)
    try:
        session = load_session(path)
    except InputError as error:
        message = str(error)
        assert message.startswith(f"bad{SUFFIX}")
        assert "\n" not in message
        return
    again = resumed(session, Run(Experiment()))
    advance(again, 3)
    assert again.recorder.view().columns


@pytest.mark.parametrize(
    "header",
    [b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, ", b"(" * 200, b"  {\n x", b"[" * 5000, b"\xff" * 60,
     b"{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,), }", b"{'descr': 'O', 'shape': (1,)}"],
)  # fmt: skip
def test_what_only_begins_like_an_array_is_said(run: Run, tmp_path: Path, header: bytes) -> None:
    member = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    path = tmp_path / f"bad{SUFFIX}"
    path.write_bytes(rebuilt(encode_session(session_of(run)), state=member))
    with pytest.raises(InputError, match=f"bad{SUFFIX}: state: found "):
        load_session(path)


def test_a_part_packed_in_another_way_a_list_without_end_and_a_pipe_are_refused(run: Run, tmp_path: Path) -> None:
    content = encode_session(session_of(run))
    path = tmp_path / f"bad{SUFFIX}"
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as after:
        for info in before.infolist():
            after.writestr(info.filename, before.read(info))
    path.write_bytes(packed.getvalue())
    with pytest.raises(InputError, match="found the kind of compression 14"):
        load_session(path)
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(2000):
            archive.writestr(f"{number:05}", b"")
    path.write_bytes(many.getvalue())
    with pytest.raises(InputError, match="too many parts in it"):
        load_session(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(InputError, match="found a device or pipe, expected a session"):
        load_session(path)


def test_drawn_data_and_a_table_inside_travel_with_the_session(tmp_path: Path) -> None:
    points = ((-0.5, 0.25, 0.0), (0.5, -0.25, 1.0), (0.75, 0.5, 1.0))
    drawing = Drawing(points, class_names=("a", "b"))
    rows = "x,y,kind\n" + "0.5,1.5,in\n1.5,0.5,out\n" * 1000
    for data in (DataSettings("drawn", drawing=drawing), DataSettings("csv", path="t.csv", content=rows)):
        run = Run(replace(Experiment(), data=data))
        advance(run, 10)
        again = resumed(load_session(saved(run, tmp_path)), run)
        assert again.trainer.experiment.data == data
        assert again.trainer.dataset.inputs.tobytes() == run.trainer.dataset.inputs.tobytes()


def test_the_longest_table_fits_a_session(tmp_path: Path) -> None:
    # A line of quoted cells, whose quotes are escaped in the text in the text.
    row = '"1","2","a"\n'
    data = DataSettings("csv", path="t.csv", content="x,y,kind\n" + row.replace("a", "b") + row * 99_000)
    assert len(data.content) > MOST_CONTENT // 2
    run = Run(replace(Experiment(), data=data))
    assert load_session(saved(run, tmp_path)).moment.setup.experiment.data == data
