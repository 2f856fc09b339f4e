"""The twins of a run, trained in a process of their own."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.instant import Instant, Path
from stepviz.probes.probe_table import PROBES
from stepviz.probes.twins.diagnosing import diagnose
from stepviz.probes.twins.probe import TwinOptions, Twins
from stepviz.probes.twins.report import TwinDiagnosis
from stepviz.runtime.measurements import Measurements
from stepviz.runtime.measuring_process import MeasuringProcess

PENALISED = replace(Experiment(), l1=0.05)
PATIENCE = 60.0


def instant_of(trainer: Trainer) -> Instant:
    return Instant(trainer, Path(np.zeros(1, dtype=np.int64), trainer.theta.copy()))


@pytest.fixture
def process() -> Iterator[MeasuringProcess]:
    process = MeasuringProcess()
    yield process
    process.stop()


@pytest.fixture
def trainer() -> Trainer:
    trainer = Trainer(PENALISED)
    trainer.step(300)
    return trainer


def readings_of(measurement: Iterator[object | None]) -> list[TwinDiagnosis]:
    return [reading for reading in measurement if isinstance(reading, TwinDiagnosis)]


def test_the_other_process_finds_what_is_found_here(process, trainer):
    found = readings_of(process.measure("twins", instant_of(trainer), TwinOptions()))
    # The optimizer's memory goes along: without it the twins would take another way.
    assert found[-1] == diagnose(trainer)
    assert [reading.done for reading in found].count(True) == 1
    assert trainer.step_count == 300


def test_who_is_killed_in_the_middle_is_begun_anew(process, trainer):
    measurement = process.measure("twins", instant_of(trainer), TwinOptions())
    while not isinstance(next(measurement), TwinDiagnosis):
        pass
    assert process._process is not None
    process._process.kill()
    with pytest.raises((EOFError, OSError)):
        readings_of(measurement)
    assert readings_of(process.measure("twins", instant_of(trainer), TwinOptions()))[-1].done


def test_who_is_dropped_in_the_middle_makes_room_at_once(process, trainer):
    slow = replace(PENALISED, precision="float16")
    heavy = Trainer(slow)
    heavy.step(20)
    measurement = process.measure("twins", instant_of(heavy), TwinOptions())
    while not isinstance(next(measurement), TwinDiagnosis):
        pass
    measurement.close()
    began = time.perf_counter()
    assert readings_of(process.measure("twins", instant_of(trainer), TwinOptions(asked=1)))[0].experiment == PENALISED
    assert time.perf_counter() - began < PATIENCE


def test_where_twins_are_off_or_nothing_has_begun_nothing_is_tried(trainer):
    twins = Twins()
    assert readings_of(twins.measure(instant_of(trainer), TwinOptions(on=False))) == []
    assert readings_of(twins.measure(instant_of(Trainer(PENALISED)), TwinOptions())) == []


def test_a_run_that_stands_still_is_examined_once(trainer):
    twins = Twins()
    first = readings_of(twins.measure(instant_of(trainer), TwinOptions()))
    trainer.step(200)
    assert readings_of(twins.measure(instant_of(trainer), TwinOptions())) == [first[-1]]
    again = readings_of(twins.measure(instant_of(trainer), TwinOptions(asked=1)))
    assert len(again) > 1
    assert again[-1].step == 500


def test_the_twins_do_not_wait_for_the_other_slow_probes(trainer):
    now = [0.0]
    names = ("twins", "curvature")
    measurements = Measurements({name: PROBES[name] for name in names}, lambda: now[0])
    measurements.ask(frozenset(names))
    try:
        measurements.take(instant_of(trainer), 1)
        begun = {beside.under_way for beside in measurements._beside.values()}
        assert begun == set(names)
    finally:
        measurements.stop()
