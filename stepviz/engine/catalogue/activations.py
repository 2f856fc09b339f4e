"""The table of activations: one entry each. Controls, files, command line and tests all read it."""

from __future__ import annotations

import math
from dataclasses import replace

from stepviz.engine.catalogue import fast_math, piecewise, smooth
from stepviz.engine.catalogue.activation import (
    EVERYWHERE,
    SATURATED,
    Activation,
    Floats,
    Intervals,
    Values,
    scanned_peak,
    scanned_saturation,
)
from stepviz.engine.catalogue.parameters import Parameter

__all__ = ["ACTIVATIONS", "Activation", "Values"]

# sigma'(u) = 1 % of its peak 1/4 where e / (1 + e)^2 = 0.0025, that is at u = ln(s / (1 - s)), s = (1 + sqrt 0.99) / 2.
_SIGMOID_EDGE = math.log((1.0 + math.sqrt(1.0 - SATURATED)) / (1.0 - math.sqrt(1.0 - SATURATED)))
# sech^2(u) = 1 % where cosh u = 10.
_TANH_EDGE = math.acosh(1.0 / math.sqrt(SATURATED))


def _nowhere(p: Floats) -> Floats:
    return ()


def _peak_one(p: Floats) -> float:
    return 1.0


def _outside(low: float, high: float) -> Intervals:
    return ((-math.inf, low), (high, math.inf))


def _sigmoid_saturation(p: Floats) -> Intervals:
    slope, shift = p
    if slope == 0.0:
        return EVERYWHERE
    ends = sorted(((-_SIGMOID_EDGE - shift) / slope, (_SIGMOID_EDGE - shift) / slope))
    return _outside(ends[0], ends[1])


def _tanh_saturation(p: Floats) -> Intervals:
    return EVERYWHERE if p[0] == 0.0 else _outside(-_TANH_EDGE / abs(p[0]), _TANH_EDGE / abs(p[0]))


def _leaky_saturation(p: Floats) -> Intervals:
    slope = abs(p[0])
    if slope < SATURATED:
        return ((-math.inf, 0.0),)
    return ((0.0, math.inf),) if slope * SATURATED > 1.0 else ()


def _elu_saturation(p: Floats) -> Intervals:
    alpha = p[0]
    if alpha == 0.0:
        return ((-math.inf, 0.0),)
    edge = math.log(SATURATED * max(1.0, alpha) / alpha)
    return ((-math.inf, min(0.0, edge)),) if SATURATED * alpha <= 1.0 else _outside(edge, 0.0)


# Twice a steeper slope would be infinite in float16, and NaN times z = 0.
_STEEPEST = 3e4


def _slope(default: float, meaning: str, slider: tuple[float, float]) -> Parameter:
    return Parameter("slope", "a", default, -_STEEPEST, _STEEPEST, meaning, slider)


def _steepness(meaning: str) -> Parameter:
    return replace(_slope(1.0, meaning, (-100.0, 100.0)), signed_logarithmic=True)


SHIFT = Parameter("shift", "b", 0.0, -_STEEPEST, _STEEPEST, "moves the curve: its middle is at z = -b/a", (-5.0, 5.0))
AT_ZERO = Parameter("at-zero", "f'(0)", 0.0, 0.0, 1.0, "what counts as the derivative at z = 0", (0.0, 1.0))
LEAK = _slope(0.01, "slope for z < 0", (-0.5, 1.0))
PRELU_LEAK = _slope(0.25, "slope for z < 0 at the start; training moves it, unit by unit", (-0.5, 1.0))
ALPHA = Parameter("alpha", "α", 1.0, 0.0, 100.0, "height of the lower asymptote, -α", (0.0, 3.0))
SHARPNESS = Parameter("sharpness", "β", 1.0, 0.01, 100.0, "how sharply it bends at 0", (0.1, 20.0), logarithmic=True)
FREQUENCY = Parameter("frequency", "ω", 1.0, -100.0, 100.0, "radians per unit of z", (0.1, 10.0))

ACTIVATIONS: dict[str, Activation] = {
    entry.key: entry
    for entry in (
        Activation(
            "step", "Step", "h = 1 for z ≥ 0, else 0", "f' = 0 (at z = 0 a Dirac delta)", (),
            piecewise.step, piecewise.zero, lambda p: (0.0,), lambda p: EVERYWHERE, lambda p: 0.0, takes_rules=True,
        ),
        Activation(
            "sign", "Sign", "h = 1 for z ≥ 0, else −1", "f' = 0 (at z = 0 twice a Dirac delta)", (),
            piecewise.sign, piecewise.zero, lambda p: (0.0,), lambda p: EVERYWHERE, lambda p: 0.0, takes_rules=True,
        ),
        Activation(
            "sigmoid", "Sigmoid", "h = σ(a z + b) = 1 / (1 + e^−(az+b))", "f' = a σ (1 − σ), at most a/4",
            (_steepness("steepness: the larger, the nearer to a step"), SHIFT),
            smooth.sigmoid, smooth.sigmoid_slope, _nowhere, _sigmoid_saturation, lambda p: abs(p[0]) / 4.0,
            trainable=("slope", "shift"), parameter_derivative=smooth.sigmoid_by_parameter,
            steepens=True,
        ),
        Activation(
            "tanh", "Tanh", "h = tanh(a z)", "f' = a (1 − tanh² a z)",
            (_steepness("steepness: the larger, the nearer to sign"),),
            smooth.tanh, smooth.tanh_slope, _nowhere, _tanh_saturation, lambda p: abs(p[0]),
            trainable=("slope",), parameter_derivative=smooth.tanh_by_parameter, steepens=True, fast=fast_math.tanh,
        ),
        Activation(
            "relu", "ReLU", "h = max(z, 0)", "f' = 1 for z > 0, 0 for z < 0, yours to choose at 0", (AT_ZERO,),
            piecewise.relu, piecewise.relu_slope, lambda p: (0.0,), lambda p: ((-math.inf, 0.0),), _peak_one,
        ),
        Activation(
            "leaky-relu", "Leaky ReLU", "h = z for z > 0, else a z", "f' = 1 for z > 0, else a", (LEAK,),
            piecewise.leaky, piecewise.leaky_slope, lambda p: (0.0,), _leaky_saturation, lambda p: max(1.0, abs(p[0])),
        ),
        Activation(
            "prelu", "PReLU", "h = z for z > 0, else a z, a trained", "f' = 1 for z > 0, else a", (PRELU_LEAK,),
            piecewise.leaky, piecewise.leaky_slope, lambda p: (0.0,), _leaky_saturation, lambda p: max(1.0, abs(p[0])),
            trainable=("slope",), trained=("slope",), parameter_derivative=piecewise.leaky_by_parameter,
        ),
        Activation(
            "elu", "ELU", "h = z for z > 0, else α (e^z − 1)", "f' = 1 for z > 0, else α e^z", (ALPHA,),
            piecewise.elu, piecewise.elu_slope, lambda p: () if p[0] == 1.0 else (0.0,), _elu_saturation,
            lambda p: max(1.0, p[0]), fast=fast_math.elu,
        ),
        Activation(
            "selu", "SELU", "h = 1.0507 (z for z > 0, else 1.6733 (e^z − 1))",
            "f' = 1.0507 for z > 0, else 1.7581 e^z", (),
            piecewise.selu, piecewise.selu_slope, lambda p: (0.0,),
            lambda p: ((-math.inf, math.log(SATURATED)),), lambda p: smooth.SELU_SCALE * smooth.SELU_ALPHA,
            fast=fast_math.selu,
        ),
        Activation(
            "softplus", "Softplus", "h = ln(1 + e^βz) / β", "f' = σ(β z)", (SHARPNESS,),
            smooth.softplus, smooth.softplus_slope, _nowhere,
            lambda p: ((-math.inf, -math.log(1.0 / SATURATED - 1.0) / p[0]),), _peak_one, fast=fast_math.softplus,
        ),
        Activation(
            "gelu", "GELU", "h = z Φ(z)", "f' = Φ(z) + z φ(z)", (),
            smooth.gelu, smooth.gelu_slope, _nowhere,
            scanned_saturation(smooth.gelu_slope), scanned_peak(smooth.gelu_slope),
        ),
        Activation(
            "gelu-tanh", "GELU (tanh)", "h = z σ(2u), u = √(2/π) (z + 0.044715 z³)", "f' = σ(2u) + 2 z u' σ'(2u)", (),
            smooth.gelu_tanh, smooth.gelu_tanh_slope, _nowhere,
            scanned_saturation(smooth.gelu_tanh_slope), scanned_peak(smooth.gelu_tanh_slope),
        ),
        Activation(
            "silu", "SiLU", "h = z σ(z)", "f' = σ (1 + z (1 − σ))", (),
            smooth.silu, smooth.silu_slope, _nowhere,
            scanned_saturation(smooth.silu_slope), scanned_peak(smooth.silu_slope),
        ),
        Activation(
            "mish", "Mish", "h = z tanh(ln(1 + e^z))", "f' = t + z σ (1 − t²), t = tanh(ln(1 + e^z))", (),
            smooth.mish, smooth.mish_slope, _nowhere,
            scanned_saturation(smooth.mish_slope), scanned_peak(smooth.mish_slope),
        ),
        Activation(
            "hard-sigmoid", "Hard sigmoid", "h = z/6 + 1/2, cut to [0, 1]", "f' = 1/6 for |z| < 3, else 0", (),
            piecewise.hard_sigmoid, piecewise.hard_sigmoid_slope, lambda p: (-3.0, 3.0), lambda p: _outside(-3.0, 3.0),
            lambda p: 1.0 / 6.0,
        ),
        Activation(
            "hard-tanh", "Hard tanh", "h = z, cut to [−1, 1]", "f' = 1 for |z| < 1, else 0", (),
            piecewise.hard_tanh, piecewise.hard_tanh_slope, lambda p: (-1.0, 1.0), lambda p: _outside(-1.0, 1.0),
            _peak_one,
        ),
        Activation(
            "softsign", "Softsign", "h = z / (1 + |z|)", "f' = 1 / (1 + |z|)²", (),
            smooth.softsign, smooth.softsign_slope, _nowhere, lambda p: _outside(-9.0, 9.0), _peak_one,
        ),
        Activation(
            "sine", "Sine", "h = sin(ω z)", "f' = ω cos(ω z)", (FREQUENCY,),
            # Its derivative is near 0 only in passing: no range of z is a saturated one.
            smooth.sine, smooth.sine_slope, _nowhere, lambda p: EVERYWHERE if p[0] == 0.0 else (),
            lambda p: abs(p[0]),
        ),
        Activation(
            "gaussian", "Gaussian", "h = e^−z²", "f' = −2 z e^−z²", (),
            smooth.gaussian, smooth.gaussian_slope, _nowhere,
            scanned_saturation(smooth.gaussian_slope), lambda p: math.sqrt(2.0 / math.e),
        ),
        Activation(
            "linear", "Linear", "h = z", "f' = 1", (),
            piecewise.linear, piecewise.one, _nowhere, lambda p: (), _peak_one,
        ),
    )
}  # fmt: skip
