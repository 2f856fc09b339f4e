"""Places on a slider and the values of a parameter: one scale for all sliders of one parameter."""

from __future__ import annotations

import math

from stepviz.engine.catalogue.parameters import Parameter

PLACES = 1000


def value_at(parameter: Parameter, place: int) -> float:
    """Return the value at a place (0 to PLACES) of the parameter's slider."""
    low, high = parameter.slider
    share = place / PLACES
    if parameter.whole:
        return float(round(low + (high - low) * share))
    if parameter.signed_logarithmic:
        # Even steps of asinh: about 1 as fine as a linear slider, far from it as coarse as a logarithmic one.
        value = math.sinh(math.asinh(low) + (math.asinh(high) - math.asinh(low)) * share)
        return 0.0 if abs(value) < 1e-9 else float(f"{value:.3g}")
    if parameter.logarithmic:
        return float(f"{low * (high / low) ** share:.3g}")
    return round(low + (high - low) * share, 6)


def place_of(parameter: Parameter, value: float) -> int:
    """Return the place on the slider that comes nearest to a value."""
    low, high = parameter.slider
    value = min(max(value, low), high)
    if parameter.signed_logarithmic:
        low, high, value = math.asinh(low), math.asinh(high), math.asinh(value)
    elif parameter.logarithmic:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return round(PLACES * (value - low) / (high - low))
