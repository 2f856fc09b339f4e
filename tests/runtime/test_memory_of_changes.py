"""An hour of changes, one every two seconds, costs no more memory than a person would not notice. Run by name."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
from msgspec.structs import replace

from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.setup import set_up
from stepviz.engine.setup.switch import with_activation
from stepviz.runtime.run import Run
from tests.runtime.test_looking_back import advance

NAMES = ("relu", "step", "tanh", "sigmoid", "prelu", "leaky-relu", "softplus", "gelu")
AN_HOUR = 1800
MOST_BYTES = 10e6


def change(run: Run, number: int) -> None:
    experiment, kind = run.trainer.experiment, number % 4
    if kind % 2 == 0:
        changed = with_activation(experiment, NAMES[number // 2 % len(NAMES)], None)
    elif kind == 1:
        changed = replace(experiment, learning_rate=0.001 + 0.001 * (number % 20))
    else:
        changed = replace(experiment, batch_size=8 + number % 30)
    run.change(changed, "Change")


@pytest.mark.long
@pytest.mark.timeout(300)
def test_an_hour_of_changes_stays_below_ten_megabytes() -> None:
    run = Run(Experiment())
    for number in range(100):
        change(run, number)
        advance(run, 1, 2)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(AN_HOUR):
        change(run, number)
        advance(run, 1, 2)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < MOST_BYTES, f"{grown / 1e6:.1f} MB"


def test_what_a_change_leaves_as_it_is_is_not_built_again() -> None:
    first = set_up(Experiment())
    rate = set_up(replace(Experiment(), learning_rate=0.5), previous=first)
    assert rate.train is first.train
    assert rate.network is first.network
    switched = set_up(with_activation(Experiment(), "relu", None), previous=first)
    assert switched.train is first.train
    assert switched.network is not first.network
    loss = set_up(replace(Experiment(), loss="squared-error"), previous=first)
    assert loss.train is not first.train
    precise = set_up(replace(Experiment(), precision="float64"), previous=first)
    assert precise.train.inputs.dtype == "float64"
