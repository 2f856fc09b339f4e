"""Studies at their full size: pytest-benchmark prints the seconds."""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from stepviz.benchmarks.budget import BORN_DEAD, MOST_SECONDS, NETWORKS
from stepviz.studies.backends import processes
from stepviz.studies.run import run_study


@pytest.mark.benchmark(group="born-dead: 40,000 networks, depth 10, each of widths 2, 3, 4, 5, 10")
def test_born_dead(benchmark: BenchmarkFixture) -> None:
    outcome = benchmark.pedantic(
        run_study, ("born-dead", BORN_DEAD, NETWORKS), {"backend": processes(2)}, rounds=2, iterations=1
    )
    assert outcome.table.columns["networks"] == [NETWORKS] * 5
    if benchmark.stats is not None:
        assert benchmark.stats["min"] < MOST_SECONDS
