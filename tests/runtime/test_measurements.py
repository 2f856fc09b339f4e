"""Whose turn it is among measurements of which one runs at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec.structs import replace

from stepviz.engine.settings.experiment import ActivationChoice, DataSettings, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.probes.instant import Instant
from stepviz.probes.probe import Probe
from stepviz.probes.probe_table import PROBES
from stepviz.probes.response import Response
from stepviz.probes.slice import Slice
from stepviz.probes.unit import UnitReading
from stepviz.runtime.measurements import Measurements
from tests.probes.runs import experiment, train


class OneAtATime:
    """Stands for the second thread: busy from a beginning to ``end``."""

    busy = False

    def begin(self, _measurement: Iterator[object | None]) -> None:
        self.busy = True

    def end(self) -> None:
        self.busy = False

    def collect(self) -> list[object]:
        return []


def test_of_slow_probes_that_are_always_due_none_is_passed_over(monkeypatch) -> None:
    def nothing(_instant: Instant, _options: object) -> Iterator[None]:
        yield None

    probes = {name: Probe(name, nothing, period=0.1, slow=True) for name in ("curvature", "loss_surface", "slice")}
    now = [0.0]
    measurements = Measurements(probes, lambda: now[0])
    begun: list[str] = []
    background = OneAtATime()
    try:
        monkeypatch.setattr(
            measurements._beside[False]._process, "measure", lambda name, *_rest: iter(begun.append(name) or [None])
        )
        with monkeypatch.context() as patch:
            patch.setattr(measurements._beside[False], "_background", background)
            measurements.ask(frozenset(probes))
            instant = train(experiment(), 0)
            for version in range(30):
                measurements.take(instant, version)
                # Each takes longer than the others' periods: all of them are due again when it ends.
                now[0] += 0.2
                background.end()
    finally:
        measurements.stop()
    assert Counter(begun) == dict.fromkeys(probes, 10)


def test_a_reading_does_not_outlive_the_question_that_it_answers() -> None:
    measurements = Measurements(PROBES, lambda: 0.0)
    measurements.ask(frozenset({"response"}))
    classes, numbers = (train(replace(Experiment(), data=DataSettings(name), loss=loss), 0)
                        for name, loss in (("circle", "binary-cross-entropy"), ("plane", "squared-error")))  # fmt: skip
    try:
        measurements.keep_to(classes.setup)
        measurements.take(classes, 1)
        kept = measurements.readings
        assert Response in kept
        measurements.keep_to(classes.setup)
        assert measurements.readings is kept
        # Not due yet, so that nothing comes in its place.
        measurements.keep_to(numbers.setup)
        assert Response not in measurements.readings
    finally:
        measurements.stop()


def test_after_another_activation_nothing_is_left_of_what_was_measured_before() -> None:
    """The same shape, and not due: a frame would hold a sigmoid's reading beside a step's setup."""
    quick = {name: probe for name, probe in PROBES.items() if not probe.slow}
    measurements = Measurements(quick, lambda: 0.0)
    measurements.ask(frozenset(quick) - {"unit"})
    runs = [train(with_activation(experiment(), name), 0) for name in ("sigmoid", "step")]
    try:
        for version, instant in enumerate(runs):
            measurements.keep_to(instant.setup)
            measurements.take(instant, version)
            if version == 0:
                before = measurements.readings
                measurements.ask(frozenset(quick) - {"response"})
        assert Response in before
        assert not any(reading is before.get(kind) for kind, reading in measurements.readings.items())
        assert Response not in measurements.readings
        assert UnitReading in measurements.readings
    finally:
        measurements.stop()


def test_of_another_number_only_the_slow_readings_stay() -> None:
    """A slope that is dragged: a surface that is cancelled at each change would never come."""
    measurements = Measurements(PROBES, lambda: 0.0)
    measurements.ask(frozenset({"unit"}))
    first, second = (train(with_activation(experiment(), ActivationChoice("sigmoid", {"slope": slope})), 0)
                     for slope in (1.0, 2.0))  # fmt: skip
    try:
        measurements.keep_to(first.setup)
        measurements.take_all(first, 1, frozenset({"slice"}))
        surface, unit = measurements.readings[Slice], measurements.readings[UnitReading]
        measurements.keep_to(second.setup)
        assert UnitReading not in measurements.readings
        measurements.take(second, 2)
        assert measurements.readings[Slice] is surface
        assert measurements.readings[UnitReading] is not unit
    finally:
        measurements.stop()
