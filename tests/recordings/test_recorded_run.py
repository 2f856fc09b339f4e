"""From a recording to states, findings and words; hostile recordings are refused or opened quickly."""

from __future__ import annotations

import json
import random
import resource
import time
from pathlib import Path

import numpy as np
import pytest

import stepviz_watch
from stepviz import cli
from stepviz.engine.common.errors import InputError
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.probes.stuck_units import ACTIVE, FLAT, NO_SIGNAL, NOT_SEEN, ROUNDED_AWAY
from stepviz.recordings.blocks import MAGIC
from stepviz.recordings.findings import all_findings, diagnose_recording
from stepviz.recordings.follower import Follower, read_recording
from stepviz.recordings.frames import FrameMaker
from stepviz.recordings.recorded_run import RecordedRun
from stepviz.recordings.recorded_subject import shortened
from stepviz.recordings.series import Series, extremes
from stepviz.recordings.summary import as_object, in_text
from stepviz.recordings.unit_states import UnitStates
from stepviz_watch.blocks import words
from stepviz_watch.recorder import Recorder
from stepviz_watch.tables import Layer, Tables


def dying(path: Path, steps: int = 300, death: int = 120) -> Path:
    """Record a network by hand whose unit 1 of «middle» dies."""
    source = np.random.default_rng(0)
    with stepviz_watch.record(path, model="by hand") as recording:
        for step in range(steps):
            deltas = source.normal(size=(5, 3))
            if step >= death:
                deltas[:, 1] = 0
            layers = {}
            for name in ("first", "middle", "last"):
                weights = np.ones((3, 3)) * (10.0 if step >= death and name == "middle" else 1.0)
                layers[name] = weights, source.normal(size=(3, 3)), deltas if name == "middle" else None
            recording.step(loss=1.0 / (step + 1), layers=layers)
            if step == death - 2:
                recording.mark("a learning rate of 100")
        recording.log(test_loss=0.25)
    return path


def test_a_unit_that_dies_is_told_with_its_moment_and_cause(tmp_path: Path) -> None:
    run = read_recording(dying(tmp_path / "a.stepviz-run"))
    assert run.step == 299
    assert run.units.states.tolist() == [ACTIVE, NO_SIGNAL, ACTIVE]
    ledger = run.units.ledger()
    assert ledger.died.tolist() == [[-1, -1], [119, 120], [-1, -1]]
    assert ledger.born_dead.tolist() == [False, False, False]
    found = {finding.name: finding for finding in all_findings(run)}
    sentence = found["dead units"].sentence
    assert "n middle, 1 of 3 units has had no signal since step 120" in sentence
    assert "a learning rate of 100" in sentence
    assert "300 of 300 updates were looked at" in sentence
    assert diagnose_recording(run).sentence.startswith("Loss is falling, but in middle, 1 of 3")


def test_before_a_hundred_updates_nobody_is_dead(tmp_path: Path) -> None:
    run = read_recording(dying(tmp_path / "a.stepviz-run", steps=190))
    assert run.units.states.tolist() == [ACTIVE, ACTIVE, ACTIVE]


def states_of(rows: list[dict[str, object]], units: int = 1) -> UnitStates:
    table = Tables([Layer("a", "", units)]).units
    states = UnitStates((units,))
    for number, values in enumerate(rows):
        states.take(table.row(**{"watched": number + 1, **values})[0])
    return states


def row(step: int, **values: object) -> dict[str, object]:
    return {"step": step, "looks": step, "signal": 0, "passing": 0, "last": 10, "seen": 10, "silent": step - 10,
            "examples": 8, **values}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, FLAT),
        ({"passing": 3}, 3),
        ({"passing": -1}, NO_SIGNAL),
        # An example had a gradient at this watched update: the silent sum has cancelled.
        ({"signal": 1, "seen": 500}, ACTIVE),
        # One had, not long ago, at another watched update.
        ({"seen": 450}, ACTIVE),
        ({"silent": 60, "last": 440, "seen": 440}, ACTIVE),
        # No example can be seen: a silent sum proves nothing, and one that is not silent proves life.
        ({"signal": -1, "passing": -1}, NOT_SEEN),
        ({"signal": -1, "last": 499, "silent": 0}, ACTIVE),
        # Without a bias, only the watched updates speak: there were too few.
        ({"last": -2, "silent": 0}, ACTIVE),
        ({"last": -2, "silent": 0, "watched": 60}, FLAT),
        ({"signal": 5, "seen": 500, "update": 2}, ROUNDED_AWAY),
        ({"signal": 5, "seen": 500, "update": 1}, ACTIVE),
    ],
)
def test_the_rule_of_death(changes: dict[str, object], expected: int) -> None:
    states = states_of([row(10, signal=4, silent=0, passing=4), row(500, **changes)])
    assert states.states.tolist() == [expected]


def test_looks_at_every_other_update_only_count_as_they_are() -> None:
    """100 updates have passed since the last sign of life, but only 25 were looked at."""
    states = states_of([row(10, signal=4, silent=0), row(110, looks=27, silent=25)])
    assert states.states.tolist() == [ACTIVE]


def test_a_unit_that_comes_back_is_counted() -> None:
    states = states_of([row(10, signal=4, silent=0), row(300), row(400, signal=2, seen=400, last=400, silent=0)])
    ledger = states.ledger()
    assert ledger.revived.tolist() == [1]
    assert ledger.revival.tolist() == [[300, 400]]
    assert ledger.died.tolist() == [[10, 11]]


def test_a_file_that_grows_is_followed(tmp_path: Path) -> None:
    whole = dying(tmp_path / "a.stepviz-run").read_bytes()
    growing = tmp_path / "b.stepviz-run"
    growing.write_bytes(whole[:5000])
    follower = Follower.open(growing)
    while follower.read():
        pass
    before = follower.run.step
    assert 0 < before < 299
    with growing.open("ab") as file:
        file.write(whole[5000:])
    while follower.read():
        pass
    follower.close()
    assert follower.run.step == 299
    assert follower.run.ended
    assert follower.damaged == 0


def test_the_summary_in_words_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = dying(tmp_path / "a.stepviz-run")
    assert cli.main(["watch", "--text", str(path)]) == 0
    text = capsys.readouterr().out
    assert "n middle, 1 of 3 units has had no signal since step 120" in text
    assert "test_loss 0.25" in text
    assert cli.main(["watch", "--json", str(path)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["layers"][1]["dead"] == [{"unit": 1, "state": "no signal", "last": 119}]
    assert said["updates"] == 300
    assert said["damaged"] == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04 something else that is long enough", "not a recording"),
        (b"", "no head"),
        (MAGIC, "no head"),
        (MAGIC + words(what="head"), "without a list of layers"),
        (MAGIC + words(what="head", layers=[{"units": -1}]), "number of units of layer 1"),
        (MAGIC + words(what="head", layers=[{"units": 10**9}]), "number of units of layer 1"),
        (MAGIC + words(what="head", layers=[{}] * 30_000), "30,000 layers"),
        (MAGIC + words(what="head", layers=["a"]), "without a list of layers"),
    ],
)
def test_what_cannot_be_used_is_refused(
    content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.stepviz-run"
    path.write_bytes(content)
    assert cli.main(["watch", "--text", str(path)]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert len(said) < 500


def test_no_file_and_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["watch", "--text", str(tmp_path / "none.stepviz-run")]) == 2
    assert cli.main(["watch", "--text", str(tmp_path)]) == 2
    assert "a folder" in capsys.readouterr().err


def test_rows_that_do_not_fit_the_head_are_left_out(tmp_path: Path) -> None:
    tables = Tables([Layer("a", "", 3)])
    flow = tables.flow.declaration() + tables.flow.block(tables.flow.row(step=1))
    units = tables.units.declaration() + tables.units.block(tables.units.row(step=1))
    content = MAGIC + words(what="head", layers=[{"name": "a", "units": 2}, {"name": "b", "units": 0}]) + flow + units
    path = tmp_path / "a.stepviz-run"
    path.write_bytes(content)
    follower = Follower.open(path)
    run = follower.read_all()
    follower.close()
    assert not run.flow
    assert follower.damaged == 2


def mutate(data: bytes, source: random.Random) -> bytes:
    """Return a recording with one of the kinds of damage that disks, programs and people do."""
    kind, at = source.randrange(8), source.randrange(len(data))
    match kind:
        case 0:
            return data[:at] + bytes([data[at] ^ (1 << source.randrange(8))]) + data[at + 1 :]
        case 1:
            return data[:at]
        case 2:
            return data[:at] + data[at + source.randrange(1, 400) :]
        case 3:
            return data[:at] + source.randbytes(source.randrange(1, 400)) + data[at:]
        case 4:
            other = source.randrange(len(data))
            return data[:at] + data[other : other + 2000] + data[at:]
        case 5:
            return data[:at] + b"\0" * source.randrange(1, 5000) + data[at + 100 :]
        case 6:
            # A block of our own with a right checksum: numbers that nobody would write.
            from stepviz_watch.blocks import block

            return (
                data[:200]
                + block(source.randrange(8), source.randbytes(source.randrange(3000)), source.randrange(3))
                + data[200:]
            )
        case _:
            parts = bytearray(data)
            for _ in range(50):
                parts[source.randrange(len(parts))] = source.randrange(256)
            return bytes(parts)


def try_mutants(whole: bytes, folder: Path, seeds: range) -> None:
    path = folder / "mutant.stepviz-run"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused: list[str] = []
    for seed in seeds:
        data = mutate(whole, random.Random(seed))
        path.write_bytes(data)
        began = time.process_time()
        try:
            follower = Follower.open(path)
            run = follower.read_all()
            assert len(diagnose_recording(run).sentence) < 2000
            run.units.ledger()
        except InputError as error:
            refused.append(str(error))
        finally:
            follower.close()
        assert time.process_time() - began < 1.0, seed
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
    assert max(map(len, refused), default=0) < 1000


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return dying(tmp_path_factory.mktemp("mutants") / "a.stepviz-run", steps=60, death=10).read_bytes()


def test_mutants_are_refused_or_opened(whole: bytes, tmp_path: Path) -> None:
    try_mutants(whole, tmp_path, range(120))


@pytest.mark.long
@pytest.mark.timeout(900)
def test_ten_thousand_mutants(whole: bytes, tmp_path: Path) -> None:
    try_mutants(whole, tmp_path, range(120, 10_120))


def test_a_series_keeps_extremes_in_bounded_memory() -> None:
    series = Series(capacity=4096)
    values = np.random.default_rng(3).normal(size=50_000)
    values[31_234], values[17] = 99.0, -99.0
    for start in range(0, 50_000, 500):
        series.add(np.arange(start, start + 500), values[start : start + 500])
    assert len(series) <= 4096
    assert series.values.max() == 99.0
    assert series.values.min() == -99.0
    assert series.newest() == values[-1]
    assert (np.diff(series.steps) > 0).all()


def test_extremes_show_what_is_no_number() -> None:
    values = np.ones(1000)
    values[500] = np.nan
    steps, kept = extremes(np.arange(1000), values, 10)
    assert 500 in steps
    assert np.isnan(kept[steps == 500]).all()


def test_an_empty_run_has_words() -> None:
    assert diagnose_recording(RecordedRun()).sentence == "No update has been recorded yet"


def test_a_unit_is_flat_only_where_it_was_at_every_watched_update() -> None:
    states = states_of([row(10, signal=4, silent=0), row(300, passing=0), row(350, passing=1), row(400, passing=0)])
    assert states.states.tolist() == [3]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("fc", "fc"),
        ("encoder.layers.3.self_attn.out_proj", "e.l.3.self_attn.out_proj"),
        ("a" * 40, "aaaaaaaaa…aaaaaaaaaaaaaaaa"),
    ],
)
def test_long_names_keep_what_tells_them_apart(name: str, short: str) -> None:
    assert shortened(name) == short
    assert len(short) <= 26


def test_a_frozen_layer_is_no_finding(tmp_path: Path) -> None:
    layers = [Layer("frozen", "Linear", 2), Layer("a", "Linear", 2), Layer("b", "Linear", 2), Layer("c", "Linear", 2)]
    recorder = Recorder(tmp_path / "a.stepviz-run", layers)
    nan = np.nan
    for step in range(10):
        figures = {"rms": [nan, 1, 1, 1], "update_ratio": [nan, 0.01, 0.01, 0.01], "entries": [0, 4, 4, 4]}
        ranges = {f"{name}_{end}": figures[name] for name in ("rms", "update_ratio") for end in ("low", "high")}
        flow = recorder.tables.flow.row(step=step, of=1, unchanged=-1, **figures, **ranges)
        units = recorder.tables.units.row(step=step, watched=step + 1, signal=[-1, -1] + [3] * 6, passing=-1, seen=step)
        recorder.losses([step], [1.0 - step / 20], step)
        recorder.watched(flow, None, units)
    recorder.close()
    run = read_recording(tmp_path / "a.stepviz-run")
    assert not [finding for finding in all_findings(run) if finding.ill]
    assert "frozen" in in_text(run)
    assert as_object(run)["layers"][0]["rms"] is None
    frame = FrameMaker(run).frame(None, running=False, look_back=0, histograms=None)
    assert frame is not None
    flow_now = frame.reading(GradientFlow)
    assert flow_now is not None
    assert np.isnan(flow_now.rms[0])
