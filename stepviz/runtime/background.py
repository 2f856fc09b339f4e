"""A second thread that waits for measurements that take long: the training goes on beside them."""

from __future__ import annotations

import threading
from collections.abc import Iterator


class Background:
    """Runs one measurement at a time: an iterator that holds its own copies of what it reads.

    It should wait for another process rather than compute: two threads that both compute in small pieces only take
    the interpreter from each other.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._measurement: Iterator[object | None] | None = None
        self._number = 0
        self._readings: list[tuple[int, object]] = []
        self._error: BaseException | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="stepviz-measure", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Return whether a measurement is under way."""
        with self._condition:
            return self._measurement is not None

    @property
    def found(self) -> bool:
        """Return whether there is anything to collect."""
        with self._condition:
            return bool(self._readings) or self._error is not None

    def begin(self, measurement: Iterator[object | None]) -> None:
        """Start a measurement; one that is under way is dropped at its next yield."""
        with self._condition:
            self._measurement = measurement
            self._number += 1
            self._readings.clear()
            self._condition.notify()

    def cancel(self) -> None:
        """Drop the measurement under way and what it has found."""
        with self._condition:
            self._measurement = None
            self._number += 1
            self._readings.clear()

    def collect(self) -> list[object]:
        """Take the readings found since the last call. Raises the error that a measurement ended with, if any."""
        with self._condition:
            readings = [reading for number, reading in self._readings if number == self._number]
            self._readings.clear()
            error, self._error = self._error, None
        if error is not None:
            raise error
        return readings

    def stop(self) -> None:
        """End the thread and wait for it."""
        with self._condition:
            self._stopping = True
            self._measurement = None
            self._condition.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._stopping or self._measurement is not None)
                if self._stopping:
                    return
                measurement, number = self._measurement, self._number
            assert measurement is not None
            self._advance(measurement, number)
            # One that was cancelled ends here and now, not when the next one begins.
            del measurement

    def _advance(self, measurement: Iterator[object | None], number: int) -> None:
        reading: object | None = None
        ended = False
        try:
            reading = next(measurement)
        except StopIteration:
            ended = True
        except Exception as error:  # whatever it is, it belongs to the worker, which reports it
            ended = True
            with self._condition:
                self._error = error
        with self._condition:
            if number != self._number:
                return
            if reading is not None:
                self._readings.append((number, reading))
            if ended:
                self._measurement = None
