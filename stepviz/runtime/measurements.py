"""Which probes run when: those that visible panels ask for, no oftener than they can be afforded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.instant import Instant
from stepviz.probes.probe import Probe
from stepviz.runtime.background import Background
from stepviz.runtime.measuring_process import MeasuringProcess

# A probe rests for this many times as long as it took: measuring never takes more than its share of the training.
REST = 8.0


class Measurements:
    """Runs probes on instants of the run and keeps the newest reading of each kind."""

    def __init__(self, probes: Mapping[str, Probe], clock: Callable[[], float]) -> None:
        self._probes = probes
        self._clock = clock
        self._beside = {False: _Beside(), True: _Beside()}
        self._options: dict[str, Any] = {name: probe.options for name, probe in probes.items()}
        self._standing = frozenset(name for name, probe in probes.items() if probe.standing)
        self._asked = self._standing
        self._due: dict[str, float] = dict.fromkeys(probes, 0.0)
        self._measured: dict[str, tuple[object, ...]] = {}
        # Probes rest so many times as long as usual.
        self.calm = 1.0
        self.readings: dict[type, object] = {}
        # The probe that a kind of reading comes from.
        self._source: dict[type, str] = {}
        self._question: tuple[object, ...] = ()
        self._experiment: Experiment | None = None

    def ask(self, names: frozenset[str]) -> None:
        """Measure these probes from now on. Raises KeyError for a name that no probe has."""
        unknown = names - self._probes.keys()
        if unknown:
            raise KeyError(", ".join(sorted(unknown)))
        self._asked = names | self._standing
        # What is no longer measured would grow old beside the rest; a slow reading says of which step it is.
        gone = {kind for kind, name in self._source.items() if name not in self._asked and not self._probes[name].slow}
        if gone & self.readings.keys():
            self.readings = {kind: reading for kind, reading in self.readings.items() if kind not in gone}
            for name in {self._source[kind] for kind in gone}:
                self._measured.pop(name, None)

    def set_options(self, name: str, options: Any) -> None:
        """Measure a probe with other options, at once."""
        self._options[name] = options
        self._due[name] = 0.0
        for beside in self._beside.values():
            if beside.under_way == name:
                beside.cancel()

    def forget(self) -> None:
        """Drop all readings: they are of another run."""
        self.readings = {}
        self._measured.clear()
        self._due = dict.fromkeys(self._probes, 0.0)
        self._cancel()

    def keep_to(self, setup: BoundExperiment) -> None:
        """Drop all readings that do not belong to ``setup``, so that a frame never holds them beside it.

        Of the same question with other numbers (a slope that is dragged) the slow readings stay, each of the step that
        it names, until the next is there: cancelled at each change, none would ever come. All others are measured anew
        at once, however long they would rest.
        """
        if setup.experiment is self._experiment:
            return
        question = _question(setup)
        if question != self._question:
            self.forget()
        elif setup.experiment != self._experiment:
            slow = {name for name, probe in self._probes.items() if probe.slow}
            self.readings = {kind: reading for kind, reading in self.readings.items() if self._source[kind] in slow}
            self._due |= {name: 0.0 for name, probe in self._probes.items() if name not in slow or probe.resumes}
            # Copies of a run under other settings say nothing of this one.
            self._beside[True].cancel()
        self._question, self._experiment = question, setup.experiment

    def pending(self, version: int, *, whole: bool = False) -> bool:
        """Return whether there is anything to measure or to collect, for a run at ``version``; ``whole`` as in take."""
        return any(beside.found for beside in self._beside.values()) or any(
            self._is_due(name, whole=whole) and self._measured.get(name) != (version, self._options[name])
            for name in self._asked
        )

    def take(self, instant: Instant, version: int, *, whole: bool = False, lost: bool = False) -> None:
        """Measure what is due; ``version`` is that of the run, which rises when it moves.

        ``whole``: measure all that is not slow, due or not, so that all of it is of this instant. ``lost``: of a run
        whose numbers are no longer finite only what trains copies of it can say anything.
        """
        for beside in self._beside.values():
            for reading in beside.collect():
                self._keep(reading, beside.under_way)
        # Of the slow ones, one of which runs at a time, the one that has waited longest comes first.
        for name in sorted(self._asked, key=lambda name: (self._due[name], name)):
            probe, now = self._probes[name], self._clock()
            key = (version, self._options[name])
            if not self._is_due(name, whole=whole) or self._measured.get(name) == key or (lost and not probe.resumes):
                continue
            if probe.slow:
                self._begin_slow(probe, instant, key)
            else:
                for reading in probe.measure(instant, self._options[name]):
                    self._keep(reading, name)
                ended = self._clock()
                self._due[name] = max(now + self.calm * probe.period, ended + self.calm * REST * (ended - now))
                self._measured[name] = key

    def take_all(self, instant: Instant, version: int, besides: frozenset[str] = frozenset()) -> None:
        """Measure all that is asked for, and the probes ``besides``, slow or not, here and to the end."""
        self._cancel()
        for name in sorted(self._asked | besides):
            for reading in self._probes[name].measure(instant, self._options[name]):
                self._keep(reading, name)
            self._measured[name] = (version, self._options[name])

    def _is_due(self, name: str, *, whole: bool) -> bool:
        at_once = name in self._standing or (whole and not self._probes[name].slow)
        return at_once or self._clock() >= self._due[name]

    def _keep(self, reading: object | None, probe: str) -> None:
        if reading is not None:
            self._source[type(reading)] = probe
            # A new mapping each time: frames hold the old one.
            self.readings = {**self.readings, type(reading): reading}

    def _begin_slow(self, probe: Probe, instant: Instant, key: tuple[object, ...]) -> None:
        if not self._beside[probe.resumes].begin(probe, instant, self._options[probe.name]):
            return
        self._due[probe.name] = self._clock() + self.calm * probe.period
        self._measured[probe.name] = key

    def stop(self) -> None:
        """End the threads and the processes that measure beside the training."""
        for beside in self._beside.values():
            beside.stop()

    def _cancel(self) -> None:
        for beside in self._beside.values():
            beside.cancel()


class _Beside:
    """A thread and the process that it waits for; both begin with the first measurement."""

    def __init__(self) -> None:
        self._background: Background | None = None
        self._process = MeasuringProcess()
        self.under_way = ""

    @property
    def found(self) -> bool:
        """Return whether there is anything to collect."""
        return self._background is not None and self._background.found

    def begin(self, probe: Probe, instant: Instant, options: Any) -> bool:
        """Begin a measurement; False where another is under way."""
        if self._background is None:
            self._background = Background()
        if self._background.busy:
            return False
        measurement = self._process.measure(probe.name, instant, options)
        # Its first part runs here, between two updates, and copies what it reads.
        next(measurement, None)
        self._background.begin(measurement)
        self.under_way = probe.name
        return True

    def collect(self) -> list[object]:
        """Take the readings found since the last call. Raises the error that a measurement ended with, if any."""
        return [] if self._background is None else self._background.collect()

    def cancel(self) -> None:
        """Drop the measurement under way and what it has found."""
        if self._background is not None:
            self._background.cancel()

    def stop(self) -> None:
        """End the thread and the process."""
        if self._background is not None:
            self._background.stop()
        self._process.stop()


def _question(setup: BoundExperiment) -> tuple[object, ...]:
    """Return what must be the same for a reading of one setup to be shown with another: all but numbers."""
    experiment, dataset, network = setup.experiment, setup.dataset, setup.network
    functions = [
        (function.activation.key, function.rule.key, function.trained, function.normalization.key)
        for function in network.functions
    ]
    names = (dataset.feature_names, dataset.input_names, dataset.class_names, dataset.target_names)
    return (experiment.loss, experiment.precision, *names, network.layout.widths, functions)
