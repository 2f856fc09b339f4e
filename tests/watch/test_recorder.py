"""The recorder without any framework: its figures, and what it does when the disk, the process or the memory ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stepviz_watch
from stepviz_watch.appender import Appender
from tests.watch.reading import Read

ROOT = Path(__file__).resolve().parents[2]


def test_figures_of_plain_arrays(tmp_path: Path) -> None:
    source = np.random.default_rng(1)
    weights, gradients = source.normal(size=(4, 3)), source.normal(size=(4, 3))
    gradients[0] = 0
    deltas = source.normal(size=(10, 4))
    deltas[:, 2] = 0
    with stepviz_watch.record(tmp_path / "a.stepviz-run", model="by hand") as recording:
        recording.mark("before the first step")
        recording.step(loss=np.float32(2.5), layers={"first": (weights, gradients, deltas)})
        recording.step(loss=2.0, layers={"first": (weights + 0.5, gradients, deltas)})
        recording.log(test_loss=1.5)
    read = Read(tmp_path / "a.stepviz-run")
    assert read.head["model"] == "by hand"
    assert read.head["layers"] == [{"name": "first", "kind": "", "units": 4}]
    assert read["loss"]["loss"].tolist() == [2.5, 2.0]
    first, second = read["flow"]
    assert first["rms"][0] == pytest.approx(np.sqrt(np.mean(gradients**2)))
    assert (first["zeros"][0], first["entries"][0]) == (3, 12)
    assert np.isnan(first["update_ratio"][0])
    assert second["update_ratio"][0] == pytest.approx(0.5 * np.sqrt(12) / np.linalg.norm(weights))
    assert first["delta_norm"][0] == pytest.approx(np.sqrt(np.mean(np.sum(deltas**2, axis=1))))
    assert read["units"][1]["signal"].tolist() == [10, 10, 0, 10]
    assert read["units"][1]["seen"].tolist() == [1, 1, -1, 1]
    assert read["units"][1]["silent"].tolist() == [0, 0, 2, 0]
    assert read["histograms"]["gradients"][0].sum() == 9
    assert read.said("mark") == [{"what": "mark", "step": 0, "text": "before the first step"}]
    assert read.said("name") == [{"what": "name", "number": 0, "name": "test_loss"}]
    assert read["logged"][0]["value"] == 1.5
    assert read.said("end")[0]["dropped"] == 0


def test_layers_may_come_later_than_losses(tmp_path: Path) -> None:
    with stepviz_watch.record(tmp_path / "a.stepviz-run") as recording:
        recording.step(loss=3.0)
        recording.step(loss=2.0)
        recording.step(loss=1.0, layers={"a": (np.ones(2), np.ones(2), None)})
    read = Read(tmp_path / "a.stepviz-run")
    assert read["loss"]["loss"].tolist() == [3.0, 2.0, 1.0]
    assert read["flow"]["step"].tolist() == [2]
    assert [layer["name"] for layer in read.head["layers"]] == ["a"]


class Foreign:
    """An array of a framework that only speaks DLPack."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __dlpack__(self, **options: Any) -> Any:
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._array.__dlpack_device__()


def test_arrays_come_through_dlpack(tmp_path: Path) -> None:
    with stepviz_watch.record(tmp_path / "a.stepviz-run") as recording:
        parts = [Foreign(np.full((2, 2), value, np.float32)) for value in (1.0, 0.5)]
        recording.step(loss=1.0, layers={"a": (*parts, Foreign(np.ones((3, 2), np.float32)))})
    assert Read(tmp_path / "a.stepviz-run")["flow"][0]["rms"][0] == 0.5


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ({"a": (np.ones(3), np.ones(2), None)}, r"a: weights have the shape \(3,\)"),
        ({"a": np.ones(3)}, "a: expected"),
        ({"a": ("no", "no", None)}, "a, weights: expected real numbers"),
        ({"a": (np.ones(3), np.ones(3), np.ones(3))}, "a: expected deltas of shape"),
        ({"a": (object(), np.ones(3), None)}, "a, weights"),
    ],
)
def test_what_is_no_layer_is_refused(layers: Any, message: str, tmp_path: Path) -> None:
    recording = stepviz_watch.record(tmp_path / "a.stepviz-run")
    with pytest.raises((TypeError, ValueError), match=message):
        recording.step(loss=1.0, layers=layers)
    recording.close()


def test_a_path_that_is_taken_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = tmp_path / "new" / "a.stepviz-run"
    for number in range(3):
        with stepviz_watch.record(taken) as recording:
            recording.step(loss=float(number))
    assert [float(Read(path)["loss"]["loss"][0]) for path in sorted(taken.parent.iterdir())] == [1.0, 2.0, 0.0]
    assert "a-2.stepviz-run" in capsys.readouterr().err


def test_it_loads_neither_a_framework_nor_a_window() -> None:
    code = "import sys, stepviz_watch; print([m for m in ('torch', 'PySide6', 'stepviz', 'jax') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_put_never_waits_for_the_disk() -> None:
    """A pipe that nobody reads stands for a disk that hangs."""
    read_end, write_end = os.pipe()
    appender = Appender(write_end, lambda item: [item], room=1_000_000)
    piece = b"x" * 100_000
    began = time.perf_counter()
    fitting = [appender.put(piece, len(piece)) for _ in range(60)]
    assert time.perf_counter() - began < 0.5
    assert 10 <= sum(fitting) < 20
    assert appender.dropped == 60 - sum(fitting)
    got = 0
    while got < len(piece) * sum(fitting):
        got += len(os.read(read_end, 1 << 20))
    appender.close()
    assert appender.written == got
    os.close(read_end)


WRITER = """
    import sys, time, numpy as np, stepviz_watch
    w, d = np.ones((50, 40)), np.ones((8, 50))
    r = stepviz_watch.record(sys.argv[1])
    step = 0
    while True:
        r.step(loss=step, layers={"a": (w, w, d), "b": (w, w, d)})
        if step % 10 == 0:
            print(step, time.time(), flush=True)
        step += 1
        time.sleep(0.0005)
"""


def kill_one(path: Path, after: int) -> None:
    """Kill a writer once it has printed so many lines; what it wrote is there, whole."""
    writer = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert writer.stdout is not None
    for _ in range(after):
        line = writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    killed = time.time()
    rest = writer.stdout.read().splitlines()
    writer.wait()
    writer.stdout.close()
    read = Read(path)
    assert read.reader.damaged == 0
    steps = read["loss"]["step"] if "loss" in read.rows else np.zeros(0, np.int64)
    assert steps.tolist() == list(range(len(steps)))
    said = [one.split() for one in [line, *rest] if len(one.split()) == 2]
    kept = [int(step) for step, at in said if float(at) < killed - 0.5]
    assert not kept or (len(steps) and steps[-1] >= kept[-1])


@pytest.mark.parametrize("after", [1, 4, 15])
def test_killed(after: int, tmp_path: Path) -> None:
    kill_one(tmp_path / "a.stepviz-run", after)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_fifty_kills(tmp_path: Path) -> None:
    for number in range(50):
        kill_one(tmp_path / f"{number}.stepviz-run", 1 + number % 20)


FULL = """
    import resource, signal, sys, time, numpy as np, stepviz_watch
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))
    w = np.random.default_rng(0).normal(size=(300, 40))
    r = stepviz_watch.record(sys.argv[1])
    for step in range(300):
        r.step(loss=step, layers={"a": (w, w, w)})
        if step == 200:
            until = time.time() + 20
            while not r._recorder.trouble and time.time() < until:
                time.sleep(0.01)
            assert r._recorder.trouble, "the disk was to be full"
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    r.close()
    print("trained", r._recorder.dropped)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of file sizes is POSIX's")
def test_a_full_disk_reaches_neither_training_nor_file(tmp_path: Path) -> None:
    path = tmp_path / "a.stepviz-run"
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL), str(path)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    word, dropped = done.stdout.split()
    assert word == "trained"
    assert int(dropped) > 0
    read = Read(path)
    assert read.reader.damaged <= 1
    assert read["loss"]["step"][-1] == 299
    assert read.said("end")[0]["dropped"] == int(dropped)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_leaves_the_file_alone(tmp_path: Path) -> None:
    code = """
        import os, sys, stepviz_watch
        r = stepviz_watch.record(sys.argv[1])
        r.step(loss=0.0)
        child = os.fork()
        for step in range(1, 50):
            r.step(loss=float(step if child else -step))
        r.close()
        if child:
            assert os.waitpid(child, 0)[1] == 0
    """
    path = tmp_path / "a.stepviz-run"
    subprocess.run([sys.executable, "-c", textwrap.dedent(code), str(path)], cwd=ROOT, check=True, timeout=60)
    read = Read(path)
    assert read.reader.damaged == 0
    assert read["loss"]["loss"].tolist() == list(range(50))
    assert len(read.said("end")) == 1


def test_a_long_recording_stays_below_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.stepviz-run"
    source = np.random.default_rng(2)
    weights = source.normal(size=(8, 4))
    with stepviz_watch.record(path, size_limit=1) as recording:
        for step in range(800):
            scale = 1e6 if step == 650 else 1.0
            recording.step(loss=1e9 if step == 700 else float(step), layers={
                f"layer {n}": (weights, scale * source.normal(size=(8, 4)), source.normal(size=(4, 8)))
                for n in range(40)
            })  # fmt: skip
    read = Read(path)
    assert path.stat().st_size <= 1_000_000
    assert len(read["flow"]) < 600
    assert read["flow"]["of"].sum() == 800
    assert read["flow"]["rms_high"].max() > 1e5
    assert read["loss"]["loss"].max() == 1e9
    assert read["loss"]["step"][-1] == 799
