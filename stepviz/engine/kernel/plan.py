"""What the kernel is told of one run: the structures of ``plan.h``, filled from a setup."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepviz.engine.catalogue.clipping import CLIPPINGS
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.catalogue.schedules import SCHEDULES
from stepviz.engine.catalogue.slope_schedules import SLOPE_SCHEDULES
from stepviz.engine.common.arrays import Array
from stepviz.engine.network.network import Network
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.setup.setup import BoundExperiment

MOST_PARAMETERS = 2
NONE = -1
LARGE_LAYER, LARGE_BATCH = 2**16, 128
_Pair, _Four = ctypes.c_double * MOST_PARAMETERS, ctypes.c_double * 4


def _fields(kind: type, names: str) -> list[tuple[str, type]]:
    return [(name, kind) for name in names.split()]


class LayerPlan(ctypes.Structure):
    """``layer_plan``."""

    _fields_ = (
        *_fields(ctypes.c_int32, "inputs outputs unit rule trained_count"),
        ("trained", ctypes.c_int32 * MOST_PARAMETERS),
        *_fields(ctypes.c_int32, "annealed annealed_rule at_zero"),
        ("start", ctypes.c_int64),
        ("values", _Pair),
        ("rule_values", _Pair),
    )


class RunPlan(ctypes.Structure):
    """``run_plan``."""

    _fields_ = (
        *_fields(ctypes.c_int32, "layers loss optimizer clipping schedule slopes slots whole alone outputs"),
        *_fields(ctypes.c_int64, "features examples batch parameters stride offset"),
        *_fields(ctypes.c_double, "rate l1 l2 smallest limit"),
        ("optimizer_values", _Four),
        ("schedule_values", _Pair),
        ("slope_values", _Four),
        *_fields(ctypes.c_void_p, "layer inputs targets state gradient work zeros"),
    )


class Progress(ctypes.Structure):
    """``progress``."""

    _fields_ = (
        *_fields(ctypes.c_void_p, "orders began recent seen_ring"),
        *_fields(ctypes.c_int64, "first_epoch epochs step updates seen depth copy ring"),
        *_fields(ctypes.c_int64, "touched searched compared diverged"),
        *_fields(ctypes.c_double, "changed clip_factor"),
    )


@dataclass(frozen=True, slots=True)
class Codes:
    """The kernel's numbers for the entries of the tables, by name."""

    activations: dict[str, int]
    rules: dict[str, int]
    losses: dict[str, int]
    optimizers: dict[str, int]
    schedules: dict[str, int]
    slope_schedules: dict[str, int]
    clippings: dict[str, int]

    @classmethod
    def read(cls, text: str) -> Codes:
        """Return the codes from the kernel's list: a line for each table, in the order of the fields."""
        return cls(*({name: code for code, name in enumerate(line.split())} for line in text.split("\n")))


def layer_plans(network: Network, codes: Codes) -> ctypes.Array[LayerPlan]:
    """Return the plans of all weight layers of a network."""
    plans = (LayerPlan * len(network.functions))()
    for number, (plan, function) in enumerate(zip(plans, network.functions, strict=True)):
        shape = network.layout.layers[number]
        plan.inputs, plan.outputs, plan.start = shape.inputs, shape.outputs, network.layout.offsets[number]
        plan.unit, plan.rule = codes.activations[function.activation.key], codes.rules[function.rule.key]
        names = [parameter.name for parameter in function.activation.parameters]
        plan.trained_count = len(function.trained)
        plan.trained[: len(function.trained)] = [names.index(name) for name in function.trained]
        plan.annealed, plan.annealed_rule = _or_none(function.annealed_value), _or_none(function.annealed_rule_value)
        plan.at_zero = _or_none(function.at_zero_value)
        plan.values[: len(function.values)] = function.values
        plan.rule_values[: len(function.rule_values)] = function.rule_values
    return plans


def _or_none(place: int | None) -> int:
    return NONE if place is None else place


def pass_plan(
    network: Network, codes: Codes, layers: ctypes.Array[LayerPlan], inputs: Array, targets: Array
) -> RunPlan:
    """Return the plan of passes over all examples: inputs (1, n, features + 1), targets (n, outputs)."""
    plan = RunPlan()
    plan.layers, plan.layer, plan.loss = len(layers), ctypes.addressof(layers), codes.losses[network.loss.key]
    plan.features, plan.outputs, plan.parameters = (
        network.layout.widths[0],
        network.layout.widths[-1],
        network.layout.size,
    )
    plan.inputs, plan.targets = address(inputs), address(targets)
    plan.examples = plan.batch = len(targets)
    plan.whole = True
    return plan


def run_plan(setup: BoundExperiment, codes: Codes, layers: ctypes.Array[LayerPlan]) -> RunPlan:
    """Return the plan of a run with all that the settings decide; where its numbers are is for the caller to add."""
    experiment, train = setup.experiment, setup.train
    plan = pass_plan(setup.network, codes, layers, train.inputs, train.targets)
    plan.optimizer, plan.slots = codes.optimizers[setup.optimizer.key], len(setup.optimizer.slots)
    plan.clipping, plan.schedule = codes.clippings[experiment.clipping.name], codes.schedules[experiment.schedule.name]
    plan.slopes = codes.slope_schedules[experiment.slope_schedule.name] if setup.network.annealed else 0
    plan.batch = min(experiment.batch_size or len(train), len(train))
    plan.whole = plan.batch == plan.examples
    plan.rate, plan.l1, plan.l2 = experiment.learning_rate, experiment.l1, experiment.l2
    plan.smallest = float(np.finfo(experiment.precision).tiny)
    plan.optimizer_values[: len(setup.optimizer_values)] = setup.optimizer_values
    schedule = SCHEDULES[experiment.schedule.name]
    values = list(resolve(experiment.schedule.parameters, schedule.parameters, "schedule"))
    if schedule.key == "step":
        values[0] = max(1, round(values[0]))
    plan.schedule_values[: len(values)] = values
    slopes = SLOPE_SCHEDULES[experiment.slope_schedule.name]
    values = list(resolve(experiment.slope_schedule.parameters, slopes.parameters, "slope_schedule"))
    if slopes.key == "steps":
        values[3] = max(1, round(values[3]))
    plan.slope_values[: len(values)] = values
    clipping = CLIPPINGS[experiment.clipping.name]
    limits = resolve(experiment.clipping.parameters, clipping.parameters, "clipping")
    plan.limit = limits[0] if limits else 0.0
    return plan


def address(array: NDArray[Any]) -> int:
    """Return where a C-contiguous array begins."""
    assert array.flags.c_contiguous
    return array.ctypes.data


def uncovered(setup: BoundExperiment, codes: Codes) -> str:
    """Return what of the settings the kernel does not know, in a few words; nothing where it knows all."""
    experiment, network = setup.experiment, setup.network
    if experiment.precision not in ("float32", "float64"):
        return experiment.precision
    if setup.optimizer.search is not None:
        return "a search"
    if setup.optimizer.key not in codes.optimizers:
        return f"the optimizer {setup.optimizer.key}"
    known = (
        (experiment.loss, codes.losses), (experiment.schedule.name, codes.schedules),
        (experiment.slope_schedule.name, codes.slope_schedules), (experiment.clipping.name, codes.clippings),
    )  # fmt: skip
    for name, table in known:
        if name not in table:
            return name
    return unknown_functions(network, codes, training=True)


def unknown_functions(network: Network, codes: Codes, *, training: bool) -> str:
    """Return which function of the layers the kernel does not know; dropout matters in ``training`` only."""
    return next((found for function in network.functions if (found := _unknown(function, codes, training))), "")


def is_for_blas(setup: BoundExperiment) -> bool:
    """Return whether NumPy's matrix products are faster: layers and batches so large that their blocking pays.

    Measured on one core: at 256 x 256 and batches of 256 NumPy takes 0.85 (float32) and 0.76 (float64) of the time, at
    512 x 512 0.74 and 0.72; with batches of 32 it never was faster.
    """
    weights = max(shape.inputs * shape.outputs for shape in setup.network.layout.layers)
    batch = min(setup.experiment.batch_size or len(setup.train), len(setup.train))
    return weights >= LARGE_LAYER and batch >= LARGE_BATCH


def _unknown(function: UnitFunction, codes: Codes, training: bool) -> str:
    if function.dropout and training:
        return "dropout"
    if function.normalization.axis is not None:
        return "normalisation"
    if function.activation.key not in codes.activations:
        return f"the activation {function.activation.key}"
    return "" if function.rule.key in codes.rules else f"the backward rule {function.rule.key}"
