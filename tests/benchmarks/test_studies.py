"""Studies at their full size: pytest-benchmark prints the seconds."""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from stepviz.studies.backends import processes
from stepviz.studies.run import run_study

# On two cores.
MOST_SECONDS = 20.0


@pytest.mark.benchmark(group="born-dead: 40,000 networks, depth 10, each of widths 2, 3, 4, 5, 10")
def test_born_dead(benchmark: BenchmarkFixture) -> None:
    settings = {"depth": [10], "width": [2, 3, 4, 5, 10]}
    outcome = benchmark.pedantic(
        run_study, ("born-dead", settings, 40_000), {"backend": processes(2)}, rounds=2, iterations=1
    )
    assert outcome.table.columns["networks"] == [40_000] * 5
    if benchmark.stats is not None:
        assert benchmark.stats["min"] < MOST_SECONDS
