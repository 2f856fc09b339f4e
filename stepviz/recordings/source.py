"""Follows a recording in a thread of its own and posts frames: what the worker is to the lab."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable
from typing import BinaryIO

import numpy as np

from stepviz.engine.common.arrays import Ints
from stepviz.engine.common.errors import InputError, in_words
from stepviz.recordings.blocks import HEADER, BlockReader, Rows
from stepviz.recordings.follower import PIECE, Follower
from stepviz.recordings.frames import FrameMaker, flow_at
from stepviz.runtime.commands import Command, GoTo, Pause, Play
from stepviz.runtime.mailbox import Failure, Mailbox

# A file is looked at so often; frames come at most so often, and take at most this share of the time.
PERIOD, FRAME_PERIOD, FRAME_SHARE = 0.02, 1 / 30, 0.2
READING_PERIOD = 0.3
GATE_TIMEOUT = 0.1
LARGEST_BLOCK = 1 << 20


class RecordingSource:
    """A RunSource of a file that may still grow. ``lookup`` opens it a second time, to look back; None for a pipe.

    ``Play`` follows the newest step, ``Pause`` stays at the present one, ``GoTo`` shows an earlier one.
    """

    def __init__(self, follower: Follower, mailbox: Mailbox, lookup: Callable[[], BinaryIO] | None = None) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.wanted = threading.Event()
        self.notify: Callable[[], None] | None = None
        self.follower = follower
        self._mailbox, self._lookup = mailbox, lookup
        self._maker = FrameMaker(follower.run)
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._step: int | None = None
        self._look_back = 0
        self._posted: tuple[object, ...] = ()
        self._due = 0.0
        self._failed = False
        self._thread = threading.Thread(target=self._loop, name="stepviz-follow", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def send(self, command: Command) -> None:
        """Hand over a command."""
        self._commands.put(command)
        self.wanted.set()

    def stop(self) -> None:
        """End the thread and close the file. A pipe from which nothing comes is left to the end of the program."""
        self._stopping.set()
        self.gate.set()
        self.wanted.set()
        if self._thread.ident is not None:
            self._thread.join(2.0 if self._lookup is None else None)
        if not self._thread.is_alive():
            self.follower.close()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self._drain()
                more = not self._failed and self.follower.read(PIECE)
                if self.wanted.is_set() and time.perf_counter() >= self._due:
                    self._post(more=more)
            except Exception as error:  # an error of ours must not end the window: say it, and read no further
                self._failed = True
                words = (
                    in_words(error) if isinstance(error, (InputError, OSError)) else f"{type(error).__name__}: {error}"
                )
                self._mailbox.tell(Failure(words, traceback.format_exc()))
                more = False
            if not self.gate.is_set():
                self.gate.wait(GATE_TIMEOUT)
            elif not more:
                self._stopping.wait(PERIOD)

    def _drain(self) -> None:
        while True:
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                return
            match command:
                case GoTo(step, number):
                    self._step, self._look_back = step, number
                case Pause():
                    self._step = self.follower.run.step if self._step is None else self._step
                case Play():
                    self._step = None

    def _post(self, *, more: bool) -> None:
        run = self.follower.run
        state = (run.version, self._step, self._look_back, run.ended)
        if state == self._posted:
            return
        self.wanted.clear()
        began = time.perf_counter()
        shown = run.step if self._step is None else self._step
        frame = self._maker.frame(
            self._step, running=self._step is None and not run.ended, look_back=self._look_back,
            histograms=self._histograms(shown),
        )  # fmt: skip
        if frame is None:
            return
        self._posted = state
        now = time.perf_counter()
        # While a long file is being read, a frame now and then shows that something happens.
        self._due = now + max(READING_PERIOD if more else FRAME_PERIOD, (now - began) / FRAME_SHARE)
        self._mailbox.post(frame)
        if self.notify is not None:
            self.gate.clear()
            self.notify()

    def _histograms(self, step: int) -> Ints | None:
        """Read the histograms of a watched update anew: they are too many to be kept."""
        row = flow_at(self.follower.run, step)
        if row is None or row.offsets[1] < 0 or self._lookup is None:
            return None
        with self._lookup() as file:
            file.seek(row.offsets[1])
            head = file.read(HEADER.size)
            if len(head) < HEADER.size:
                return None
            length = min(HEADER.unpack(head)[1], LARGEST_BLOCK)
            reader = BlockReader.continued(self.follower.tables)
            for event in reader.feed(head + file.read(length)):
                named = isinstance(event, Rows) and event.table.name == "histograms"
                if isinstance(event, Rows) and named and int(event.rows["step"][-1]) == row.step:
                    counts: Ints = np.array(event.rows["gradients"][-1], np.int64)
                    return counts if counts.ndim == 2 and len(counts) == len(row.layers["rms"]) else None
        return None
