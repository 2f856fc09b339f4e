"""The causes that can be named, each with the cures that prove it. One table; at equal proof an earlier one is named.

Sources of the list: Glorot and Bengio 2010 (saturation, scale of weights), He et al. 2015 (weights for rectifiers),
Lu et al. 2019 (dying ReLU), Goodfellow, Bengio and Courville 2016, chapter 8 (plateaus, local minima, conditioning).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from stepviz.probes.twins import symptoms_of_numbers as numbers
from stepviz.probes.twins import symptoms_of_settings as settings
from stepviz.probes.twins.symptom import State, Symptom
from stepviz.probes.twins.trial import HELPS, Trial


@dataclass(frozen=True, slots=True)
class Cause:
    """An entry of the table.

    ``key`` is stable; ``title`` is a short name; ``symptom`` measures what speaks for it, None where nothing can;
    ``cures`` are the keys of the changes that prove it by helping («rate/» stands for all that begin so); ``counts``:
    how much of what such a change did speaks for this cause.
    """

    key: str
    title: str
    meaning: str
    symptom: Callable[[State], Symptom | None]
    cures: tuple[str, ...]
    counts: Callable[[Trial], float] = attrgetter("effect")

    def proved_by(self, cure: str) -> bool:
        """Return whether a cure that helps speaks for this cause."""
        return any(cure == key or (key[-1] in "/*" and cure.startswith(key)) for key in self.cures)


def _with_these_weights(trial: Trial) -> float:
    # Of steps that are too short it holds here and now, not for another start alone.
    return trial.effect_fresh if math.isnan(trial.effect_now) else trial.effect_now


def _with_new_weights_alone(trial: Trial) -> float:
    here = -math.inf if math.isnan(trial.effect_now) else trial.effect_now
    return -math.inf if here >= HELPS else trial.effect_fresh


def _plateau(state: State) -> Symptom | None:
    # What goes up and down is not on one, and what has learned most of it has left it.
    if state.trend == "swinging" or state.level < _LEFT:
        return None
    return Symptom(0.9, "The run is on a plateau: the slope is small here, and longer training leaves it")


def _anything(strength: float, sentence: str) -> Callable[[State], Symptom | None]:
    return lambda state: Symptom(strength, sentence)


def _with_layers(symptom: Symptom) -> Callable[[State], Symptom | None]:
    return lambda state: symptom if state.experiment.layers else None


# On a plateau a run answers hardly better than the best constant does.
_LEFT = 0.4
_UNITS = ("relu", "leaky-relu", "tanh")
_RULES = ("clipped-straight-through", "straight-through", "sigmoid-surrogate")
_WEIGHTS = ("glorot-uniform", "he-uniform")
_FASTER = ("rate*",)
_SLOWER = ("rate/",)

CAUSES: dict[str, Cause] = {
    cause.key: cause
    for cause in (
        Cause("learning-rate-scheduled-to-zero", "Learning rate scheduled to zero",
              "the schedule leaves nothing of the learning rate",
              settings.scheduled_to_zero, ("constant-rate",)),
        Cause("zero-weights", "All weights zero", "layers of zeros pass no signal, forward or back",
              numbers.zero_weights, _WEIGHTS),
        Cause("equal-units", "Units all the same", "units with equal weights stay equal (symmetry)",
              numbers.equal_units, _WEIGHTS),
        Cause("no-derivative", "No derivative", "step units have derivative 0, and no backward rule stands in for it",
              numbers.no_derivative, (*_RULES, *_UNITS)),
        Cause("targets-out-of-reach", "Targets out of reach", "the output activation cannot give the targets",
              numbers.out_of_reach, ("linear-output", "usual-loss", "scaled-targets", "scaled-table")),
        Cause("dropout-too-high", "Too much dropout", "dropout leaves too few units",
              settings.dropout, ("no-dropout",)),
        Cause("penalty-too-strong", "Penalty too strong", "L1, L2 or weight decay holds the weights",
              settings.penalty, ("no-penalty",)),
        Cause("clipping-too-tight", "Gradient clipping too tight", "clipping makes the updates too short",
              settings.clipping, ("no-clipping",)),
        Cause("updates-rounded-away", "Updates rounded away", "updates are too small for the precision to keep",
              numbers.rounded_away, ("float32", "float64")),
        Cause("no-straight-line", "No straight line separates the classes",
              "the network is linear: no hidden layer, or only linear ones",
              settings.no_straight_line, ("hidden-layer", *_UNITS)),
        Cause("input-scale", "Scale of the inputs", "inputs far from mean 0 and deviation 1",
              numbers.input_scale, ("scaled-inputs", "scaled-table", "batch-norm")),
        Cause("target-scale", "Scale of the targets", "targets of a regression far from mean 0 and deviation 1",
              numbers.target_scale, ("scaled-targets", "scaled-table")),
        Cause("underflow", "Underflow", "numbers are too small for the precision",
              numbers.underflow, ("float32", "float64")),
        Cause("batch-noise", "Noise of small batches", "batches so small that their gradient is mostly noise",
              settings.small_batch, ("batch-32", "full-batch")),
        Cause("learning-rate-too-large", "Learning rate too large", "steps go past what is lower, or diverge",
              numbers.rate_too_large, _SLOWER),
        Cause("output-unit-stuck", "Output unit dead or saturated",
              "the output unit passes no gradient back, and all behind it is starved",
              numbers.output_stuck, ("linear-output", "usual-loss", "new-weights", *_WEIGHTS)),
        Cause("dead-units", "Dead units", "the derivative of hidden units is 0 on every example",
              numbers.dead_units, ("leaky-relu", "tanh", "new-weights", *_WEIGHTS, *_RULES, "rate/")),
        Cause("wrong-examples-switch-units-off", "Wrong examples switch all units off",
              "no gradient comes from the examples that are wrong: a local minimum",
              numbers.wrong_switch_off, ("leaky-relu", "tanh", "new-weights", *_WEIGHTS, "width*", "hidden-layer")),
        Cause("saturated-units", "Saturated units", "hidden units lie where their curve is flat",
              numbers.saturated, (*_WEIGHTS, *_UNITS, "batch-norm", "default-slopes", "new-weights", "rate/")),
        Cause("vanishing-gradient", "Vanishing gradient", "the error signal shrinks on its way back",
              numbers.vanishing, (*_UNITS, "batch-norm", "new-weights", *_WEIGHTS)),
        Cause("exploding-gradient", "Exploding gradient", "the error signal grows on its way back",
              numbers.exploding, (*_WEIGHTS, "batch-norm")),
        Cause("first-weights", "Size of the first weights or biases", "first weights far too small or too large",
              settings.first_weights, _WEIGHTS),
        Cause("missing-input", "An input is missing", "the network does not see what determines the target",
              settings.features, ("both-inputs",)),
        Cause("optimizer-settings", "Settings of the optimizer", "momentum, memory or search far from the default",
              settings.optimizer_settings, ("optimizer-defaults",)),
        Cause("activation-settings", "Settings of the activation or rule", "slopes or windows far from the default",
              settings.slope, ("default-slopes", "constant-slope", *_RULES)),
        Cause("normalization", "Normalisation", "batch or layer norm hinders the run",
              settings.normalization, ("no-norm",)),
        Cause("plateau", "A plateau that is left later", "the surface is nearly flat here; longer training leaves it",
              _plateau,
              ("longer",)),
        Cause("learning-rate-too-small", "Learning rate too small", "steps too short to get anywhere",
              numbers.rate_too_small, _FASTER, _with_these_weights),
        Cause("too-few-units", "Too few units", "the network is too narrow or too shallow for the data",
              settings.few_units, ("width*", "hidden-layer")),
        Cause("local-minimum", "A local minimum", "this start ends where other starts do not",
              _anything(0.5, "The run has come to a local minimum: other first weights do not end there"),
              ("new-weights", "new-weights-longer", *_FASTER), _with_new_weights_alone),
        Cause("activation", "The activation", "the units' function does not suit the task",
              _with_layers(Symptom(0.15, "The activation of the hidden units does not suit this task")), _UNITS),
        Cause("loss-function", "The loss", "the loss and the output do not suit the task",
              _anything(0.15, "The loss does not suit this task"), ("usual-loss",)),
        Cause("optimizer", "The optimizer", "the optimizer is too slow for this surface",
              _anything(0.15, "The optimizer is too slow on this loss surface"), ("adam", "momentum")),
        Cause("batch-size", "Size of the batches", "another batch size does better",
              _anything(0.1, "The size of the batches does not suit this run"), ("batch-32", "full-batch")),
        Cause("precision", "The precision", "more digits do better",
              _anything(0.1, "The precision is too low"), ("float32", "float64")),
    )
}  # fmt: skip

# What is named where no change helps, or where nothing has to.
FLOORS: dict[str, str] = {
    "nothing-left-to-learn": "the loss is at its minimum",
    "constant-inputs": "all inputs are the same for all examples",
    "labels-not-determined": "the inputs do not determine the labels: a floor that no twin passes",
    "noise-floor": "what is left of the loss is noise in the data",
    "overfitting": "the test loss has risen while the training loss fell",
    "diverged": "the numbers are no longer finite, and no change tried keeps them so",
    "no-cure-found": "nothing that was tried helps",
}
