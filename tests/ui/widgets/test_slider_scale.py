"""One scale for all sliders of one parameter."""

from __future__ import annotations

import pytest

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.catalogue.parameters import Parameter
from stepviz.engine.settings.experiment import Choice
from stepviz.ui.text.choice_words import named_choice
from stepviz.ui.widgets.slider_scale import PLACES, place_of, value_at

TABLES = {**ACTIVATIONS, **BACKWARD_RULES}
EVERY = [
    pytest.param(parameter, id=f"{name} {parameter.name}")
    for name, entry in TABLES.items()
    for parameter in entry.parameters
]


@pytest.mark.parametrize("parameter", EVERY)
def test_places_and_values_lead_back_to_each_other(parameter: Parameter) -> None:
    low, high = parameter.slider
    assert value_at(parameter, 0) == pytest.approx(low)
    assert value_at(parameter, PLACES) == pytest.approx(high)
    values = [value_at(parameter, place) for place in range(PLACES + 1)]
    assert values == sorted(values)
    for place in range(0, PLACES + 1, 50):
        assert value_at(parameter, place_of(parameter, value_at(parameter, place))) == pytest.approx(values[place])


def test_the_slope_is_fine_about_1_reaches_100_and_can_be_0() -> None:
    slope = ACTIVATIONS["sigmoid"].parameters[0]
    assert slope.slider == ACTIVATIONS["tanh"].parameters[0].slider == (-100.0, 100.0)
    assert value_at(slope, PLACES // 2) == 0.0
    assert value_at(slope, place_of(slope, 72.4)) == pytest.approx(72.4, rel=0.01)
    assert value_at(slope, place_of(slope, 1.0) + 1) - 1.0 < 0.03


def test_a_choice_is_named_with_what_was_set() -> None:
    entry = OPTIMIZERS["adam"]
    assert named_choice(entry.label, Choice("adam"), entry.parameters) == entry.label
    name, symbol = entry.parameters[0].name, entry.parameters[0].symbol
    said = named_choice(entry.label, Choice("adam", {name: 0.8}), entry.parameters)
    assert said == f"{entry.label} ({symbol} = 0.8)"
