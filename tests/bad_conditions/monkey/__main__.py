"""Let the monkey loose: ``python -m tests.bad_conditions.monkey --seed 3 --events 300 --folder F``.

It opens the lab as a person does, plays with it, sees whether a run still goes on after that, quits, and leaves what it
found in ``F/report.json``. Event number i of a seed is drawn from seed and number alone: ``--keep 3,10-20`` does these
events only.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from random import Random

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog
from shiboken6 import isValid

from stepviz import app
from stepviz.engine.settings.experiment import Experiment
from stepviz.lessons.library import shipped_lessons

from .files import LESSON, save_names, write_files
from .hand import Hand
from .watch import Watch

LOOK_EVERY = 20
# A run that is measured for all instruments on a machine with much else to do.
GOES_ON = 40.0
INSIDE_MS = 50
ERROR_OF_ITS_OWN = 7


class Monkey:
    """Plays for ``events`` events, then puts the lab right as a person would, and ends it."""

    def __init__(self, live: app.LiveLab, arguments: argparse.Namespace) -> None:
        folder = arguments.folder
        self._live, self._arguments = live, arguments
        self.watch = Watch(folder, arguments.patience)
        live.clock.news_came.connect(self.watch.describe_message)
        files = folder / "files"
        files.mkdir(exist_ok=True)
        self._hand = Hand(live, write_files(files), save_names(files), [*shipped_lessons(), LESSON])
        self._events = [i for i in range(arguments.events) if arguments.keep is None or i in arguments.keep]
        self._trace = (folder / "trace.txt").open("w", encoding="utf-8")
        self._course = self._play()
        self.ended = False
        self.done = 0
        # Seconds of this thread in events so far.
        self._inner = 0.0
        self._next(200)

    def _next(self, ms: int) -> None:
        # A timer for each: one that has not returned, because a menu or a dialog is open, would not come again.
        QTimer.singleShot(ms, self._turn)

    def _turn(self) -> None:
        if self.ended:
            return
        try:
            if not self._course.gi_running:
                self._next(next(self._course, 20))
                return
            # An event has opened a dialog and waits for its end: the next ones are done inside of it.
            self._next(5)
            if self._events:
                self._event()
            else:
                self._close_dialogs()
        except Exception:
            traceback.print_exc()
            os._exit(ERROR_OF_ITS_OWN)

    def _play(self) -> Generator[int]:
        while self._events:
            # Should the event wait for the end of a dialog, somebody has to answer it.
            QTimer.singleShot(INSIDE_MS, self._turn_inside)
            self._event()
            yield 1
        if self._arguments.quit_in_the_middle:
            self._quit()
            return
        yield from self._put_right()
        self._quit()

    def _turn_inside(self) -> None:
        if self._course.gi_running:
            self._turn()

    def _event(self) -> None:
        number = self._events.pop(0)
        self.watch.event_number = number
        self.done += 1
        random = Random(f"{self._arguments.seed}/{number}")
        inner, began = self._inner, time.thread_time()
        try:
            self._hand.act(random)
        except RuntimeError as error:
            # What it was about to touch has gone meanwhile.
            if "already deleted" not in str(error):
                raise
        finally:
            # Of an event that opened a dialog, what was done inside of it is counted there.
            took = time.thread_time() - began
            own = took - (self._inner - inner)
            self._inner = inner + took
            if own > self._arguments.most_cpu > 0:
                self.watch.note("stall", f"{own:.2f} s of the window's thread: {self._hand.told}")
            self._trace.write(f"{number} {self._hand.told}\n")
            self._trace.flush()
        if self.done % LOOK_EVERY == 0:
            self.watch.look()

    # After the storm

    def _close_dialogs(self) -> None:
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        modal = QApplication.activeModalWidget()
        if isinstance(modal, QDialog):
            modal.reject()

    def _put_right(self) -> Generator[int]:
        live, window = self._live, self._live.window
        for _ in range(20):
            self._close_dialogs()
            yield 20
        for other in QApplication.topLevelWidgets():
            ours = isValid(other) and other is not window and not isinstance(other, QFileDialog)
            if ours and other.isVisible() and other.parent() is not None and other.windowTitle():
                other.close()
        yield 50
        window.presenter.leave()
        window.start.leave(go_on=False)
        window.documents.wait()
        yield 50
        self._close_dialogs()
        window.menus.menus["File"].actions()[0].trigger()
        yield from self._until(lambda: live.lab.frame is not None and live.lab.frame.experiment == Experiment(),
                               "a new experiment is not shown")  # fmt: skip
        window.transport.set_speed(None)
        yield 500
        began = live.lab.frame.step if live.lab.frame is not None else 0
        yield from self._until(lambda: self._plays_beyond(began + 100), "nothing can be played any more")
        if not live.worker.alive:
            self.watch.note("worker", "the worker is dead")
        self.watch.look()

    def _plays_beyond(self, step: int) -> bool:
        """Press Play wherever the run rests (a number of steps that was asked for may have come to its end)."""
        frame, play = self._live.lab.frame, self._live.window.transport.play
        if frame is not None and not frame.running and play.text() == "Play":
            play.trigger()
        return frame is not None and frame.step > step

    def _until(self, condition: Callable[[], bool], complaint: str) -> Generator[int]:
        ends = time.monotonic() + GOES_ON
        while not condition():
            if time.monotonic() > ends:
                frame = self._live.lab.frame
                where = f"step {frame.step}, running {frame.running}, {frame.diverged}" if frame is not None else ""
                open_windows = [type(w).__name__ for w in QApplication.topLevelWidgets() if w.isVisible()]
                where += f"; {self._live.window.transport.play.text()}; windows {open_windows}"
                self.watch.note("stuck", f"{complaint} ({where})")
                return
            yield 50

    def _quit(self) -> None:
        self.ended = True
        self._trace.write("quit\n")
        self._trace.flush()
        if self._arguments.seed % 3 == 0:
            os.kill(os.getpid(), signal.SIGTERM)
        elif self._arguments.seed % 3 == 1:
            QTimer.singleShot(0, self._live.window.close)
        else:
            self._live.window.close()

    def report(self) -> dict[str, object]:
        """Return what was done and found."""
        return {"done": self.done, "ended": self.ended, "problems": self.watch.problems, "memory": self.watch.memory}


def numbers(text: str) -> set[int]:
    """Return the numbers in ``3,10-20``."""
    parts = (part.partition("-") for part in text.split(",") if part)
    return {i for first, _, last in parts for i in range(int(first), int(last or first) + 1)}


def main() -> int:
    """Run the lab with the monkey in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--keep", type=numbers)
    parser.add_argument("--patience", type=float, default=5.0)
    parser.add_argument(
        "--most-cpu", type=float, default=0.0, help="seconds of the window's thread that one event may take (0: any)"
    )
    parser.add_argument("--quit-in-the-middle", action="store_true")
    arguments = parser.parse_args()
    monkeys: list[Monkey] = []
    start = app.LiveLab.start

    def begin(live: app.LiveLab, *, play: bool = True) -> None:
        start(live, play=play)
        monkeys.append(Monkey(live, arguments))

    app.LiveLab.start = begin  # type: ignore[method-assign]  # the lab starts as it does, and then comes the monkey
    code = app.run(None, None)
    monkeys[0].watch.end()
    (arguments.folder / "report.json").write_text(json.dumps(monkeys[0].report(), indent=1))
    return code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception:
        traceback.print_exc()
        os._exit(ERROR_OF_ITS_OWN)
