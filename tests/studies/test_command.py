"""``stepviz study`` as a person types it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from stepviz.cli import main
from stepviz.studies.study_table import STUDIES

SECONDS = 60


def test_without_a_name_the_studies_are_listed(capsys):
    assert main(["study"]) == 0
    listed = capsys.readouterr().out
    assert all(key in listed and study.paper in listed for key, study in STUDIES.items())


@pytest.mark.parametrize("name", list(STUDIES))
def test_every_study_explains_its_settings(name, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["study", name, "--help"])
    assert stopped.value.code == 0
    explained = capsys.readouterr().out
    assert all(f"--{setting.name}" in explained for setting in STUDIES[name].settings)


def test_files_and_table(tmp_path, capsys, qapp):
    arguments = ["study", "born-dead", "--depth", "3,4", "--width", "2", "--seeds", "500", "--jobs", "1"]
    assert main([*arguments, "-o", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    for suffix in ("csv", "json", "svg", "png"):
        assert str(tmp_path / f"born-dead.{suffix}") in out
    assert (tmp_path / "born-dead.png").read_bytes().startswith(b"\x89PNG")
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert main([*arguments, "-o", str(tmp_path / "again")]) == 0
    assert {name: (tmp_path / "again" / name).read_bytes() for name in first} == first


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["born-dead", "--width", "2,x"], "width: found x"),
        (["collapse", "--learning-rate", "0"], "learning-rate: found 0"),
        (["sweep", "--vary", "learning_rate"], "vary: found learning_rate"),
        (["sweep", "--experiment", "missing.json"], "missing.json"),
        (["born-dead", "--dask", "tcp://127.0.0.1:1", "--jobs", "2"], "--jobs"),
    ],
)
def test_what_cannot_be_used_is_said_and_ends_with_2(arguments, complaint, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["study", *arguments]) == 2
    assert complaint in capsys.readouterr().err


def test_an_output_folder_that_is_a_file_is_said_before_the_work(tmp_path, capsys):
    (tmp_path / "taken").write_text("")
    assert main(["study", "born-dead", "-o", str(tmp_path / "taken")]) == 2
    assert "taken" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to groups of processes")
@pytest.mark.parametrize("blow", ["SIGINT", "SIGKILL"])
def test_control_c_and_a_kill_keep_what_is_finished_and_the_same_command_goes_on(blow, tmp_path):
    command = [sys.executable, "-m", "stepviz", "study", "born-dead", "--width", "10", "--jobs", "2"]
    command += ["--seeds", "60000", "-o", str(tmp_path / "cut")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    running = subprocess.Popen(
        command, stderr=subprocess.PIPE, env=environment, start_new_session=True, text=True,
        # Ignored where the tests themselves run in the background of a shell, and handed down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    chunks = tmp_path / "cut" / "chunks"
    deadline = time.monotonic() + SECONDS
    while not (chunks.is_dir() and len(list(chunks.glob("*.npz"))) >= 3):
        assert time.monotonic() < deadline
        try:
            running.wait(0.01)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail("it ended before it could be interrupted")
    os.killpg(running.pid, signal.Signals[blow])
    _, complaint = running.communicate(timeout=SECONDS)
    if blow == "SIGINT":
        assert running.returncode == 130
        assert "the same command goes on from there" in complaint
    else:
        assert running.returncode == -signal.SIGKILL
    assert "Traceback" not in complaint
    kept = {path.name: path.stat().st_mtime_ns for path in chunks.glob("*.npz")}
    assert not (tmp_path / "cut" / "born-dead.csv").exists()
    subprocess.run(command, env=environment, check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)
    assert {name: (chunks / name).stat().st_mtime_ns for name in kept} == kept
    whole = [*command[:-1], str(tmp_path / "whole")]
    subprocess.run(whole, env=environment, check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)
    for file in (tmp_path / "whole").glob("born-dead.*"):
        assert (tmp_path / "cut" / file.name).read_bytes() == file.read_bytes()
