"""Writes a film in a thread of its own: the window takes the next picture meanwhile."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from stepviz.export.film.film import Film, Pixels


@dataclass(frozen=True, slots=True)
class Report:
    """How far a film is: ``written`` frames, then the ``share`` of its finishing that is done.

    With ``ended`` there is no more to come: the film was ``made`` and is in its place, or nothing is left of it,
    because of an ``error`` (in words) or because it was cancelled.
    """

    written: int = 0
    share: float = 0.0
    ended: bool = False
    made: bool = False
    error: str = ""


class _CancelledError(Exception):
    """Nobody wants the film any more."""


class FilmWriter:
    """Takes frames from one thread and writes them in another.

    ``tell`` is called in that other one, for the last time with a report that has ``ended``.
    """

    def __init__(self, film: Film, tell: Callable[[Report], None]) -> None:
        self._film, self._tell = film, tell
        self._frames: queue.SimpleQueue[Pixels | None] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stepviz-film")
        self._thread.start()

    def add(self, frame: Pixels) -> None:
        """Hand over the next frame."""
        self._frames.put(frame)

    def finish(self) -> None:
        """Say that there are no more frames."""
        self._frames.put(None)

    def cancel(self) -> None:
        """Leave nothing of the film; nothing happens to one that is in its place."""
        self._cancelled.set()
        self._frames.put(None)

    def wait(self) -> None:
        """Wait for the thread to end."""
        self._thread.join()

    def _run(self) -> None:
        error, made = "", False
        try:
            self._write()
            made = True
        except _CancelledError:
            self._film.abandon()
        except OSError as problem:
            error = problem.strerror or str(problem)
            self._film.abandon()
        except Exception as problem:  # an error of ours must reach the person, not end in a thread unseen
            error = f"{type(problem).__name__}: {problem}"
            self._film.abandon()
        self._tell(Report(ended=True, made=made, error=error))

    def _write(self) -> None:
        written = 0
        while (frame := self._frames.get()) is not None:
            self._look_for_cancel()
            self._film.add(frame)
            written += 1
            self._tell(Report(written))

        def going_on(share: float) -> None:
            self._look_for_cancel()
            self._tell(Report(written, share))

        self._look_for_cancel()
        self._film.finish(going_on)

    def _look_for_cancel(self) -> None:
        if self._cancelled.is_set():
            raise _CancelledError
