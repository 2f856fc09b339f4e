"""Damaged sessions and experiments open or are refused, in a second and 200 MB. Run by name; few are in the suite."""

from __future__ import annotations

import io
import sys
import time
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Choice, Experiment, HiddenLayer
from stepviz.engine.setup.experiment_file import encode, load
from stepviz.engine.setup.setup import set_up
from stepviz.engine.setup.switch import with_activation
from stepviz.runtime.run import Run
from stepviz.runtime.session_file import encode_session, load_session, resumed
from tests.runtime.test_looking_back import advance
from tests.runtime.test_session_file import array, rebuilt

LONGEST, MOST_MB, LONGEST_MESSAGE = 1.0, 200, 1000
# What a field may hold instead of what belongs there.
VALUES = (
    None, True, False, -1, 0, 1e308, 2**63, -(2**70), "", "x" * 100_000, "\u0000", [], {}, [[]] * 50_000, ["a"] * 9_000,
    {"a": 1}, [[0, "x"]] * 20_000, [True, 2], 10**9, 100_000, 1000, "relu", "csv", "digits", "float64", 0.5,
)  # fmt: skip
ARRAYS = (
    np.zeros((2**20, 3)), np.zeros(0), np.zeros((0, 5)), np.full((40, 22), np.nan), np.zeros((3, 1, 115), np.float16),
    np.zeros((3, 1, 115), dtype=">f4"), np.array(["a"]), np.zeros((2**12, 22)), np.ones((3, 1, 4), np.float32),
)  # fmt: skip


def written() -> list[bytes]:
    """Return sessions that were written after this and that."""
    runs = [Run(Experiment()), Run(replace(Experiment(), layers=(HiddenLayer(3),), optimizer=Choice("sgd")))]
    for run in runs:
        advance(run, 20)
        run.change(with_activation(run.trainer.experiment, "prelu", None), "Switch")
        advance(run, 5)
        run.change(with_activation(run.trainer.experiment, "relu", None), "Switch")
        run.put(np.array([0, 1]), np.array([0.5, 0.5]), "Edit", fresh=True)
        advance(run, 5)
    return [encode_session(run.session(("loss",))) for run in runs]


def damaged_text(text: bytes, dice: np.random.Generator) -> bytes:
    kind = dice.integers(4)
    if kind == 0:
        changed = bytearray(text)
        for _ in range(int(dice.integers(1, 5))):
            changed[int(dice.integers(len(changed)))] = int(dice.integers(256))
        return bytes(changed)
    if kind == 1:
        digits = [place for place, letter in enumerate(text) if 48 <= letter < 58]
        place = int(dice.choice(digits))
        return text[:place] + bytes(dice.integers(48, 58, size=int(dice.integers(1, 9))).tolist()) + text[place + 1 :]
    if kind == 2:
        ends = sorted(dice.integers(len(text), size=2).tolist())
        return text[: ends[0]] + text[ends[0] : ends[1]] * int(dice.integers(0, 40)) + text[ends[1] :]
    return text[: int(dice.integers(len(text)))]


def with_other_value(body: object, dice: np.random.Generator) -> object:
    """Return nested lists and dictionaries with another value somewhere."""
    if not isinstance(body, dict | list) or not body or dice.random() < 0.15:
        return VALUES[int(dice.integers(len(VALUES)))]
    if isinstance(body, list):
        place = int(dice.integers(len(body)))
        return [with_other_value(value, dice) if number == place else value for number, value in enumerate(body)]
    key = str(dice.choice(list(body)))
    if dice.random() < 0.1:
        return {name: value for name, value in body.items() if name != key}
    return {**body, key: with_other_value(body[key], dice)}


def damaged_experiment(text: bytes, dice: np.random.Generator) -> bytes:
    if dice.random() < 0.5:
        return damaged_text(text, dice)
    return msgspec.json.encode(with_other_value(msgspec.json.decode(text), dice))


def damaged_session(content: bytes, dice: np.random.Generator) -> bytes:
    kind = dice.integers(6)
    if kind == 0:
        return damaged_text(content, dice)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {info.filename.partition(".")[0]: archive.read(info) for info in archive.infolist()}
    if kind == 1:
        name = str(dice.choice(list(parts)))
        return rebuilt(content, **{name: damaged_text(parts[name], dice)})
    if kind == 2:
        name = str(dice.choice([name for name in parts if name != "session"]))
        return rebuilt(content, **{name: array(ARRAYS[int(dice.integers(len(ARRAYS)))])})
    if kind == 3:
        return rebuilt(content, **{str(dice.choice(list(parts))): None})
    body = msgspec.json.decode(parts["session"])
    if kind == 4:
        return rebuilt(content, session=msgspec.json.encode(with_other_value(body, dice)))
    body["experiment"] = damaged_experiment(body["experiment"].encode(), dice).decode("utf-8", "replace")
    return rebuilt(content, session=msgspec.json.encode(body))


def peak() -> float:
    """Return the largest memory of the process since it was last reset, in MB."""
    text = Path("/proc/self/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024


def storm(folder: Path, seed: int, count: int) -> tuple[int, int]:
    """Open damaged files; return how many opened and how many were refused."""
    dice = np.random.default_rng(seed)
    sessions, experiment = written(), encode(Experiment())
    opened = refused = 0
    for number in range(count):
        is_session = dice.random() < 0.7
        path = folder / ("bad.stepviz-session" if is_session else "bad.stepviz")
        content = sessions[number % 2] if is_session else experiment
        path.write_bytes(damaged_session(content, dice) if is_session else damaged_experiment(content, dice))
        Path("/proc/self/clear_refs").write_text("5")
        before, began = peak(), time.process_time()
        try:
            if is_session:
                advance(resumed(load_session(path)), 1)
            else:
                set_up(load(path))
            opened += 1
        except InputError as error:
            refused += 1
            message = str(error)
            assert len(message) <= LONGEST_MESSAGE, message
            assert "\n" not in message
        except Exception as error:
            raise AssertionError(f"case {number} of seed {seed}: {type(error).__name__}: {error}") from error
        assert time.process_time() - began < LONGEST, f"case {number} of seed {seed}: {path.stat().st_size} bytes"
        assert peak() - before < MOST_MB, f"case {number} of seed {seed}: {path.stat().st_size} bytes"
    return opened, refused


linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


@linux
def test_some_damaged_files_open_or_are_refused(tmp_path: Path) -> None:
    opened, refused = storm(tmp_path, 0, 150)
    assert opened > 5
    assert refused > 50


@linux
@pytest.mark.long
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", range(1, 11))
def test_ten_thousand_damaged_files_open_or_are_refused(seed: int, tmp_path: Path) -> None:
    storm(tmp_path, seed, 1000)


TABLE = '{"experiment": {"data": {"content": [%s[]]}}}'
SMALL_BOMBS = {
    "marks": lambda body: {**body, "marks": [[0, ""]] * 2_000_000},
    "panels": lambda body: {**body, "panels": [""] * 4_000_000},
    "aside": lambda body: {**body, "aside": [[]] * 4_000_000},
    "settings": lambda body: {**body, "experiment": "[]," * 5_000_000},
    "table": lambda body: {**body, "experiment": TABLE % ("[]," * 4_000_000)},
    "layers": lambda body: {**body, "experiment": body["experiment"].replace('"width": 8', '"width": 4000')},
    "samples": lambda body: {**body, "experiment": body["experiment"].replace('"samples": 400', '"samples": 100000')
                             .replace('"width": 8', '"width": 1000')},
}  # fmt: skip


@linux
@pytest.mark.parametrize("name", SMALL_BOMBS)
def test_a_small_file_never_takes_much_memory(name: str, tmp_path: Path) -> None:
    content = encode_session(Run(Experiment()).session())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        body = msgspec.json.decode(archive.read("session.json"))
    path = tmp_path / "bad.stepviz-session"
    session = msgspec.json.encode(SMALL_BOMBS[name](body))
    path.write_bytes(rebuilt(content, session=session))
    Path("/proc/self/clear_refs").write_text("5")
    before, began = peak(), time.process_time()
    with pytest.raises(InputError, match=r"bad\.stepviz-session"):
        load_session(path)
    assert time.process_time() - began < LONGEST
    assert peak() - before < MOST_MB


@linux
def test_a_long_text_that_is_no_experiment_is_not_built(tmp_path: Path) -> None:
    path = tmp_path / "bad.stepviz"
    path.write_bytes(b"[" + b"[]," * 5_000_000 + b"[]]")
    Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    with pytest.raises(InputError, match=r"found 14\.3 MB beside the table, expected at most 2 MB of settings"):
        load(path)
    assert peak() - before < MOST_MB


def test_a_shape_of_truth_values_is_no_shape(tmp_path: Path) -> None:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (True, 2), }".ljust(117) + b"\n"
    member = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(8)
    path = tmp_path / "bad.stepviz-session"
    path.write_bytes(rebuilt(encode_session(Run(Experiment()).session()), state=member))
    with pytest.raises(InputError, match=r"state: found float32 of shape \(True, 2\), expected an array of numbers"):
        load_session(path)
