"""The race without a window: what is measured, what fails, and a thread that starts and stops quickly."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.race.race import Lane, Race, check_race
from stepviz.engine.race.variations import PICKS, VARIATIONS, lanes_of
from stepviz.engine.settings.experiment import Choice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.accuracy import accuracy
from stepviz.probes.gradient_flow import measure_flow
from stepviz.probes.instant import Instant, Path
from stepviz.probes.lane import LaneMeter
from stepviz.probes.response import MapResponse, build_grid, over_inputs
from stepviz.probes.stuck_units import measure_units
from stepviz.runtime.commands import Pause, Play, Restart, SetSpeed, Step
from stepviz.runtime.race_frame import RaceFrame, Target, quartiles
from stepviz.runtime.race_run import RaceRun
from stepviz.runtime.race_worker import RaceWorker
from tests.runtime.until import until

BASE = replace(Experiment(), precision="float64")


def race(*names: str, seeds: int = 1) -> Race:
    return Race(BASE, lanes_of(BASE, "activation", names), seeds)


def frame_of(run: RaceRun) -> RaceFrame:
    run.look(math.inf)
    return run.frame(1, False, 0.0)


def finish(run: RaceRun) -> RaceFrame:
    while run.advance(1000):
        pass
    return frame_of(run)


@pytest.mark.parametrize("key", PICKS)
def test_every_pick_lines_up_and_runs(key: str) -> None:
    lanes = lanes_of(Experiment(), PICKS[key].variation, PICKS[key].values)
    frame = finish(RaceRun(Race(Experiment(), lanes), 3, Target()))
    assert [lane.label for lane in frame.lanes] == [lane.label for lane in lanes]
    assert frame.done
    assert all(one.experiment != other.experiment for one, other in combinations(lanes, 2))


def test_a_lane_measures_what_the_probes_measure_of_the_same_run_alone() -> None:
    frame = finish(RaceRun(race("step", "relu", "tanh", seeds=3), 40, Target()))
    for lane, settings in zip(frame.lanes, frame.race.lanes, strict=True):
        for run in range(3):
            alone = Trainer(settings.experiment, seeds=[run])
            alone.step(40)
            instant = Instant(alone, Path(np.zeros(1, dtype=np.int64), alone.theta))
            flow, units = measure_flow(instant), measure_units(instant)
            assert lane.reading.train_loss[run] == pytest.approx(instant.train_loss, rel=1e-14)
            assert lane.reading.test_loss[run] == pytest.approx(instant.test_loss, rel=1e-14)
            assert (lane.reading.train_accuracy[run], lane.reading.test_accuracy[run]) == accuracy(instant)
            assert lane.reading.stuck_share[run] == units.stuck / units.total
            assert lane.reading.gradient_rms[run] == pytest.approx(flow.rms, rel=1e-12)
            assert np.array_equal(lane.reading.zero_share[run], flow.zero_share)
    assert frame.lanes[0].reading.stuck_share.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_a_normalised_lane_measures_what_the_probes_measure_of_the_same_run_alone(norm: str) -> None:
    base = replace(BASE, layers=tuple(replace(layer, normalization=norm) for layer in BASE.layers))
    frame = finish(RaceRun(Race(base, lanes_of(base, "activation", ("step", "relu", "tanh")), 3), 40, Target()))
    for lane, settings in zip(frame.lanes, frame.race.lanes, strict=True):
        for run in range(3):
            alone = Trainer(settings.experiment, seeds=[run])
            alone.step(40)
            instant = Instant(alone, Path(np.zeros(1, dtype=np.int64), alone.theta))
            units = measure_units(instant)
            assert lane.reading.train_loss[run] == pytest.approx(instant.train_loss, rel=1e-9)
            assert lane.reading.test_loss[run] == pytest.approx(instant.test_loss, rel=1e-9)
            assert lane.reading.stuck_share[run] == units.stuck / units.total
            if run == 0:
                assert isinstance(lane.shape, MapResponse)
                grid = build_grid(alone.setup, len(lane.shape.scores))
                shape = over_inputs(alone.setup, grid.raw, grid.answers(alone.theta, alone.train_pass()))
                assert isinstance(shape, MapResponse)
                np.testing.assert_allclose(lane.shape.scores, shape.scores, rtol=1e-5)


def test_many_runs_are_measured_part_by_part_as_one_by_one() -> None:
    trainer = Trainer(BASE, seeds=range(200))
    meter, single = LaneMeter(trainer.setup, 200), LaneMeter(trainer.setup, 1)
    assert meter.losses(trainer.theta)[0] == pytest.approx(trainer.losses(), rel=1e-14)
    reading = meter.read(trainer.theta)
    for run in (0, 130, 131, 199):
        assert reading.train_loss[run] == single.read(trainer.theta[run : run + 1]).train_loss[0]


def test_losses_are_measured_at_fixed_steps_however_the_race_is_driven() -> None:
    frames = []
    for stride in (1, 7, 1000):
        run = RaceRun(race("tanh", "relu", seeds=2), 500, Target("accuracy", 0.9))
        while run.advance(stride):
            pass
        frames.append(frame_of(run))
    assert frames[0].every == 3
    assert frames[0].steps.tolist() == [*range(0, 500, 3), 500]
    for frame in frames[1:]:
        for one, other in zip(frames[0].lanes, frame.lanes, strict=True):
            assert np.array_equal(one.band, other.band)
            assert np.array_equal(one.reached_at, other.reached_at)
            assert np.array_equal(one.parameters, other.parameters)


def test_steps_to_the_target_are_the_first_measured_step_at_it() -> None:
    frame = finish(RaceRun(race("tanh", "step"), 200, Target("loss", 0.5)))
    band = frame.lanes[0].band[:, 1]
    first = int(np.argmax(band <= 0.5))
    assert frame.lanes[0].steps_to_target == frame.steps[first]
    assert frame.lanes[0].failed_share == 0.0
    assert frame.lanes[0].best_loss[0] == band.min()
    assert frame.lanes[1].failed_share == 1.0
    assert frame.lanes[1].steps_to_target == math.inf


def test_runs_that_blow_up_are_counted_as_failed_and_leave_the_others() -> None:
    calm = with_activation(replace(BASE, optimizer=Choice("sgd"), loss="squared-error"), "relu")
    lanes = (Lane("calm", calm), Lane("wild", replace(calm, learning_rate=1e6)))
    for seeds in (1, 4):
        frame = finish(RaceRun(Race(calm, lanes, seeds), 60, Target("loss", 0.9)))
        assert frame.lanes[1].diverged.all()
        assert frame.lanes[1].failed_share == 1.0
        assert frame.lanes[1].final_loss[1] == math.inf
        assert np.isfinite(frame.lanes[0].band).all()


def test_quartiles_are_those_of_numpy_and_infinite_only_where_a_failed_run_stands() -> None:
    values = np.random.default_rng(0).normal(size=(3, 10))
    assert quartiles(values) == pytest.approx(np.moveaxis(np.quantile(values, [0.25, 0.5, 0.75], axis=-1), 0, -1))
    assert quartiles(np.array([1.0, 2.0, 3.0, 4.0, np.nan])).tolist() == [2.0, 3.0, 4.0]
    assert quartiles(np.array([1.0, 2.0, np.inf, np.nan])).tolist() == [1.75, math.inf, math.inf]
    assert quartiles(np.array([1.0, np.inf, np.inf]))[2] == math.inf


@pytest.mark.parametrize(
    ("limit", "target", "field"),
    [
        (0, Target(), "steps"),
        (10**9, Target(), "steps"),
        (10, Target("accuracy", 1.5), "target accuracy"),
        (10, Target("accuracy", math.nan), "target accuracy"),
        (10, Target("loss", math.nan), "target loss"),
        (10, Target("loss", -1.0), "target loss"),
    ],
)
def test_a_limit_or_target_that_cannot_be_is_refused(limit: int, target: Target, field: str) -> None:
    with pytest.raises(InputError) as caught:
        RaceRun(race("tanh", "relu"), limit, target)
    assert caught.value.field == field


def test_an_accuracy_is_no_target_for_a_regression() -> None:
    line = replace(BASE, data=replace(BASE.data, name="sine"), loss="squared-error")
    with pytest.raises(InputError, match="no classes"):
        RaceRun(Race(line, lanes_of(line, "activation", ["tanh", "relu"])), 10, Target("accuracy", 0.9))
    assert finish(RaceRun(Race(line, lanes_of(line, "activation", ["tanh", "relu"])), 10, Target())).done


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("activation", ["tanh"]),
        ("activation", ["tanh", "nonsense"]),
        ("activation", ["tanh", "tanh"]),
        ("learning-rate", ["0.1", "nan"]),
        ("learning-rate", ["0.1", "0.10"]),
        ("learning-rate", ["0.1", "x"]),
        ("batch-size", ["1", "1.5"]),
        ("depth", ["1", "10000000"]),
        ("precision", ["float64", "float8"]),
        ("nonsense", ["1", "2"]),
        ("layers.9.width", ["1", "2"]),
        ("l2", ["0.1", "many"]),
        ("several", ["activation=relu", "activation"]),
        ("several", ["activation=relu", "several=activation=tanh"]),
        ("several", ["activation=relu", "activation=nonsense + l2=1"]),
    ],
)
def test_variations_that_cannot_be_are_refused(key: str, values: list[str]) -> None:
    with pytest.raises(InputError):
        lanes_of(BASE, key, values)


def test_long_names_of_several_settings_leave_out_what_all_have_in_common() -> None:
    start = "activation=leaky-relu + learning-rate=0.001 + initialiser=glorot-uniform"
    first, second = lanes_of(BASE, "several", [f"{start} + l2=0.01", f"{start} + l2=0.1"])
    assert (first.label, second.label) == ("l2 0.01", "l2 0.1")
    assert [lane.experiment.l2 for lane in (first, second)] == [0.01, 0.1]
    other = start.replace("leaky-relu", "hard-sigmoid").replace("0.001", "0.0001").replace("glorot-u", "lecun-u")
    lanes = lanes_of(BASE, "several", [f"{start} + batch-size=16", f"{other} + batch-size=8", f"{start} + l2=3"])
    check_race(Race(BASE, lanes))
    assert len({lane.label for lane in lanes}) == 3
    with pytest.raises(InputError, match="twice"):
        lanes_of(BASE, "several", [f"{start} + l2=0.01"] * 2)


def test_lanes_can_differ_in_several_settings() -> None:
    values = ["activation=relu + initialiser=he-normal + l2=1e-05", "learning-rate=1e+1 + layers.0.width=3"]
    first, second = lanes_of(BASE, "several", values)
    assert first.label == "ReLU, He normal, l2 1e-05"
    assert {layer.activation.name for layer in first.experiment.layers} == {"relu"}
    assert (first.experiment.weights, first.experiment.l2) == (Choice("he-normal"), 1e-05)
    assert (second.experiment.learning_rate, second.experiment.layers[0].width) == (10.0, 3)


def test_any_field_of_the_settings_can_differ_and_every_variation_begins_with_allowed_values() -> None:
    assert [lane.experiment.l2 for lane in lanes_of(BASE, "l2", ["0", "0.1"])] == [0.0, 0.1]
    assert [lane.experiment.layers[0].width for lane in lanes_of(BASE, "layers.0.width", ["3", "5"])] == [3, 5]
    for key, variation in VARIATIONS.items():
        Race(BASE, lanes_of(BASE, key, variation.usual))


# The thread


@pytest.fixture
def worker() -> Iterator[RaceWorker]:
    found = RaceWorker(RaceRun(race("tanh", "step", seeds=2), 300, Target()))
    yield found
    found.stop()
    assert not any(thread.name == "stepviz-race" for thread in threading.enumerate())


def newest(worker: RaceWorker, frames: list[RaceFrame]) -> RaceFrame | None:
    frame, failure = worker.collect()
    assert failure is None
    if frame is not None:
        frames.append(frame)
    return frames[-1] if frames else None


def test_the_worker_shows_the_start_runs_to_the_limit_and_begins_anew(worker: RaceWorker) -> None:
    frames: list[RaceFrame] = []
    worker.start()
    until(lambda: newest(worker, frames) is not None)
    assert (frames[-1].step, frames[-1].running) == (0, False)
    worker.send(Play())
    until(lambda: bool((frame := newest(worker, frames)) and frame.done and not frame.running))
    alone = Trainer(frames[-1].race.lanes[0].experiment)
    alone.step(300)
    assert np.array_equal(frames[-1].lanes[0].parameters, alone.theta[0])
    assert [frame.number for frame in frames] == sorted(frame.number for frame in frames)
    worker.send(Play())
    worker.send(Restart())
    until(lambda: bool((frame := newest(worker, frames)) and frame.generation == 1))
    assert frames[-1].step == 0


def test_the_worker_steps_rests_and_holds_a_speed(worker: RaceWorker) -> None:
    frames: list[RaceFrame] = []
    worker.start()
    worker.send(SetSpeed(1e-3))
    worker.send(Step(3))
    until(lambda: bool((frame := newest(worker, frames)) and frame.step == 3 and not frame.running))
    worker.send(Play())
    until(lambda: bool((frame := newest(worker, frames)) and frame.running))
    worker.send(Pause())
    until(lambda: bool((frame := newest(worker, frames)) and not frame.running))
    assert frames[-1].step == 3


def test_a_worker_can_be_stopped_before_it_was_started_at_once_and_twice() -> None:
    for start in (False, True):
        worker = RaceWorker(RaceRun(race("tanh", "step"), 300, Target()))
        if start:
            worker.start()
            worker.send(Play())
            worker.gate.clear()
        worker.stop()
        worker.stop()
        assert not worker.alive
