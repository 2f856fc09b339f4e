"""What does the updates: chosen while a run goes on, and told where a session goes on by another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stepviz.engine.kernel.library import Library, find_library
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.stepper import VARIABLE, found_here, origin
from stepviz.engine.training.trainer import Trainer
from stepviz.runtime.commands import Play, Resume, Step, UseStepper
from stepviz.runtime.mailbox import Mailbox, Note
from stepviz.runtime.run import Run
from stepviz.runtime.session import Session, other_bits
from stepviz.runtime.session_file import encode_session, load_session, session_of
from stepviz.runtime.worker import Worker
from tests.runtime.until import until

pytestmark = pytest.mark.skipif(not isinstance(find_library(), Library), reason="no compiled step")


@pytest.fixture(autouse=True)
def chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "auto")


def saved(tmp_path: Path) -> Session:
    run = Run(Experiment())
    run.step(20)
    path = tmp_path / "run.stepviz-session"
    path.write_bytes(encode_session(session_of(run)))
    return load_session(path)


def test_a_session_knows_what_did_its_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_library = saved(tmp_path)
    assert by_library.stepper == "compiled"
    assert other_bits(by_library, "compiled") == ""
    assert "the compiled step did its steps, here NumPy does" in other_bits(by_library, "numpy")
    monkeypatch.setenv(VARIABLE, "numpy")
    by_numpy = saved(tmp_path)
    assert by_numpy.stepper == origin("numpy") != "numpy"
    assert other_bits(by_numpy, "numpy") == ""
    assert "NumPy did its steps, here the compiled step does" in other_bits(by_numpy, "compiled")
    elsewhere = replace(by_numpy, stepper="numpy 1.0 Linux x86_64 SSE")
    assert "on another machine" in other_bits(elsewhere, "numpy")
    assert "does not say" in other_bits(replace(by_numpy, stepper=""), "numpy")


def test_the_person_is_told_when_a_session_goes_on_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = saved(tmp_path)
    monkeypatch.setenv(VARIABLE, "numpy")
    mailbox = Mailbox()
    worker = Worker(Experiment(), mailbox)
    worker.start()
    try:
        worker.send(Resume(session))
        told: list[object] = []
        until(lambda: told.extend(mailbox.collect()[1]) or bool(told))
    finally:
        worker.stop()
    assert [type(news) for news in told] == [Note]


def test_another_stepper_goes_on_with_the_same_numbers() -> None:
    trainer, whole = Trainer(Experiment()), Trainer(Experiment())
    trainer.step(50)
    before = trainer.state.copy()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(VARIABLE, "numpy")
        trainer.renew_stepper()
    assert trainer.stepper == "numpy"
    np.testing.assert_array_equal(trainer.state, before)
    trainer.step(50)
    whole.step(100)
    np.testing.assert_allclose(trainer.theta, whole.theta, atol=1e-4)
    for _ in range(16):
        assert trainer.step_back()
    assert trainer.step_count == 84


def test_the_stepper_is_chosen_while_the_run_goes_on() -> None:
    mailbox = Mailbox()
    worker = Worker(Experiment(), mailbox)
    worker.start()
    frames = []

    def newest() -> str:
        worker.wanted.set()
        frame, _ = mailbox.collect()
        if frame is not None:
            frames.append(frame)
        return frames[-1].stepper if frames else ""

    try:
        worker.send(Play())
        until(lambda: newest() == "compiled")
        worker.send(UseStepper("numpy"))
        until(lambda: newest() == "numpy")
        worker.send(UseStepper("auto"))
        until(lambda: newest() == "compiled")
        worker.send(Step(1))
    finally:
        worker.stop()


def test_it_is_said_in_words_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found_here().startswith("the compiled step (")
    monkeypatch.setenv(VARIABLE, "numpy")
    assert found_here() == "NumPy, as chosen"
