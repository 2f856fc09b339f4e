"""The engine beside what it is compared with: pytest-benchmark prints the ratio in brackets, within each group.

Run with ``python -m pytest tests/benchmarks``; ``stepviz bench`` prints the same comparisons with their goals.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from pytest_benchmark.fixture import BenchmarkFixture

from stepviz.benchmarks.budget import ring_rows
from stepviz.benchmarks.engine import STEPS, bare_steps, engine_rows, measure, races, start_of, torch_steps
from stepviz.engine.settings.experiment import DataSettings, Experiment, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.probe_table import PROBES

EXPERIMENT = Experiment()


def steps(trainer: Trainer) -> Callable[[], None]:
    def run() -> None:
        trainer.step(STEPS)

    return run


@pytest.mark.benchmark(group=f"{STEPS} training steps, 2-8-8-1, batch 32")
@pytest.mark.parametrize("whose", ["stepviz", "the same NumPy calls, bare", "PyTorch eager"])
def test_training(benchmark: BenchmarkFixture, whose: str) -> None:
    makers = {"stepviz": steps, "the same NumPy calls, bare": bare_steps, "PyTorch eager": torch_steps}
    function = makers[whose](Trainer(EXPERIMENT))
    if function is None:
        pytest.skip("PyTorch is not installed")
    benchmark(function)


@pytest.mark.benchmark(group=f"{STEPS} training steps of a population")
@pytest.mark.parametrize("runs", [1, 8, 64])
def test_population(benchmark: BenchmarkFixture, runs: int) -> None:
    benchmark(steps(Trainer(EXPERIMENT, seeds=range(runs))))


@pytest.mark.benchmark(group=f"{STEPS} steps of a race of eight, 2-8-8-1, batch 32")
@pytest.mark.parametrize("pick", ["activations", "rates"])
@pytest.mark.parametrize("how", ["together", "one after the other"])
def test_race(benchmark: BenchmarkFixture, pick: str, how: str) -> None:
    race, alone = races()[pick]
    trainers = [race] if how == "together" else alone

    def run() -> None:
        for trainer in trainers:
            trainer.step(STEPS)

    benchmark(run)


LARGE = replace(
    EXPERIMENT, data=DataSettings("digits"), layers=(HiddenLayer(128), HiddenLayer(128)), loss="softmax-cross-entropy"
)


@pytest.mark.parametrize("experiment", [EXPERIMENT, LARGE], ids=["2-8-8-1", "64-128-128-10"])
@pytest.mark.parametrize("name", PROBES)
def test_probe(benchmark: BenchmarkFixture, name: str, experiment: Experiment) -> None:
    benchmark.group = f"a probe's measurement of {'the digits, 64-128-128-10' if experiment is LARGE else '2-8-8-1'}"
    trainer = Trainer(experiment)
    trainer.step(20)
    benchmark(measure, PROBES[name], trainer, start_of(trainer))


@pytest.mark.benchmark(group="a loss surface of 64 × 64 over 250 examples beside 1500 training steps")
@pytest.mark.parametrize("what", ["surface", "1500 steps"])
def test_surface(benchmark: BenchmarkFixture, what: str) -> None:
    trainer = Trainer(EXPERIMENT)
    if what == "surface":
        benchmark(measure, PROBES["loss_surface"], trainer, start_of(trainer))
    else:
        benchmark(trainer.step, 1500)


def test_the_goals_hold_on_this_machine() -> None:
    missed = [
        f"{row.name}: {row.ratio:.2f} times {row.versus}, goal {row.goal}"
        for row in [*engine_rows(), *ring_rows()]
        if not row.holds
    ]
    assert not missed
