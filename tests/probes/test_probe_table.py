from __future__ import annotations

import dataclasses
import threading

import numpy as np
import pytest

from stepviz.engine.data.dataset import dataset_from_arrays
from stepviz.probes.buffer_cache import BufferCache
from stepviz.probes.probe_table import PROBES
from tests.probes.runs import experiment, instant_of, newest, regression, train

RUNS = {
    "plane": experiment(),
    "step": experiment(activation="step"),
    "curve": regression("sine"),
    "digits": experiment("digits", (12,), loss="softmax-cross-entropy"),
    "no hidden layer": experiment(widths=()),
    "float16": experiment(precision="float16"),
    "trained slopes": experiment(activation="prelu"),
}


def arrays_in(reading):
    if isinstance(reading, np.ndarray):
        yield reading
    elif isinstance(reading, tuple):
        for part in reading:
            yield from arrays_in(part)
    elif dataclasses.is_dataclass(reading):
        for field in dataclasses.fields(reading):
            yield from arrays_in(getattr(reading, field.name))


@pytest.mark.parametrize("settings", RUNS.values(), ids=RUNS.keys())
@pytest.mark.parametrize("name", PROBES)
def test_a_reading_is_frozen_and_stays_as_it_is_while_the_run_goes_on(name, settings):
    instant = train(settings, 5)
    reading = newest(PROBES[name].measure(instant, PROBES[name].options))
    arrays = list(arrays_in(reading))
    kept = [array.copy() for array in arrays]
    assert arrays or name in ("diagnosis", "curvature", "twins") or not settings.layers
    assert not any(array.flags.writeable for array in arrays)
    instant._trainer.step(20)
    newest(PROBES[name].measure(instant_of(instant._trainer), PROBES[name].options))
    for array, before in zip(arrays, kept, strict=True):
        np.testing.assert_array_equal(array, before)


# Of a run before its first step there are no twins.
@pytest.mark.parametrize("name", [name for name, probe in PROBES.items() if not probe.resumes])
def test_numbers_that_are_not_finite_are_measured_without_complaint(name):
    instant = train(experiment())
    instant._trainer.theta[:] = np.nan
    instant._trainer.theta[0, :5] = np.inf
    newest(PROBES[name].measure(instant_of(instant._trainer), PROBES[name].options))


@pytest.mark.parametrize("name", PROBES)
def test_one_example_is_enough(name):
    data = dataset_from_arrays(np.array([[0.5, 0.1]]), np.array([1]), class_names=("a", "b"))
    instant = train(experiment(), 3, dataset=data)
    assert newest(PROBES[name].measure(instant, PROBES[name].options)) is not None


def test_what_is_lent_out_is_not_lent_twice():
    spare = BufferCache(lambda _setup, key: [key])
    setup = train(experiment()).setup
    with spare.borrow(setup, "a") as one, spare.borrow(setup, "a") as other:
        assert one is not other
    with spare.borrow(setup, "a") as again:
        assert again is one
        lent = []

        def borrow():
            with spare.borrow(setup, "a") as item:
                lent.append(item)

        thread = threading.Thread(target=borrow)
        thread.start()
        thread.join()
        assert lent[0] is not again
    with spare.borrow(setup, "b") as changed:
        assert changed == ["b"]
