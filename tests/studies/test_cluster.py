"""A study on a real Dask cluster: a scheduler and two workers on this machine, one of which is killed half-way."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from functools import partial

import pytest

from stepviz.command_line.study import study
from stepviz.engine.common.errors import InputError
from stepviz.studies import study as study_module
from stepviz.studies.backends import cluster, one_process
from stepviz.studies.run import run_study

SMALL = {"depth": [8], "width": [2, 3]}
SECONDS = 60


@pytest.fixture
def dask(tmp_path):
    """Start a scheduler and two workers; give its address and the workers' processes."""
    started = []
    # The workers find the program as this process does.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    logs = (tmp_path / "dask.log").open("wb")

    def start(*arguments):
        command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
        started.append(subprocess.Popen(command, env=environment, stdout=logs, stderr=logs, cwd=tmp_path))
        return started[-1]

    file = tmp_path / "scheduler.json"
    address = _address(start("scheduler", "--port", "0", "--scheduler-file", str(file)), file)
    worker = ("worker", address, "--nthreads", "1", "--no-nanny", "--memory-limit", "0")
    workers = [start(*worker), start(*worker)]
    yield address, workers, started[0]
    for process in reversed(started):
        process.kill()
        process.wait(SECONDS)
    logs.close()


def _address(scheduler, file):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError, ValueError):
            return json.loads(file.read_text())["address"]
        with contextlib.suppress(subprocess.TimeoutExpired):
            scheduler.wait(0.05)
            break
    pytest.fail("no scheduler came up")


def test_a_worker_killed_half_way_changes_nothing(dask, tmp_path, monkeypatch):
    monkeypatch.setattr(study_module, "LARGEST_CHUNK", 2**17)
    address, workers, _scheduler = dask
    here = run_study("born-dead", SMALL, 6000, tmp_path / "here", backend=one_process)
    killed = []

    def kill_one(progress):
        if not killed and progress.done > progress.total / 4:
            workers[0].kill()
            killed.append(progress.done / progress.total)

    there = run_study("born-dead", SMALL, 6000, tmp_path / "there", kill_one, backend=cluster(address))
    assert killed[0] < 0.5
    assert workers[0].wait(SECONDS) != 0
    assert workers[1].poll() is None
    assert there.table.columns == here.table.columns
    for file in here.files:
        assert (tmp_path / "there" / file.name).read_bytes() == file.read_bytes()


def test_a_scheduler_killed_half_way_is_said_and_what_is_finished_is_kept(dask, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(study_module, "LARGEST_CHUNK", 2**17)
    address, _workers, scheduler = dask
    output = tmp_path / "there"
    killed = []

    def kill_it(progress):
        if not killed and progress.done:
            scheduler.kill()
            killed.append(progress.done)

    monkeypatch.setattr("stepviz.command_line.study.run_study", partial(_watched, kill_it))
    command = ["born-dead", "--depth", "8", "--width", "2,3", "--seeds", "6000", "-o", str(output)]
    assert study([*command, "--dask", address]) == 1
    said = capsys.readouterr().err
    assert f"the Dask scheduler at {address} does not answer any more" in said
    assert str(output) in said
    assert "Traceback" not in said
    assert killed[0] > 0
    # Here, without the cluster, it goes on from there.
    kept = []
    run_study("born-dead", SMALL, 6000, output, lambda progress: kept.append(progress.kept), backend=one_process)
    assert kept[0] >= killed[0]


def _watched(watch, name, parameters, seeds, output, progress, **named):
    def both(standing):
        progress(standing)
        watch(standing)

    return run_study(name, parameters, seeds, output, both, **named)


def test_an_address_without_a_scheduler_is_named(monkeypatch):
    monkeypatch.setattr("stepviz.studies.backends.SECONDS_TO_CONNECT", 1)
    with pytest.raises(InputError, match="nobody-listens"):
        run_study("born-dead", SMALL, 10, backend=cluster("nobody-listens"))
    with pytest.raises(InputError, match="scheduler"):
        run_study("born-dead", SMALL, 10, backend=cluster("tcp://127.0.0.1:9"))
