"""The mechanism: same bytes each time and everywhere, what is finished is kept, hostile arguments are refused."""

from __future__ import annotations

import dataclasses
import os
import pickle
import subprocess
import sys
import threading
import time
import tracemalloc
from threading import Event, Timer

import msgspec
import psutil
import pytest

from stepviz.engine.common.errors import InputError
from stepviz.studies import backends
from stepviz.studies import study as study_module
from stepviz.studies.backends import compute, one_process, other_processes, processes, same_program
from stepviz.studies.run import Progress, StudyCancelledError, run_study
from stepviz.studies.settings import resolve
from stepviz.studies.study_table import STUDIES
from tests.studies.processes import command_of, own_processes

SMALL = {"depth": ["4"], "width": ["2", "3"]}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch, request):
    """Cut even small studies into several chunks."""
    if request.function is not test_chunks_fit_their_memory:
        monkeypatch.setattr(study_module, "LARGEST_CHUNK", 2**17)


def run(output, seeds=2000, **options):
    return run_study("born-dead", SMALL, seeds, output, backend=one_process, **options)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_same_seed_same_bytes(tmp_path):
    first, second = run(tmp_path / "a"), run(tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert [file.name for file in first.files] == ["born-dead.csv", "born-dead.json", "born-dead.svg"]
    assert second.table.columns == first.table.columns
    other = run(tmp_path / "c", seed=1)
    assert other.table.columns["born_dead"] != first.table.columns["born_dead"]


def test_several_processes_give_the_same_bytes(tmp_path):
    run(tmp_path / "one")
    run_study("born-dead", SMALL, 2000, tmp_path / "two", backend=processes(2))
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_processes_of_the_same_program_give_the_same_bytes(tmp_path):
    run_study("born-dead", SMALL, 2000, tmp_path / "one", backend=one_process)
    run_study("born-dead", SMALL, 2000, tmp_path / "two", backend=lambda chunks: same_program(chunks, 2))
    assert (tmp_path / "one" / "born-dead.csv").read_bytes() == (tmp_path / "two" / "born-dead.csv").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="there joblib always can")
def test_where_joblib_could_not_end_its_processes_they_are_this_program_again(monkeypatch):
    chosen = []
    monkeypatch.setattr(backends, "same_program", lambda chunks, jobs, gently: chosen.append(("same", jobs, gently)))
    monkeypatch.setattr(
        backends, "other_processes", lambda chunks, jobs, gently: chosen.append(("other", jobs, gently))
    )
    chunks = [None, None, None]
    processes(2)(chunks)
    monkeypatch.setattr(backends, "find_spec", lambda _name: None)
    monkeypatch.setattr(backends, "which", lambda _name: None)
    processes(2)(chunks)
    monkeypatch.setattr(backends, "which", lambda name: f"/usr/bin/{name}")
    processes(2, apart=True)(chunks)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    processes(1, apart=True)(chunks)
    assert chosen == [("other", 2, False), ("same", 2, False), ("other", 2, True), ("same", 1, True)]


def test_settings_and_versions_are_written_and_no_time(tmp_path):
    run(tmp_path)
    body = msgspec.json.decode((tmp_path / "born-dead.json").read_bytes())
    assert body["settings"] == {"depth": [4], "width": [2, 3]}
    assert body["seeds"] == 2000
    assert set(body["versions"]) == {"study", "stepviz", "python", "numpy"}
    lines = (tmp_path / "born-dead.csv").read_text().splitlines()
    share = float(lines[1].split(",")[lines[0].split(",").index("share")])
    assert share == body["table"]["share"][0]


def test_a_cancelled_study_goes_on_where_it_was(tmp_path):
    whole = run(tmp_path / "whole")
    seen: list[Progress] = []
    with pytest.raises(StudyCancelledError):
        run(tmp_path / "cut", progress=seen.append, cancelled=lambda: len(seen) >= 3)
    kept = len(list((tmp_path / "cut" / "chunks").iterdir()))
    assert kept == 2
    assert not contents(tmp_path / "cut")
    again: list[Progress] = []
    resumed = run(tmp_path / "cut", progress=again.append)
    assert again[0].kept == seen[-1].done > 0
    assert again[-1].done == again[-1].total == 4000
    assert resumed.table.columns == whole.table.columns
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_a_study_in_several_processes_is_cancelled_from_a_thread_without_a_word(tmp_path, recwarn):
    seen: list[Progress] = []

    def go():
        with pytest.raises(StudyCancelledError):
            run_study("born-dead", SMALL, 20_000, tmp_path, seen.append, lambda: len(seen) > 2, backend=processes(2))

    thread = threading.Thread(target=go)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    assert seen[-1].done < seen[-1].total
    assert not recwarn.list


@pytest.mark.parametrize("backend", [same_program, other_processes])
def test_a_part_that_takes_long_is_cancelled_at_once_and_no_process_is_left(backend):
    given = {"vary": ["l2=0"], "steps": [10_000_000]}
    cut = Event()

    def see(progress):
        Timer(0.3, cut.set).start()

    before = {child.pid for child in own_processes()}
    with pytest.raises(StudyCancelledError):
        run_study("sweep", given, 1, None, see, cut.is_set, backend=lambda chunks: backend(chunks, 1, gently=True))
    assert {child.pid for child in own_processes()} - before == set()


def test_processes_end_when_their_program_was_killed(tmp_path):
    code = (
        "import sys, pathlib\n"
        "from stepviz.studies.run import run_study\n"
        "from stepviz.studies.backends import processes\n"
        "if __name__ == '__main__': run_study('sweep', {'vary': ['l2=0'], 'steps': [10000000]}, 1,"
        " pathlib.Path(sys.argv[1]), backend=processes(apart=True))"
    )
    (tmp_path / "program.py").write_text(code)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    program = subprocess.Popen([sys.executable, str(tmp_path / "program.py"), str(tmp_path)], env=environment)
    parent = psutil.Process(program.pid)
    deadline = time.monotonic() + 60
    while not (found := [child for child in parent.children() if "popen_loky" in command_of(child)]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # It has to have come as far as to know its parent.
    while not found[0].num_threads() > 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    program.kill()
    program.wait()
    _, alive = psutil.wait_procs(found, timeout=30)
    assert alive == []


def test_an_exception_of_the_caller_keeps_what_is_finished(tmp_path):
    def interrupt(progress):
        if progress.done > 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, progress=interrupt)
    seen: list[Progress] = []
    run(tmp_path, progress=seen.append)
    assert seen[0].kept > 1000


def test_a_damaged_chunk_is_computed_again(tmp_path):
    before = run(tmp_path).table.columns
    first, second, *_ = sorted((tmp_path / "chunks").iterdir())
    first.write_bytes(first.read_bytes()[:-40])
    second.write_bytes(b"no archive at all")
    seen: list[Progress] = []
    assert run(tmp_path, progress=seen.append).table.columns == before
    assert seen[0].kept < 4000


def test_a_wider_study_uses_the_chunks_of_a_narrower_one(tmp_path):
    run(tmp_path)
    seen: list[Progress] = []
    run_study("born-dead", {"depth": [4], "width": [2, 3, 5]}, 2000, tmp_path, seen.append, backend=one_process)
    assert (seen[0].kept, seen[0].total) == (4000, 6000)


@pytest.mark.parametrize(
    ("name", "parameters", "seeds", "field"),
    [
        ("unborn", {}, 1, "study"),
        ("born-dead", {"height": [1]}, 1, "height"),
        ("born-dead", {"width": ["two"]}, 1, "width"),
        ("born-dead", {"width": ["nan"]}, 1, "width"),
        ("born-dead", {"width": [2.5]}, 1, "width"),
        ("born-dead", {"width": ["1e999"]}, 1, "width"),
        ("born-dead", {"width": [0]}, 1, "width"),
        ("born-dead", {"width": []}, 1, "width"),
        ("born-dead", {"width": [2, "2"]}, 1, "width"),
        ("born-dead", {"width": [2]}, 0, "seeds"),
        ("born-dead", {"width": [200], "depth": [200]}, 10_000_000, "seeds"),
    ],
)
def test_arguments_that_are_not_allowed_are_named(name, parameters, seeds, field):
    with pytest.raises(InputError) as caught:
        run_study(name, parameters, seeds, backend=one_process)
    assert caught.value.field == field


def test_another_version_of_a_study_is_refused_and_the_complaint_travels_between_processes():
    study = STUDIES["born-dead"]
    chunk = next(study_module.chunks_of(study, {"depth": 3, "width": 2}, 10, 0))
    with pytest.raises(InputError, match="version 99") as caught:
        list(processes(2)([dataclasses.replace(chunk, version=99), chunk]))
    assert caught.value.field == "the workers' stepviz"
    again = pickle.loads(pickle.dumps(InputError("row", 3, "4", source="a.csv", line=7)))
    assert str(again) == "a.csv, line 7: row: found 3, expected 4"


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("born-dead", {"width": [10]}),
        ("vanishing", {}),
        ("relu-at-zero", {"width": [64], "depth": [8], "precision": ["float64"]}),
        ("straight-through", {}),
        ("collapse", {"width": [64], "depth": [20], "steps": [1]}),
        ("slope", {"width": [128], "depth": [8], "steps": [50]}),
        ("sweep", {"vary": ["width=300"], "steps": [1]}),
    ],
)
def test_chunks_fit_their_memory(name, parameters):
    study = STUDIES[name]
    chunk = next(study_module.chunks_of(study, study.cells(resolve(study.settings, parameters))[0], 10**6, 0))
    # Data sets are kept from the first time on: not counted with what a chunk needs.
    compute(dataclasses.replace(chunk, draws=dataclasses.replace(chunk.draws, count=1)))
    tracemalloc.start()
    results = compute(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert {len(array) for array in results.values()} == {chunk.draws.count}
    assert peak < 64 * 2**20


def test_studies_need_no_window():
    code = "import sys, stepviz.studies.run; print('PySide6' in sys.modules, 'joblib' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.split() == ["False", "False"]
