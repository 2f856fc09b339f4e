"""The thread of a race: commands, a slice of training of all lanes, a frame, the gate."""

from __future__ import annotations

import queue
import threading
import time
import traceback

from stepviz.runtime.commands import Pause, Play, Restart, SetSpeed, Step
from stepviz.runtime.mailbox import Failure
from stepviz.runtime.pace import GATE_TIMEOUT, Pace
from stepviz.runtime.race_frame import RaceFrame
from stepviz.runtime.race_run import RaceRun

RaceCommand = Play | Pause | Step | Restart | SetSpeed

IDLE = 0.05
FRAME_PERIOD = 1 / 20
# Of each frame's period the readings of the lanes may take so much; the rest of them come with the next frames.
LOOKING = 0.006


class RaceWorker:
    """Drives a RaceRun in a thread of its own; ``collect`` gives the newest frame.

    ``send`` takes commands from any thread. While ``gate`` is cleared the worker waits (a tenth of a second at most):
    the window is painting. A race that is over, or rests, costs nothing.
    """

    def __init__(self, run: RaceRun) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self._run = run
        self._commands: queue.SimpleQueue[RaceCommand] = queue.SimpleQueue()
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._pace = Pace()
        self._running = False
        self._steps_left: int | None = None
        self._lock = threading.Lock()
        self._frame: RaceFrame | None = None
        self._failure: Failure | None = None
        self._frames = 0
        self._posted: tuple[object, ...] = ()
        self._frame_due = 0.0
        self._thread = threading.Thread(target=self._loop, name="stepviz-race", daemon=True)

    def start(self) -> None:
        """Start the thread; the race waits for Play."""
        self._thread.start()

    def send(self, command: RaceCommand) -> None:
        """Hand over a command; it is carried out between two updates, in order."""
        self._commands.put(command)
        self._woken.set()

    def collect(self) -> tuple[RaceFrame | None, Failure | None]:
        """Take the newest frame (None if none came since) and what went wrong, if anything did."""
        with self._lock:
            found = self._frame, self._failure
            self._frame = self._failure = None
        return found

    def stop(self) -> None:
        """End the thread and wait for it. Safe to call twice, and before ``start``."""
        self._stopping.set()
        self._woken.set()
        self.gate.set()
        if self._thread.ident is not None:
            self._thread.join()

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
                if time.perf_counter() >= self._frame_due or not self._running:
                    self._post()
            except Exception as error:  # an error of ours must not end the lecture: the race rests, and it is said
                self._running = False
                with self._lock:
                    self._failure = Failure(f"{type(error).__name__}: {error}", traceback.format_exc())
            if not self.gate.is_set():
                self.gate.wait(GATE_TIMEOUT)

    def _drain(self) -> None:
        self._woken.clear()
        while True:
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                return
            match command:
                case Play():
                    self._set_running(not self._run.done)
                case Pause():
                    self._set_running(False)
                case Step(count):
                    self._set_running(not self._run.done, count)
                case Restart():
                    self._run.restart()
                case SetSpeed(limit):
                    self._pace.limit = limit
                    self._pace.resume(time.perf_counter())

    def _set_running(self, running: bool, steps: int | None = None) -> None:
        if running and not self._running:
            self._pace.resume(time.perf_counter())
        self._running, self._steps_left = running, steps

    def _train_slice(self) -> None:
        if not self._running:
            # What is to be shown is shown first; then there is time.
            if self._state() == self._posted:
                self._woken.wait(IDLE * 10)
            return
        began = time.perf_counter()
        count = self._pace.due(began) if self._steps_left is None else min(self._steps_left, self._pace.fitting)
        if count == 0:
            self._woken.wait(min(IDLE, self._pace.wait()))
            return
        done = self._run.advance(count)
        self._pace.did(done, began, time.perf_counter())
        if self._steps_left is not None:
            self._steps_left -= done
        if self._run.done or self._steps_left == 0:
            self._set_running(False)

    def _state(self) -> tuple[object, ...]:
        return self._run.generation, self._run.step, self._running

    def _post(self) -> None:
        state = self._state()
        if state == self._posted:
            return
        self._frame_due = time.perf_counter() + FRAME_PERIOD
        self._posted = state
        # At rest everything is brought up to date; on the way, as much as there is time for.
        self._run.look(LOOKING if self._running else float("inf"))
        self._frames += 1
        rate = self._pace.rate(time.perf_counter()) if self._running else 0.0
        frame = self._run.frame(self._frames, self._running, rate)
        with self._lock:
            self._frame = frame
