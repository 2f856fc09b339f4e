"""The measuring process against the same measurement made here."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.instant import Instant, Path
from stepviz.probes.loss_surface import LossSurface, SurfaceOptions
from stepviz.probes.probe_table import PROBES
from stepviz.runtime.measuring_process import LARGEST_PATH_BYTES, MeasuringProcess

OPTIONS = SurfaceOptions(resolution=24, directions="path")


@pytest.fixture
def process() -> Iterator[MeasuringProcess]:
    before = {child.pid for child in multiprocessing.active_children()}
    process = MeasuringProcess()
    yield process
    process.stop()
    deadline = time.monotonic() + 20
    while (left := {child.pid for child in multiprocessing.active_children()} - before) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left


def instant_of(experiment: Experiment, steps: int = 30) -> Instant:
    trainer = Trainer(experiment)
    points = []
    for _ in range(steps):
        points.append(trainer.theta[0].copy())
        trainer.step()
    return Instant(trainer, Path(np.arange(steps), np.array(points, dtype=np.float32)))


def surface(measurement: Iterator[object | None]) -> LossSurface:
    found = [reading for reading in measurement if reading is not None]
    assert isinstance(found[-1], LossSurface)
    return found[-1]


def here(instant: Instant, options: SurfaceOptions) -> LossSurface:
    with np.errstate(all="ignore"):
        return surface(PROBES["loss_surface"].measure(instant, options))


def test_it_finds_what_is_found_here_bit_for_bit_also_after_changes(process: MeasuringProcess) -> None:
    for experiment in (Experiment(), replace(Experiment(), seed=3), replace(Experiment(), l2=0.1)):
        for _ in range(2):
            instant = instant_of(experiment)
            found, expected = surface(process.measure("loss_surface", instant, OPTIONS)), here(instant, OPTIONS)
            np.testing.assert_array_equal(found.loss, expected.loss)
            np.testing.assert_array_equal(found.path, expected.path)
            assert (found.step, found.names, found.flat_share) == (expected.step, expected.names, expected.flat_share)
            assert not found.loss.flags.writeable


def test_the_instant_is_copied_before_the_first_yield(process: MeasuringProcess) -> None:
    instant = instant_of(Experiment())
    expected = here(instant, OPTIONS)
    measurement = process.measure("loss_surface", instant, OPTIONS)
    assert next(measurement) is None
    instant.theta[...] = 0.0
    np.testing.assert_array_equal(surface(measurement).loss, expected.loss)


def test_a_measurement_that_is_let_go_does_not_disturb_the_next(process: MeasuringProcess) -> None:
    instant = instant_of(Experiment())
    for resolution in (128, 96, 64):
        dropped = process.measure("loss_surface", instant, SurfaceOptions(resolution=resolution))
        next(dropped)
        next(dropped)
        dropped.close()
    assert surface(process.measure("loss_surface", instant, OPTIONS)).loss.shape == (24, 24)


def test_an_error_in_the_child_is_raised_here_and_the_child_goes_on(process: MeasuringProcess) -> None:
    instant = instant_of(Experiment())
    with pytest.raises(RuntimeError, match="AttributeError: 'str' object has no attribute"):
        surface(process.measure("loss_surface", instant, "no options"))
    assert surface(process.measure("loss_surface", instant, OPTIONS)).loss.shape == (24, 24)


def test_what_was_let_go_before_it_was_sent_is_sent_with_the_next(process: MeasuringProcess) -> None:
    instant = instant_of(Experiment())
    surface(process.measure("loss_surface", instant, OPTIONS))
    other = instant_of(replace(Experiment(), seed=5, layers=Experiment().layers[:1]))
    never_sent = process.measure("loss_surface", other, OPTIONS)
    next(never_sent)
    never_sent.close()
    expected = here(other, OPTIONS)
    np.testing.assert_array_equal(surface(process.measure("loss_surface", other, OPTIONS)).loss, expected.loss)


def test_after_the_death_of_the_child_another_is_started(process: MeasuringProcess) -> None:
    instant = instant_of(Experiment())
    surface(process.measure("loss_surface", instant, OPTIONS))
    (child,) = [child for child in multiprocessing.active_children() if child.name == "stepviz-measure"]
    child.kill()
    child.join()
    with pytest.raises((EOFError, OSError)):
        surface(process.measure("loss_surface", instant, OPTIONS))
    expected = here(instant, OPTIONS)
    np.testing.assert_array_equal(surface(process.measure("loss_surface", instant, OPTIONS)).loss, expected.loss)


def test_of_a_long_path_of_a_large_network_its_ends_and_some_between_are_sent(process: MeasuringProcess) -> None:
    instant = instant_of(Experiment())
    wide = np.tile(instant.path.parameters[-1], (20_000, 1))
    assert wide.nbytes > LARGEST_PATH_BYTES
    instant.path = Path(np.arange(20_000), wide)
    found = surface(process.measure("loss_surface", instant, replace(OPTIONS, directions="random")))
    assert found.path_steps[0] == 0
    assert found.path_steps[-1] == 19_999
    assert len(found.path_steps) * wide[:1].nbytes <= LARGEST_PATH_BYTES


def test_a_process_that_was_never_needed_is_never_started() -> None:
    process = MeasuringProcess()
    process.stop()
    process.stop()
    assert not multiprocessing.active_children()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_a_child_that_gets_no_time_is_not_waited_for(process: MeasuringProcess) -> None:
    surface(process.measure("loss_surface", instant_of(Experiment()), OPTIONS))
    child = process._process
    assert child is not None
    assert child.pid is not None
    os.kill(child.pid, signal.SIGSTOP)
    began = time.monotonic()
    process.stop()
    assert time.monotonic() - began < 1.0


def test_a_child_that_gets_no_time_is_replaced_by_one_that_takes_its_share(
    process: MeasuringProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    instant = instant_of(Experiment())
    expected = here(instant, OPTIONS)
    surface(process.measure("loss_surface", instant, OPTIONS))
    assert process._process is not None
    first = process._process.pid
    # As if it had waited for long: the first look for an answer finds none yet.
    monkeypatch.setattr("stepviz.runtime.measuring_process.STARVED", -1.0)
    monkeypatch.setattr("stepviz.runtime.measuring_process.POLL", 0.0)
    found = surface(process.measure("loss_surface", instant, OPTIONS))
    assert process._process is not None
    assert process._process.pid != first
    np.testing.assert_array_equal(found.loss, expected.loss)
    again = process._process.pid
    surface(process.measure("loss_surface", instant, OPTIONS))
    assert process._process.pid == again, "once is enough"
