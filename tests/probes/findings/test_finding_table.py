from __future__ import annotations

import pytest

from stepviz.engine.settings.experiment import Choice
from stepviz.probes.findings.finding_table import FINDINGS
from tests.probes.findings.cases import evidence
from tests.probes.runs import experiment


@pytest.mark.parametrize("look", FINDINGS)
def test_nothing_is_found_in_a_healthy_network(look):
    assert look(evidence(experiment(), 100)) is None


def test_names_are_stable_and_differ():
    ill = evidence(experiment(activation="step", weights=Choice("zeros")), 5)
    names = [found.name for look in FINDINGS if (found := look(ill))]
    assert {"flat activation", "zero weights"} <= set(names)
    assert len(set(names)) == len(names)
