"""What a quantity is: a named figure of one moment of a run, with typed arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stepviz.engine.common.arrays import Array, Ints
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.trainer import Trainer
from stepviz.lessons.expression import Argument, argument_text
from stepviz.probes.gradient_flow import GradientFlow, measure_flow
from stepviz.probes.instant import Instant, Path
from stepviz.probes.stuck_units import StuckUnits, measure_units

OUTPUT = "output"
ALL = "all"


class Sample:
    """One moment of a run, as quantities read it; valid until the trainer moves.

    ``first`` (parameters,) are the parameters with which the scene began. Layers count from 1; the output layer is
    the last one.
    """

    def __init__(self, trainer: Trainer, first: Array) -> None:
        no_steps: Ints = np.zeros(0, dtype=np.int64)
        self.trainer = trainer
        self.first = first
        self.instant = Instant(trainer, Path(no_steps, np.zeros((0, trainer.theta.shape[1]))))

    @cached_property
    def flow(self) -> GradientFlow:
        """Return the gradient flow."""
        return measure_flow(self.instant)

    @cached_property
    def units(self) -> StuckUnits:
        """Return the states of the hidden units."""
        return measure_units(self.instant)

    @property
    def layers(self) -> int:
        """Return the number of weight layers."""
        return len(self.instant.setup.network.layout.layers)

    def places(self, layer: Argument, *, hidden: bool = False) -> range:
        """Return the layers (from 0) that an argument means: one, all, or all hidden ones."""
        last = self.layers - 1
        if layer == ALL:
            return range(last) if hidden else range(last + 1)
        place = last if layer == OUTPUT else int(layer) - 1
        return range(place, place + 1)

    def own(self, row: Array, layer: Argument) -> Array:
        """Return the part of a row (parameters,) that belongs to a layer, or all of it."""
        offsets, places = self.instant.setup.network.layout.offsets, self.places(layer)
        return row[offsets[places.start] : offsets[places.stop]]


@dataclass(frozen=True, slots=True)
class QuantityParameter:
    """One argument that a quantity takes.

    ``kind``: ``layer`` (a number from 1, ``output`` or, where ``default`` is so, ``all``), ``hidden`` (a hidden layer
    or ``all``), ``whole`` (a whole number from ``low``), ``number``, ``word`` (one of ``words``). ``default`` None: it
    has to be given.
    """

    name: str
    kind: str
    default: Argument | None = None
    words: tuple[str, ...] = ()
    low: int = 1

    def meaning(self) -> str:
        """Return what may be given, in words."""
        match self.kind:
            case "word":
                return "one of " + ", ".join(self.words)
            case "layer":
                return f"a layer from 1, or {OUTPUT}" + (f", or {ALL}" if self.default == ALL else "")
            case "hidden":
                return "a hidden layer from 1" + (f", or {ALL}" if self.default == ALL else "")
            case "whole":
                return f"a whole number from {self.low}"
            case _:
                return "a number"

    def accepts(self, value: Argument) -> bool:
        """Return whether a value may be given."""
        if isinstance(value, str):
            if self.kind == "word":
                return value in self.words
            return (value == OUTPUT and self.kind == "layer") or (value == ALL and self.default == ALL)
        whole = value == int(value) if abs(value) < 1e9 else False
        match self.kind:
            case "layer" | "hidden":
                return whole and value >= 1
            case "whole":
                return whole and value >= self.low
            case _:
                return self.kind == "number"


Measure = Callable[[Sample, Mapping[str, Argument]], float]


@dataclass(frozen=True, slots=True)
class Quantity:
    """An entry of the table of quantities.

    ``measure(look, arguments)`` returns the figure, NaN where there is none. An ``expensive`` one is measured only at
    the moments that a claim names.

    ``words`` say the figure to a person: {value}, {percent} and what is left of it, {rest_percent}; {where} a layer
    or unit, {split} and {points} the examples. With ``whole(look, arguments)``, of how many things it counts, also
    {count}, {rest} and {whole}; ``words_without_whole`` say it where that is not known.
    """

    name: str
    parameters: tuple[QuantityParameter, ...]
    unit: str
    explanation: str
    measure: Measure
    words: str
    whole: Measure | None = None
    words_without_whole: str = ""
    expensive: bool = False

    @property
    def form(self) -> str:
        """Return how it is written, with its defaults: ``loss(split=train)``."""
        inside = ", ".join(
            parameter.name if parameter.default is None else f"{parameter.name}={argument_text(parameter.default)}"
            for parameter in self.parameters
        )
        return f"{self.name}({inside})" if inside else self.name


def wrong_place(parameters: Mapping[str, Argument], experiment: Experiment, kinds: Mapping[str, str]) -> str:
    """Return what is wrong with the layer or unit that arguments name in this experiment; empty if nothing is.

    ``kinds`` says the kind of each argument, see QuantityParameter.
    """
    hidden = len(experiment.layers)
    layer: Argument = ALL
    for name, kind in kinds.items():
        value = parameters[name]
        if kind not in ("layer", "hidden") or isinstance(value, str):
            continue
        layer = value
        most = hidden if kind == "hidden" else hidden + 1
        if value > most:
            return (
                f"layer {value:g}, but this experiment has {most} {'hidden layers' if kind == 'hidden' else 'layers'}"
            )
    unit = parameters.get("unit")
    if isinstance(unit, float) and isinstance(layer, float) and layer <= hidden:
        width = experiment.layers[int(layer) - 1].width
        if unit > width:
            return f"unit {unit:g}, but layer {layer:g} has {width}"
    return ""
