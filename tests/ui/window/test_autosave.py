"""After a crash the run is offered again; after a good end there is nothing to offer."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.settings.experiment import Experiment, HiddenLayer
from stepviz.runtime.run import Run
from stepviz.runtime.session_file import SUFFIX, encode_session, load_session, session_of
from stepviz.ui.window.autosave import Recovery, left_behind
from tests.runtime.test_looking_back import advance
from tests.ui.live import wait_for_step

NOBODY = 2**22 + 1


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
