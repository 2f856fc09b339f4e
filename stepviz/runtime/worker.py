"""The worker: the thread that owns the Trainer. One loop: commands, a slice of training, a frame, the gate."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import assert_never

import numpy as np

from stepviz.engine.common.arrays import freeze
from stepviz.engine.common.atomic_files import write_whole
from stepviz.engine.common.errors import InputError, in_words
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.stepper import COMPILED, choose_stepper
from stepviz.probes.instant import Instant
from stepviz.probes.probe import Probe
from stepviz.probes.probe_table import PROBES
from stepviz.runtime.commands import (
    Ask,
    Begin,
    Change,
    Command,
    EndWatch,
    Film,
    GoTo,
    KeepRun,
    Pause,
    Play,
    PutParameters,
    Restart,
    Resume,
    Return,
    SaveSession,
    SetFrameRate,
    SetOptions,
    SetSpeed,
    Step,
    StepBack,
    TakeRun,
    TakeSession,
    UseStepper,
)
from stepviz.runtime.frame import Frame
from stepviz.runtime.mailbox import Failure, Mailbox, Note, NotKept, Refusal, Saved
from stepviz.runtime.measurements import Measurements
from stepviz.runtime.observer import ObserverSlot
from stepviz.runtime.pace import GATE_TIMEOUT, SLICE, Pace
from stepviz.runtime.run import Run
from stepviz.runtime.run_record import take_record
from stepviz.runtime.session import Session, other_bits
from stepviz.runtime.session_file import encode_session
from stepviz.runtime.shelf import Shelf

IDLE = 0.05
# Numbers that change oftener cannot be read; and measuring all of them at one instant takes so small a share.
SNAPSHOT_PERIOD, SNAPSHOT_REST = 0.25, 3.0
# As many frames a second as eyes take for motion, and no more: each takes its share from the training.
FRAME_PERIOD = 1 / 58
# Between two frames of a film the worker looks so often whether it has to end.
FILM_SLICE = 500


class Worker:
    """Trains in a thread of its own and posts frames.

    ``send`` takes commands from any thread. A frame is posted when ``wanted`` is set and something has changed, at
    most 58 times a second while the run goes on. While ``gate`` is cleared the worker waits (for a tenth of a second
    at most): the window is painting. So it is where NumPy does the updates; the compiled step leaves the interpreter
    free, and goes on.

    ``notify``, where it is set before ``start``, is called in the worker's thread when a frame was posted, and the
    gate is closed before: whoever shows the frame finds the interpreter free, and opens the gate when it is painted.
    A window that had to win the interpreter from two busy threads first would wait for it up to a second.
    """

    def __init__(
        self,
        experiment: Experiment,
        mailbox: Mailbox,
        probes: Mapping[str, Probe] = PROBES,
        session: Session | None = None,
    ) -> None:
        """Prepare a run of ``experiment``, or go on from a ``session`` of it.

        Raises InputError where the settings are not allowed or the data cannot be read.
        """
        self.gate = threading.Event()
        self.gate.set()
        self.wanted = threading.Event()
        self.notify: Callable[[], None] | None = None
        self._mailbox = mailbox
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._run = Run(experiment) if session is None else Run.resumed(session)
        self._shelf = Shelf()
        self._pace = Pace()
        self._measurements = Measurements(probes, time.perf_counter)
        self._watcher = ObserverSlot()
        self._running = False
        self._steps_left: int | None = None
        self._look_back = 0
        self._film = 0
        self._filmed_probes: frozenset[str] = frozenset()
        self._frames = 0
        self._posted: tuple[object, ...] = ()
        self._posted_readings: Mapping[type, object] = {}
        self._frame_due = 0.0
        self._frame_period = FRAME_PERIOD
        self._snapshot: Frame | None = None
        self._snapshot_due = 0.0
        self._thread = threading.Thread(target=self._loop, name="stepviz-train", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def send(self, command: Command) -> None:
        """Hand over a command; it is carried out between two updates, in order."""
        self._commands.put(command)
        self.wanted.set()

    def stop(self) -> None:
        """End both threads and wait for them. Safe to call twice, and before ``start``."""
        self._stopping.set()
        self.gate.set()
        self.wanted.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._measurements.stop()

    @property
    def alive(self) -> bool:
        """Return whether the thread runs."""
        return self._thread.is_alive()

    # The loop, all of it in the worker's thread

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self._drain()
                self._train_slice()
                if self.wanted.is_set() and self._frame_due_in() <= 0.0:
                    self.wanted.clear()
                    # In step with the period, whatever a slice of training takes too long; but nothing is made up for.
                    period = self._frame_period
                    self._frame_due = max(self._frame_due, time.perf_counter() - period) + period
                    self._post()
            except Exception as error:  # an error of ours must not end the lecture: pause, keep the run, say it
                self._running = False
                self._mailbox.tell(Failure(f"{type(error).__name__}: {error}", traceback.format_exc()))
            if not (self.gate.is_set() or self._leaves_interpreter):
                self.gate.wait(GATE_TIMEOUT)

    @property
    def _leaves_interpreter(self) -> bool:
        # The compiled step holds the interpreter between its calls only: there is nothing to wait for.
        return self._running and self._run.trainer.stepper == COMPILED

    def _frame_due_in(self) -> float:
        return self._frame_due - time.perf_counter() if self._running else 0.0

    def _rest(self, seconds: float) -> None:
        if self.wanted.is_set():
            # What is wanted is not due yet: to wait for it would be to spin.
            self._stopping.wait(max(0.0, min(seconds, self._frame_due_in())))
        else:
            self.wanted.wait(seconds)

    def _drain(self) -> None:
        while True:
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                return
            # Whoever changed something wants to see it in the next frame.
            self._snapshot_due = 0.0
            try:
                self._apply(command)
            except (InputError, OSError) as error:
                self._mailbox.tell(Refusal(command, in_words(error)))

    def _apply(self, command: Command) -> None:
        match command:
            case Play():
                self._set_running(True)
            case Pause():
                self._set_running(False)
            case Step(count):
                self._set_running(True, count)
            case StepBack():
                self._set_running(False)
                self._run.step_back()
            case GoTo(step, look_back):
                self._set_running(False)
                self._run.go_to(step)
                self._look_back = look_back
            case Restart(leave):
                self._leave(leave)
                self._run.restart()
                self._measurements.forget()
                self._watcher.again(self._run.trainer)
            case Change(experiment, note, anew, leave, drag):
                self._change(experiment, note, leave, drag, anew=anew)
            case KeepRun(number):
                self._leave(number)
            case Return(number, experiment, note, leave):
                self._return(number, experiment, note, leave)
            case PutParameters(indices, values, note, fresh):
                self._run.put(indices, values, note, fresh=fresh)
            case SetSpeed(limit):
                self._pace.limit = limit
                self._pace.resume(time.perf_counter())
            case SetFrameRate(rate, calm):
                self._frame_period = 1 / rate
                self._measurements.calm = calm
            case UseStepper(name):
                choose_stepper(name)
                self._run.use_chosen_stepper()
            case Ask(probes):
                self._measurements.ask(probes)
            case SetOptions(probe, options):
                self._measurements.set_options(probe, options)
            case Begin(experiment, parameters, watch, leave):
                begun = Run.begun(experiment, parameters, self._run)
                self._leave(leave)
                self._run = begun
                self._set_running(False)
                self._measurements.forget()
                self._watcher.begin(watch, self._run.trainer)
            case EndWatch():
                self._watcher.begin(None, self._run.trainer)
            case SaveSession(path, panels, quietly):
                session = self._run.session(panels, at_end=quietly)
                write_whole(path, encode_session(session), keep_previous=not quietly)
                if not quietly:
                    step = session.moment.step
                    self._mailbox.tell(Saved(path, step, step != self._run.trainer.step_count))
            case Film(count, number, probes):
                self._set_running(False)
                self._train_for_film(count)
                self._film, self._filmed_probes = number, probes
                # Its frame is waited for, and what the command itself had set may have gone to the frame before.
                self.wanted.set()
            case TakeRun(give):
                give(take_record(self._run))
            case TakeSession(give):
                give(self._run.session())
            case Resume(session, leave):
                self._take_up(session, leave)
                if note := other_bits(session, self._run.trainer.stepper):
                    self._mailbox.tell(Note(note))
            case _:
                assert_never(command)

    def _change(self, experiment: Experiment, note: str, leave: int, drag: str = "", *, anew: bool) -> None:
        run = self._run
        generation = run.generation
        left = run.change(experiment, note, drag, anew=anew, keep=leave > 0)
        if left is not None:
            self._shelf.keep(leave, left)
        if run.generation != generation:
            self._measurements.forget()
            self._watcher.again(run.trainer)

    def _leave(self, number: int) -> None:
        if number:
            self._shelf.keep(number, self._run.at_rest())

    def _return(self, number: int, experiment: Experiment, note: str, leave: int) -> None:
        session = self._shelf.take(number)
        if session is None:
            if self._shelf.lost(number):
                self._mailbox.tell(NotKept())
            self._change(experiment, note, leave, anew=False)
            return
        self._take_up(session, leave)
        if self._run.trainer.experiment != experiment:
            self._run.change(experiment, note)

    def _take_up(self, session: Session, leave: int) -> None:
        self._set_running(False)
        resumed = Run.resumed(session, self._run)
        self._leave(leave)
        self._run = resumed
        self._measurements.forget()
        self._watcher.begin(None, self._run.trainer)

    def last_session(self, panels: tuple[str, ...] = ()) -> Session:
        """Return the run as it is left. Only after ``stop``: nothing else may move it."""
        return self._run.session(panels, at_end=True)

    def _set_running(self, running: bool, steps: int | None = None) -> None:
        if running and self._run.diverged is not None:
            raise InputError("Play", str(self._run.diverged), "a run whose numbers are finite: restart or step back")
        if running and not self._running:
            self._pace.resume(time.perf_counter())
        self._running, self._steps_left = running, steps

    def _train_slice(self) -> None:
        if not self._running:
            self.wanted.wait(IDLE)
            return
        if self._run.recorder.waits:
            # Else the curves of a run that plays at once would begin where its first frame happens to come.
            self._observe()
            if not self._running:
                return
        began = time.perf_counter()
        # A slice ends where a frame that somebody waits for is due.
        self._pace.hold(self._frame_due_in() if self.wanted.is_set() else SLICE)
        # A number of steps that was asked for is done at once, whatever the speed.
        count = self._pace.due(began) if self._steps_left is None else min(self._steps_left, self._pace.fitting)
        if count == 0:
            self._rest(min(IDLE, self._pace.wait()))
            return
        stop = self._watcher.steps_to_go(self._run.trainer.step_count)
        done = self._run.step(count if stop is None else min(count, stop))
        self._pace.did(done, began, time.perf_counter())
        if self._steps_left is not None:
            self._steps_left -= done
            if self._steps_left <= 0:
                self._set_running(False)
        run = self._run
        if run.diverged is not None or self._watcher.arrived(run.trainer) or run.stopped is not None:
            self._running = False

    def _train_for_film(self, count: int) -> None:
        ends = self._run.trainer.step_count + count
        while (left := ends - self._run.trainer.step_count) > 0 and not self._stopping.is_set():
            stop = self._watcher.steps_to_go(self._run.trainer.step_count)
            if self._run.diverged is not None or not self._run.step(min(left, FILM_SLICE, stop or left)):
                return
            self._watcher.arrived(self._run.trainer)
            if self._run.stopped is not None:
                return

    # Frames

    def _observe(self, instant: Instant | None = None, *, filmed: bool = False, whole: bool = False) -> None:
        """Measure this instant and write it down; a run that has diverged stops instead."""
        run = self._run
        instant = instant or run.look()
        self._measurements.keep_to(instant.setup)
        if run.diverged is not None:
            self._running = False
            with np.errstate(all="ignore"):
                self._measurements.take(instant, run.version, lost=True)
            return
        with np.errstate(all="ignore"):
            if filmed:
                self._measurements.take_all(instant, run.version, self._filmed_probes)
            else:
                self._measurements.take(instant, run.version, whole=whole)
            run.record(instant, self._measurements.readings)

    def _post(self) -> None:
        run = self._run
        changed = run.version != self._posted[0] if self._posted else True
        filmed = self._film != (self._posted[-1] if self._posted else 0)
        began = time.perf_counter()
        # Nothing may follow the frame of a run that rests.
        whole = filmed or not self._running or began >= self._snapshot_due
        instant = run.look() if changed or filmed or self._measurements.pending(run.version, whole=whole) else None
        if instant is not None or run.diverged is not None:
            self._observe(instant, filmed=filmed, whole=whole)
        # What diverged has no other readings than its last ones.
        whole = whole or not self._running
        if whole:
            ended, calm = time.perf_counter(), self._measurements.calm
            self._snapshot_due = max(began + SNAPSHOT_PERIOD, ended + calm * SNAPSHOT_REST * (ended - began))
        rate = self._pace.rate(time.perf_counter()) if self._running else 0.0
        state = (run.version, self._running, self._pace.limit, self._film)
        # Readings hold arrays, which have no one truth value: another mapping is another state.
        readings = self._measurements.readings
        if state == self._posted and readings is self._posted_readings and not self._running:
            return
        self._posted, self._posted_readings = state, readings
        self._frames += 1
        trainer = run.trainer
        frame = Frame(
            generation=run.generation,
            number=self._frames,
            setup=trainer.present,
            step=trainer.step_count,
            epochs=trainer.epochs,
            running=self._running,
            speed=self._pace.limit,
            steps_per_second=rate,
            train_loss=run.train_loss,
            test_loss=run.test_loss,
            history=run.recorder.view(),
            parameters=freeze(trainer.theta[0].copy()),
            diverged=run.diverged,
            readings=readings,
            ledger=run.recorder.ledger.view,
            last_step=run.last_step,
            look_back=self._look_back,
            ghost=run.ghost,
            sightings=self._watcher.sightings,
            film=self._film,
            stopped=run.stopped,
            held=run.checkpoints.held,
            course=run.course,
            snapshot=None if whole else self._snapshot,
            stepper=trainer.stepper,
        )
        if whole:
            self._snapshot = frame
        self._mailbox.post(frame)
        if self.notify is not None:
            self.gate.clear()
            self.notify()
