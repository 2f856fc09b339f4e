"""The table of quantities that claims speak of: the language, the guide for authors and the tests all read it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.common.arrays import Array
from stepviz.lessons.expression import Argument, QuantityRef, argument_text, arguments_of
from stepviz.lessons.quantity import ALL, Quantity, QuantityParameter, Sample
from stepviz.probes.accuracy import accuracy
from stepviz.probes.curvature import measure_curvature
from stepviz.probes.different_answers import different_answers
from stepviz.probes.gradient_flow import norm
from stepviz.probes.largest_derivative import largest_derivatives
from stepviz.probes.loss_surface import LossSurface, LossSurfaces, SurfaceOptions
from stepviz.probes.response import CurveResponse, Responses
from stepviz.probes.slice import SliceOptions, measure_slice
from stepviz.probes.stuck_units import FLAT, SATURATED, SMALL_DERIVATIVE, STARVED

Arguments = Mapping[str, Argument]

LAYER = QuantityParameter("layer", "layer", ALL)
HIDDEN = QuantityParameter("layer", "hidden", ALL)
ONE_LAYER = QuantityParameter("layer", "layer", 1.0)
UNIT = QuantityParameter("unit", "whole", 1.0)
SPLIT = QuantityParameter("split", "word", "train", ("train", "test"))
CAUSE = QuantityParameter("cause", "word", "any", ("any", "flat", "starved"))
SPAN = QuantityParameter("span", "number", 1.0)


def _loss(look: Sample, a: Arguments) -> float:
    return look.instant.train_loss if a["split"] == "train" else look.instant.test_loss


def _accuracy(look: Sample, a: Arguments) -> float:
    return accuracy(look.instant)[0 if a["split"] == "train" else 1]


def _gradient_row(look: Sample) -> Array:
    gradient = look.instant.train.gradient
    assert gradient is not None
    return gradient[0]


def _rms(values: Array) -> float:
    return norm(values) / float(np.sqrt(values.size))


def _gradient_rms(look: Sample, a: Arguments) -> float:
    return _rms(look.own(_gradient_row(look), a["layer"]))


def _zero_share(look: Sample, a: Arguments) -> float:
    own = look.own(_gradient_row(look), a["layer"])
    return 1.0 - np.count_nonzero(own) / own.size


def _delta_norm(look: Sample, a: Arguments) -> float:
    return float(look.flow.delta_norm[look.places(a["layer"]).start])


def _update_ratio(look: Sample, a: Arguments) -> float:
    step, size = norm(look.own(look.instant.last_update, a["layer"])), norm(look.own(look.instant.theta[0], a["layer"]))
    return step / size if size else (0.0 if step == 0.0 else float("inf"))


def _moved(look: Sample, a: Arguments) -> float:
    here = look.instant.theta[0].astype(np.float64)
    return _rms(look.own(here - look.first, a["layer"]))


def _states(look: Sample, a: Arguments) -> Array:
    chosen = [look.units.states[place] for place in look.places(a["layer"], hidden=True)]
    return np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.uint8)


def _stuck_count(look: Sample, a: Arguments) -> float:
    states = _states(look, a)
    flat, starved = np.count_nonzero(states == FLAT), np.count_nonzero(states == STARVED)
    return float({"any": flat + starved, "flat": flat, "starved": starved}[str(a["cause"])])


def _stuck_share(look: Sample, a: Arguments) -> float:
    return _stuck_count(look, {**a, "cause": "any"}) / max(1, len(_states(look, a)))


def _saturated_share(look: Sample, a: Arguments) -> float:
    states = _states(look, a)
    return float(np.count_nonzero(states == SATURATED) / max(1, len(states)))


def _pooled(arrays: list[Array], look: Sample, a: Arguments) -> Array:
    return np.concatenate([arrays[place][0].ravel() for place in look.places(a["layer"], hidden=True)] or [np.zeros(1)])


def _passing_share(look: Sample, a: Arguments) -> float:
    slopes = _pooled(look.instant.train.local, look, a)
    return np.count_nonzero(slopes) / slopes.size


def _mean_slope(look: Sample, a: Arguments) -> float:
    return float(np.mean(np.abs(_pooled(look.instant.train.local, look, a)), dtype=np.float64))


def _responsive_share(look: Sample, a: Arguments) -> float:
    network, places = look.instant.setup.network, look.places(a["layer"], hidden=True)
    peaks = largest_derivatives(network, look.instant.theta)
    slopes = [np.abs(look.instant.train.local[place][0]) for place in places]
    reached = sum(
        np.count_nonzero(slope >= SMALL_DERIVATIVE * peaks[place])
        for place, slope in zip(places, slopes, strict=True)
        if peaks[place].any()
    )
    return reached / max(1, sum(slope.size for slope in slopes))


def _slope_peak(look: Sample, a: Arguments) -> float:
    peaks = largest_derivatives(look.instant.setup.network, look.instant.theta)
    return float(max((peaks[place].max() for place in look.places(a["layer"])), default=0.0))


def _slope_area(look: Sample, a: Arguments) -> float:
    place = look.places(a["layer"]).start
    network = look.instant.setup.network
    function = network.functions[place]
    # Finer near 0, where steep derivatives have all they have: z = sinh(u), dz = cosh(u) du. No point at 0 itself.
    u = np.linspace(-6.0, 6.0, 40_000)
    z = np.sinh(u)
    slope, scratch = np.empty_like(z), np.empty_like(z)
    with np.errstate(all="ignore"):
        if function.rule.derivative is None:
            values = tuple(
                value if isinstance(value, float) else float(value[0, 0, 0])
                for value in network.values(look.instant.theta, place)
            )
            function.activation.derivative(z, values, slope, scratch)
        else:
            function.rule.derivative(z, function.rule_values, slope, scratch)
    return float(np.sum(slope * np.cosh(u)) * (u[1] - u[0]))


def _exact_zeros(look: Sample, a: Arguments) -> float:
    z = _pooled(look.instant.train.z, look, a)
    return float(z.size - np.count_nonzero(z))


def _activation_rms(look: Sample, a: Arguments) -> float:
    units = [h[:, :, :-1] for h in look.instant.train.h]
    return _rms(_pooled(units, look, a).astype(np.float64))


def _block(look: Sample, a: Arguments) -> Array:
    return look.instant.setup.network.layout.block(look.instant.theta, look.places(a["layer"]).start)[0]


def _entry(block: Array, row: int, a: Arguments) -> float:
    unit = int(a["unit"]) - 1
    return float(block[row, unit]) if row < len(block) and unit < block.shape[1] else float("nan")


def _weight(look: Sample, a: Arguments) -> float:
    block = _block(look, a)
    return _entry(block[:-1], int(a["input"]) - 1, a)


def _bias(look: Sample, a: Arguments) -> float:
    block = _block(look, a)
    return _entry(block, len(block) - 1, a)


def _weight_rms(look: Sample, a: Arguments) -> float:
    return _rms(look.own(look.instant.theta[0], a["layer"]))


def _parameter(look: Sample, a: Arguments) -> float:
    place, unit = look.places(a["layer"]).start, int(a["unit"]) - 1
    functions, name = look.instant.setup.network.functions[place], a["name"]
    values = look.instant.setup.network.values(look.instant.theta, place)
    for parameter, value in zip(functions.activation.parameters, values, strict=True):
        if parameter.name == name:
            if isinstance(value, float):
                return value
            return float(value[0, 0, unit]) if unit < value.shape[2] else float("nan")
    return float("nan")


def _output_values(look: Sample, a: Arguments) -> float:
    return float(different_answers(look.instant))


def _largest_jump(look: Sample, a: Arguments) -> float:
    shape = Responses().measure(look.instant).shape
    return float(np.abs(np.diff(shape.y, axis=0)).max()) if isinstance(shape, CurveResponse) else float("nan")


def _surface(look: Sample, options: SurfaceOptions) -> LossSurface | None:
    reading = None
    for found in LossSurfaces().measure(look.instant, options):
        reading = found or reading
    return reading


def _flat_share(look: Sample, a: Arguments) -> float:
    span = float(a["span"])
    surface = _surface(look, SurfaceOptions(span=span)) if span > 0 else None
    return surface.flat_share if surface is not None else float("nan")


def _plateaus(look: Sample, a: Arguments) -> float:
    span = float(a["span"])
    readings = measure_slice(look.instant, SliceOptions(span=span)) if span > 0 else ()
    return next((float(reading.plateaus) for reading in readings if reading is not None), float("nan"))


def _curvature(look: Sample, a: Arguments) -> float:
    readings = measure_curvature(look.instant, None)
    return next((reading.eigenvalue for reading in readings if reading is not None), float("nan"))


def _units(look: Sample, a: Arguments) -> float:
    return float(len(_states(look, a)))


def _pairs(look: Sample, a: Arguments) -> float:
    places = look.places(a["layer"], hidden=True)
    return float(sum(look.instant.train.z[place][0].size for place in places))


def _entries(look: Sample, a: Arguments) -> float:
    return float(look.own(_gradient_row(look), a["layer"]).size)


def _examples(look: Sample, a: Arguments) -> float:
    dataset = look.instant.setup.dataset
    return float(len(dataset.train if a["split"] == "train" else dataset.test))


def _training_examples(look: Sample, a: Arguments) -> float:
    return float(len(look.instant.setup.dataset.train))


# What the parameters of activations are called, in the order of the table.
NAMES = tuple(dict.fromkeys(parameter.name for entry in ACTIVATIONS.values() for parameter in entry.parameters))
QUANTITIES: dict[str, Quantity] = {
    entry.name: entry
    for entry in (
        Quantity("step", (), "steps", "updates since the scene began", lambda look, a: float(look.instant.step),
                 "{value} steps"),
        Quantity("loss", (SPLIT,), "", "mean loss over the examples of a split", _loss, "{split} loss {value}"),
        Quantity("accuracy", (SPLIT,), "share", "share of examples whose class is answered", _accuracy,
                 "{count} of {whole} {points} right", _examples, "{percent} of the {points} right"),
        Quantity("learning_rate", (), "", "the learning rate in force",
                 lambda look, a: look.trainer.learning_rate, "learning rate {value}"),
        Quantity("gradient_rms", (LAYER,), "", "root mean square of dL/dW over a layer's parameters", _gradient_rms,
                 "gradient{where} (RMS): {value}"),
        Quantity("zero_share", (LAYER,), "share", "share of gradient entries that are exactly 0", _zero_share,
                 "{count} of {whole} gradient entries{where} exactly 0", _entries,
                 "{percent} of the gradient entries{where} exactly 0"),
        Quantity("delta_norm", (ONE_LAYER,), "", "norm of the error signal dL/dz that a layer's units receive",
                 _delta_norm, "error signal{where}: {value}"),
        Quantity("update_ratio", (LAYER,), "", "size of the last update over the size of the parameters",
                 _update_ratio, "last update over parameters{where}: {value}"),
        Quantity("moved", (LAYER,), "", "root mean square of the change of the parameters since the scene began",
                 _moved, "parameters{where} moved by {value} (RMS)"),
        Quantity("stuck_share", (HIDDEN,), "share", "share of hidden units that no example moves", _stuck_share,
                 "{rest} of {whole} units{where} alive, {count} stuck", _units, "{percent} of the units{where} stuck"),
        Quantity("stuck_count", (HIDDEN, CAUSE), "units", "number of such units, by cause", _stuck_count,
                 "{count} of {whole} units{where} stuck{cause}", _units, "stuck units{where}{cause}: {value}"),
        Quantity("saturated_share", (HIDDEN,), "share", "share of hidden units that are saturated", _saturated_share,
                 "{count} of {whole} units{where} saturated", _units, "{percent} of the units{where} saturated"),
        Quantity("passing_share", (HIDDEN,), "share",
                 "share of pairs of example and unit whose f'(z), or stand-in, is not 0", _passing_share,
                 "derivative exactly 0 for {rest_percent} of the pairs{where}, not 0 for {percent}"),
        Quantity("mean_slope", (HIDDEN,), "", "mean size of f'(z), or of its stand-in, over examples and units",
                 _mean_slope, "mean derivative{where}: {value}"),
        Quantity("responsive_share", (HIDDEN,), "share",
                 "share of such pairs whose f'(z) is at least 1 % of the largest that f has", _responsive_share,
                 "derivative at least 1 % of its largest for {percent} of the pairs{where}"),
        Quantity("slope_peak", (ONE_LAYER,), "", "the largest f'(z), or stand-in, that a unit of the layer has",
                 _slope_peak, "largest derivative{where}: {value}"),
        Quantity("slope_area", (ONE_LAYER,), "", "the area under f'(z), or its stand-in, from z = -200 to 200, z = 0 "
                 "left out (first unit of the layer)", _slope_area, "area under the derivative{where}: {value}"),
        Quantity("exact_zero_count", (HIDDEN,), "pre-activations", "how many pre-activations z are exactly 0",
                 _exact_zeros, "{count} of {whole} pre-activations{where} exactly 0", _pairs,
                 "pre-activations{where} exactly 0: {value}"),
        Quantity("activation_rms", (HIDDEN,), "", "root mean square of what the units answer", _activation_rms,
                 "activations{where} (RMS): {value}"),
        Quantity("weight_rms", (LAYER,), "", "root mean square of the parameters", _weight_rms,
                 "parameters{where} (RMS): {value}"),
        Quantity("weight", (ONE_LAYER, UNIT, QuantityParameter("input", "whole", 1.0)), "", "one weight", _weight,
                 "weight{where}: {value}"),
        Quantity("bias", (ONE_LAYER, UNIT), "", "one bias", _bias, "bias{where}: {value}"),
        Quantity("parameter", (QuantityParameter("name", "word", None, NAMES), ONE_LAYER, UNIT),
                 "", "a parameter of a unit's activation", _parameter, "{parameter}{where}: {value}"),
        Quantity("output_values", (), "values", "how many different answers the training examples get",
                 _output_values, "different answers to {whole} training points: {value}", _training_examples,
                 "different answers: {value}"),
        Quantity("largest_jump", (), "", "largest difference between neighbours on the drawn curve (one input only)",
                 _largest_jump, "largest jump of the answer: {value}", expensive=True),
        Quantity("flat_share", (SPAN,), "share", "share of exactly flat cells of the loss surface along two random "
                 "directions of the hidden layers", _flat_share,
                 "{percent} of a map of ±{span} is exactly flat", expensive=True),
        Quantity("plateaus", (SPAN,), "treads", "how many stretches of exactly equal loss there are on a line through "
                 "the hidden layers' parameters, 401 points in a random direction", _plateaus,
                 "treads on a line of ±{span}: {value}", expensive=True),
        Quantity("curvature", (), "", "the Hessian's eigenvalue of largest size (none for steps)", _curvature,
                 "largest curvature: {value}", expensive=True),
    )
}  # fmt: skip


def written(item: QuantityRef) -> str:
    """Return a quantity as short as one would write it: ``loss(test)``, ``weight(unit=2) at 0``."""
    inside = []
    for parameter in QUANTITIES[item.name].parameters:
        value = arguments_of(item)[parameter.name]
        if value != parameter.default:
            inside.append(str(value) if parameter.kind == "word" else f"{parameter.name}={argument_text(value)}")
    name = f"{item.name}({', '.join(inside)})" if inside else item.name
    return name + (" before" if item.before else "" if item.at is None else f" at {item.at}")
