"""A recording under way: step, picture, step, picture, each in its turn, whatever time they take."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from stepviz.export.film.film import Pixels
from stepviz.export.film.open_film import open_film
from stepviz.export.film.writer import FilmWriter, Report
from stepviz.runtime.commands import Film, Pause
from stepviz.runtime.frame import Frame
from stepviz.ui.core.lab import Lab
from stepviz.ui.export.render import image
from stepviz.ui.export.settle import come_to_rest
from stepviz.ui.film.plan import FilmPlan
from stepviz.ui.text.throttled_label import SlowLabel

# Pictures that may wait for being written; more would only take memory.
WAITING = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``frames`` pictures are written, so many a second; or the ``share`` of the end work is done."""

    done: int
    frames: int
    rate: float
    share: float = 0.0

    @property
    def seconds_left(self) -> float | None:
        """Return how long the pictures will take, None where that is not known yet."""
        return (self.frames - self.done) / self.rate if self.rate > 0 else None


class Recording(QObject):
    """One film. ``progressed`` carries a Progress, ``ended`` whether there is a film, and a sentence that says so.

    The run is paused, advanced for each picture by the same number of updates, and left where the film ends. One that
    diverges ends the film early.
    """

    progressed = Signal(object)
    ended = Signal(bool, str)
    _told = Signal(object)

    def __init__(self, lab: Lab, widget: QWidget, plan: FilmPlan, path: Path, parent: QObject) -> None:
        """Begin. Raises InputError for a kind of film that cannot be made, OSError where it cannot be written."""
        super().__init__(parent)
        self._lab, self._widget, self._plan, self._path = lab, widget, plan, path
        self._size = plan.size(widget.size())
        film = open_film(path, (self._size.width(), self._size.height()), plan.rate)
        self._told.connect(self._take_report)
        self._writer = FilmWriter(film, self._told.emit)
        self._number = lab.frame.film if lab.frame is not None else 0
        self._taken, self._written, self._open = 0, 0, True
        self._waits = False
        # The first answer only settles what is measured for a run that rests.
        self._settled = False
        self._note = ""
        self._began = time.perf_counter()
        lab.frame_shown.connect(self._take_frame)
        lab.send(Pause())
        if plan.restart:
            lab.restart("Record a film from step 0")
        self._advance(0)

    def cancel(self, why: str = "") -> None:
        """Leave nothing of the film; ``ended`` follows. ``why`` is given where the person did not ask for it."""
        self._note = why
        self._stop_taking()
        self._writer.cancel()

    def wait(self) -> None:
        """Wait for what is being written."""
        self._writer.wait()

    def _advance(self, steps: int) -> None:
        self._number += 1
        self._lab.send(Film(steps, self._number))

    def _take_frame(self, frame: Frame) -> None:
        if not self._open or frame.film != self._number:
            return
        if not self._settled:
            self._settled = True
            # What was shown before the film may still stand there, and may have been wider.
            come_to_rest(self._widget)
            for label in self._widget.findChildren(SlowLabel):
                label.forget_room()
            self._advance(0)
            return
        self._writer.add(picture(self._widget, self._plan, self._size))
        self._taken += 1
        if frame.diverged is not None and self._taken < self._plan.frames:
            self._note = f"the run diverged at {frame.diverged}, which is the last picture"
        if self._note or self._taken == self._plan.frames:
            self._stop_taking()
            self._writer.finish()
        elif self._taken - self._written < WAITING:
            self._advance(self._plan.steps)
        else:
            self._waits = True

    def _stop_taking(self) -> None:
        if self._open:
            self._open = False
            self._lab.frame_shown.disconnect(self._take_frame)

    def _take_report(self, report: Report) -> None:
        if report.ended:
            self._stop_taking()
            self._writer.wait()
            self._end(report)
            return
        self._written = report.written
        rate = report.written / max(1e-9, time.perf_counter() - self._began)
        self.progressed.emit(Progress(report.written, self._plan.frames, rate, report.share))
        if self._open and self._waits and self._taken - self._written < WAITING:
            self._waits = False
            self._advance(self._plan.steps)

    def _end(self, report: Report) -> None:
        if report.made:
            written = self._path.stat().st_size
            size = f"{written / 1e6:.1f} MB" if written >= 1e5 else f"{written / 1e3:.1f} kB"
            self.ended.emit(True, f"The film is in {self._path} ({size})" + (f": {self._note}" if self._note else ""))
        elif report.error:
            self.ended.emit(False, f"{self._path}: the film cannot be written ({report.error})")
        else:
            self.ended.emit(False, f"There is no film: {self._note or 'the recording was cancelled'}")


def picture(widget: QWidget, plan: FilmPlan, size: QSize) -> Pixels:
    """Return the widget as it looks when it has come to rest, in pictures of ``size``."""
    come_to_rest(widget)
    taken = image(widget, plan.scale(widget.size())).convertToFormat(QImage.Format.Format_RGB32)
    if taken.size() != size:
        close = abs(taken.width() - size.width()) <= 2 and abs(taken.height() - size.height()) <= 2
        # A row more than an even number of them is cut off; a window that was resized meanwhile is not.
        fitting = Qt.TransformationMode.SmoothTransformation
        taken = taken.copy(0, 0, size.width(), size.height()) if close else taken.scaled(size, mode=fitting)
    pixels = np.frombuffer(taken.constBits(), dtype=np.uint8).reshape(size.height(), taken.bytesPerLine() // 4, 4)
    return np.ascontiguousarray(pixels[:, : size.width(), 2::-1])
