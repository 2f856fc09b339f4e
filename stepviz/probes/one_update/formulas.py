"""Formulas in LaTeX: of losses, of optimizers (keyed as the engine's tables are), and of this run's numbers."""

from __future__ import annotations

import math
import re

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.probes.trace import Trace

# Of one example with K outputs y_k.
LOSS_FORMULAS: dict[str, str] = {
    "squared-error": r"\tfrac{1}{K} \sum_k (y_k - t_k)^2",
    "binary-cross-entropy": r"-\ln \left( t\,\sigma(y) + (1 - t)\,\sigma({-}y) \right)",
    "softmax-cross-entropy": r"-\sum_k t_k \ln \frac{e^{y_k}}{\sum_j e^{y_j}}",
    "hinge": r"\tfrac{1}{K} \sum_k \max(0,\, 1 - t_k y_k)",
}

_MEAN_AND_SQUARE = r"m' = \beta_1 m + (1 - \beta_1)\, g \quad s' = \beta_2 s + (1 - \beta_2)\, g^2"
_ADAM = r"\eta\, \frac{m' / (1 - \beta_1^n)}{\sqrt{s' / (1 - \beta_2^n)} + \varepsilon}"
# From w to w'; n counts the updates from 1.
UPDATE_FORMULAS: dict[str, str] = {
    "sgd": r"w' = w - \eta\, g",
    "momentum": r"v' = \mu v + g \qquad w' = w - \eta\, v'",
    "nesterov": r"v' = \mu v + g \qquad w' = w - \eta\, (g + \mu v')",
    "adagrad": r"s' = s + g^2 \qquad w' = w - \eta\, \frac{g}{\sqrt{s'} + \varepsilon}",
    "rmsprop": r"s' = \alpha s + (1 - \alpha)\, g^2 \qquad w' = w - \eta\, \frac{g}{\sqrt{s'} + \varepsilon}",
    "adam": rf"{_MEAN_AND_SQUARE} \quad w' = w - {_ADAM}",
    "adamw": rf"{_MEAN_AND_SQUARE} \quad w' = (1 - \eta\lambda)\, w - {_ADAM}",
}

# Terms of a sum that are written out.
_TERMS = 4
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def in_formula(value: float) -> str:
    """Return a number in LaTeX, in four digits; exactly 0 is 0 and nothing else is."""
    if value == 0.0:
        return "0"
    if math.isnan(value):
        return r"\text{not a number}"
    if math.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    # A sign in braces is one of the number: it stands close to it.
    sign, size = ("{-}" if value < 0 else ""), abs(value)
    if 1e-3 <= size < 1e5:
        return f"{sign}{size:.4g}"
    mantissa, exponent = f"{size:.3e}".split("e")
    return rf"{sign}{mantissa} \cdot 10^{{{int(exponent)}}}"


def _bracketed(value: float) -> str:
    return rf"({in_formula(value)})" if value < 0 else in_formula(value)


def weighted_sum(weights: Array, before: Array, chosen: int, z: float, *, normalised: bool) -> str:
    """Return the sum of weights (inputs + 1,) times what they meet, the term of the ``chosen`` one always among them.

    A parameter that is in no term, beyond the last, marks none. The last weight is the bias. Where the layer is
    normalised z is something else, and the sum is called u.
    """
    total = float(np.dot(weights.astype(np.float64), before.astype(np.float64))) if normalised else z
    inputs = len(weights) - 1
    shown = sorted(place for place in {chosen, *range(min(inputs, _TERMS))} if place < inputs)
    terms = []
    for place in shown:
        term = rf"{_bracketed(float(weights[place]))} \cdot {_bracketed(float(before[place]))}"
        terms.append(rf"\underbrace{{{term}}}_{{w_{{{place + 1}}} h_{{{place + 1}}}}}" if place == chosen else term)
    more = [r"\cdots"] if inputs > len(shown) else []
    bias = _bracketed(float(weights[-1]))
    bias = rf"\underbrace{{{bias}}}_{{b}}" if chosen == inputs else bias
    letter = "u" if normalised else "z"
    return rf"$${letter} = \sum_i w_i h_i + b = {' + '.join([*terms, *more, bias])} = {in_formula(total)}$$"


def named_factor(name: str) -> str:
    """Return the name of a factor, as the trace writes it, in LaTeX: «f′(z₁)» is f'(z_{1})."""
    name = re.sub("[₀-₉]+", lambda found: f"_{{{found[0].translate(_DIGITS)}}}", name)
    for sign, latex in (("′", "'"), ("∂", r"\partial "), ("ᵀ", "^T "), ("δ", r"\delta "), ("γ", r"\gamma"),
                        ("σ", r"\sigma"), ("û", r"\hat u"), ("β", r"\beta")):  # fmt: skip
        name = name.replace(sign, latex)
    words = name.partition(":")[0] if ":" in name else name
    return rf"\text{{{words}}}" if words.isalpha() and len(words) > 1 else words.replace("-", r"\text{-}")


def product(traced: Trace) -> str:
    """Return the last factors of the chain as a product for the chosen example, each with its name below.

    What comes before them is in the signal that arrives; of several units in a factor the product is a sum.
    """
    factors = list(traced.factors)
    starts = [place for place, factor in enumerate(factors) if factor.kind in ("loss", "weights", "centre")]
    last = factors[starts[-1] :]
    parts = []
    for factor in last:
        values = factor.example
        size = float(values[0]) if len(values) == 1 else float(np.sqrt(np.mean(values**2)))
        parts.append(rf"\underbrace{{{_bracketed(size)}}}_{{{named_factor(factor.name)}}}")
    whole = r" \cdot ".join(parts)
    return rf"$$\frac{{\partial L}}{{\partial w}} = {whole} = {in_formula(traced.example_gradient)}$$"
