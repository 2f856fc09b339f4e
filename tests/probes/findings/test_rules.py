from __future__ import annotations

from msgspec.structs import replace

from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.probes.findings.rules import backward_rule
from tests.probes.findings.cases import evidence, layers_of
from tests.probes.runs import experiment


def test_the_rule_in_use_is_named_with_the_layers_it_concerns():
    settings = replace(experiment(), layers=layers_of("tanh", "step", "tanh", rules=["true", "arctan", "true"]))
    found = backward_rule(evidence(settings))
    assert found.sentence == (
        f"Gradients of layers 1 and 2 come from the {BACKWARD_RULES['arctan'].label.lower()} rule, "
        "they are not derivatives"
    )
