"""After a crash the run is offered again; after a good end there is nothing to offer."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.settings.experiment import Experiment, HiddenLayer
from stepviz.runtime.run import Run
from stepviz.runtime.session_file import SUFFIX, encode_session, load_session, resumed, session_of
from stepviz.ui.documents.autosave import LAST, Recovery, left_behind, read_last_run, write_last_run
from tests.runtime.test_looking_back import advance
from tests.ui.live import wait_for_step

NOBODY = 2**22 + 1
# A program that changes its run while it trains, has it written, and is killed.
KILLED = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from stepviz.app import LiveLab, application
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.documents.autosave import Recovery

qt = application()
live = LiveLab(Experiment(), Preferences())
recovery = Recovery(live.lab, Path(sys.argv[1]))
live.start()

def switch():
    if live.lab.frame is None or live.lab.frame.step <= 50:
        return
    name = "relu" if live.lab.experiment.layers[0].activation.name == "step" else "step"
    live.lab.change(with_activation(live.lab.experiment, name, None), "Switch")
    recovery.write()
    if recovery.path.exists():
        print(recovery.path, flush=True)

timer = QTimer()
timer.timeout.connect(switch)
timer.start(150)
qt.exec()
"""


@pytest.fixture
def live(qtbot: QtBot, live: LiveLab) -> LiveLab:
    wait_for_step(qtbot, live, 21)
    return live


def test_the_session_is_written_while_it_runs_and_taken_away_at_the_end(
    qtbot: QtBot, live: LiveLab, tmp_path: Path
) -> None:
    recovery = Recovery(live.lab, tmp_path)
    recovery.write()
    qtbot.waitUntil(recovery.path.exists)
    assert load_session(recovery.path).moment.step > 20
    assert left_behind(tmp_path) is None, "it is that of a process that lives"
    recovery.end()
    assert list(tmp_path.iterdir()) == []


def test_what_a_crash_left_is_found_offered_and_gone_on_from(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    run = Run(Experiment(layers=(HiddenLayer(5),), seed=3))
    advance(run, 4)
    path = tmp_path / f"recovery-{NOBODY}{SUFFIX}"
    path.write_bytes(encode_session(session_of(run)))
    (tmp_path / f"recovery-{os.getpid()}{SUFFIX}").write_bytes(b"of this process")
    (tmp_path / f"recovery-me{SUFFIX}").write_bytes(b"no number")
    assert left_behind(tmp_path) == path
    live.window.documents.recover(path)
    qtbot.waitUntil(lambda: live.lab.frame is not None and live.lab.frame.step == 12, timeout=10_000)
    assert live.lab.frame is not None
    np.testing.assert_array_equal(live.lab.frame.parameters, run.trainer.theta[0])
    assert not live.lab.frame.running
    assert live.lab.experiment == run.trainer.experiment
    assert not path.exists()


def test_where_there_is_no_folder_there_is_nothing_to_offer(tmp_path: Path) -> None:
    assert left_behind(tmp_path / "missing") is None


@pytest.mark.parametrize("seed", range(2))
def test_what_a_killed_process_left_opens_though_its_number_is_in_use_again(tmp_path: Path, seed: int) -> None:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    path = Path(process.stdout.readline().strip())
    assert left_behind(tmp_path) is None, "the process lives"
    for _ in range(seed):
        process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    again = path.with_name(path.name.replace(str(process.pid), str(os.getpid()), 1))
    path.rename(again)
    (tmp_path / f".{path.name}.abcd1234").write_bytes(b"half a file")
    assert left_behind(tmp_path) == again
    assert [file.name for file in tmp_path.iterdir()] == [again.name], "what is of no use is cleared away"
    run = resumed(load_session(again))
    advance(run, 3)
    assert run.trainer.step_count > 50


def test_old_recoveries_go_and_one_that_cannot_be_read_is_offered_once(
    qtbot: QtBot, live: LiveLab, tmp_path: Path
) -> None:
    old, bad = tmp_path / f"recovery-{NOBODY}{SUFFIX}", tmp_path / f"recovery-{NOBODY + 1}{SUFFIX}"
    for path in (old, bad):
        path.write_bytes(b"PK but nothing more")
    month_ago = time.time() - 30 * 24 * 3600
    os.utime(old, (month_ago, month_ago))
    assert left_behind(tmp_path) == bad
    assert not old.exists()
    live.window.documents.recover(bad)
    qtbot.waitUntil(lambda: not bad.exists())
    assert left_behind(tmp_path) is None


def test_the_last_run_is_read_back_unless_other_settings_are_remembered(tmp_path: Path) -> None:
    run = Run(Experiment(seed=3))
    advance(run, 4)
    write_last_run(tmp_path, run.session())
    complaints: list[str] = []
    for experiment in (None, run.trainer.experiment):
        session = read_last_run(tmp_path, experiment, complaints)
        assert session is not None
        np.testing.assert_array_equal(session.moment.state[0], run.trainer.theta)
    assert read_last_run(tmp_path, Experiment(), complaints) is None
    assert complaints == []
    (tmp_path / LAST).write_bytes(b"PK")
    assert read_last_run(tmp_path, None, complaints) is None
    assert complaints[0].startswith(f"The last run cannot be used. {LAST}: the file: found damaged")
    assert read_last_run(tmp_path / "missing", None, complaints) is None
