"""The changes that are tried on twins: all that apply to a run, each a change of one thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.normalizations import NORMALIZATIONS
from stepviz.engine.catalogue.optimizers import OPTIMIZERS, WEIGHT_DECAY
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment, HiddenLayer
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.engine.setup.validation import validate
from stepviz.probes.findings.remedies import with_activations, with_learning_rate, with_rule
from stepviz.probes.twins.cure import Cure
from stepviz.probes.twins.scaled_data import needs_scaling, with_scaled_inputs, with_scaled_targets

# Wider than this costs too much; a network is doubled and made four times as wide up to here.
_WIDEST = 64
_USUAL_WIDTH = 8
_BATCH = 32
_ADAM_RATE = 0.01
_SGD_RATE = 0.1
_HIGHEST_RATE = 1e6


@dataclass(frozen=True, slots=True)
class _Units:
    key: str
    words: str
    choice: ActivationChoice
    weights: str


_UNITS = (
    _Units("relu", "ReLU units and He's weights", ActivationChoice("relu"), "he-uniform"),
    _Units("leaky-relu", "leaky ReLU units and He's weights", ActivationChoice("leaky-relu"), "he-uniform"),
    _Units("tanh", "tanh units and Glorot's weights", ActivationChoice("tanh"), "glorot-uniform"),
)
_RULES = (
    ("clipped-straight-through", "the clipped straight-through rule"),
    ("straight-through", "the straight-through rule"),
    ("sigmoid-surrogate", "the sigmoid surrogate"),
)


def cures_of(setup: BoundExperiment) -> list[Cure]:
    """Return the changes to try on a run, settings first that are switched off, those that are not allowed left out."""
    found = []
    for cure in _all(setup):
        try:
            validate(cure.experiment)
            validate(cure.from_start)
        except InputError:
            continue
        if (cure.experiment, cure.from_start) != (setup.experiment, setup.experiment) or cure.dataset is not None:
            found.append(cure)
    return found


def rate_cure(experiment: Experiment, exponent: int) -> Cure | None:
    """Return the change of the learning rate by a power of ten; None where the rate would leave what is allowed."""
    factor = 10.0**exponent
    if not 1e-12 <= experiment.learning_rate * factor <= _HIGHEST_RATE:
        return None
    changed = with_learning_rate(experiment, factor)
    words = f"a learning rate of {changed.learning_rate:g}"
    return Cure(f"rate{'*' if exponent > 0 else '/'}1e{abs(exponent)}", words, changed)


def _all(setup: BoundExperiment) -> Iterator[Cure]:
    experiment = setup.experiment
    yield from _switched_off(experiment)
    yield from _rates(experiment)
    yield from _data(setup)
    yield from _weights(experiment)
    yield from _units(experiment)
    yield from _shape(experiment)
    yield from _output(setup)
    yield from _rest(experiment)


def _rates(e: Experiment) -> Iterator[Cure]:
    for exponent in (-1, 1, -2, 2):
        cure = rate_cure(e, exponent)
        if cure is not None:
            yield cure
    # Far from what is usual a ladder of tens would have too many steps.
    usual = usual_rate(e)
    if e.learning_rate < usual / 200.0:
        rates = {"rate*usual": usual, "rate*more": 10.0 * usual}
    else:
        rates = {"rate/usual": usual, "rate/less": usual / 10.0} if e.learning_rate > usual * 200.0 else {}
    for key, rate in rates.items():
        yield Cure(key, f"a learning rate of {rate:g}", with_rate(e, rate))


def with_rate(e: Experiment, rate: float) -> Experiment:
    """Return the experiment with another learning rate."""
    return replace(e, learning_rate=rate)


def usual_rate(e: Experiment) -> float:
    """Return a learning rate that is usual for the optimizer."""
    adaptive = len(OPTIMIZERS[e.optimizer.name].slots) > 0 and e.optimizer.name not in ("momentum", "nesterov")
    return _ADAM_RATE if adaptive else _SGD_RATE


def _switched_off(e: Experiment) -> Iterator[Cure]:
    optimizer = OPTIMIZERS[e.optimizer.name]
    decays = any(parameter is WEIGHT_DECAY for parameter in optimizer.parameters)
    if e.l1 or e.l2 or (decays and e.optimizer.parameters.get(WEIGHT_DECAY.name, 0.0) > WEIGHT_DECAY.default):
        kept = replace(e.optimizer, parameters={**e.optimizer.parameters, WEIGHT_DECAY.name: 0.0})
        changed = replace(e, l1=0.0, l2=0.0, optimizer=kept if decays else e.optimizer)
        yield Cure("no-penalty", "the penalties off", changed)
    if any(layer.dropout for layer in e.layers):
        layers = tuple(replace(layer, dropout=0.0) for layer in e.layers)
        yield Cure("no-dropout", "dropout off", replace(e, layers=layers))
    if e.clipping.name != "none":
        yield Cure("no-clipping", "clipping off", replace(e, clipping=Choice("none")))
    if e.schedule.name != "constant":
        yield Cure("constant-rate", "a constant learning rate", replace(e, schedule=Choice("constant")))
    if e.slope_schedule.name != "none":
        yield Cure("constant-slope", "slopes that stay as they are", replace(e, slope_schedule=Choice("none")))
    if e.precision == "float16":
        yield Cure("float32", "float32", replace(e, precision="float32"))
    if e.precision != "float64":
        yield Cure("float64", "float64", replace(e, precision="float64"))
    if any(layer.normalization != "none" for layer in e.layers):
        layers = tuple(replace(layer, normalization="none") for layer in e.layers)
        yield Cure("no-norm", "normalisation off", replace(e, layers=layers))
    if optimizer.parameters and e.optimizer.parameters:
        yield Cure("optimizer-defaults", f"{optimizer.label} as it is by default", replace(
            e, optimizer=Choice(e.optimizer.name)))  # fmt: skip


def _data(setup: BoundExperiment) -> Iterator[Cure]:
    e, dataset = setup.experiment, setup.dataset
    if needs_scaling(dataset.network_inputs, dataset.train):
        settings = replace(e, data=replace(e.data, scaling="standard"))
        by_settings = e.data.name == "csv" and e.data.scaling != "standard"
        if by_settings and dataset.task != "regression":
            yield Cure("scaled-inputs", "the inputs scaled", settings, of_data=True)
        else:
            yield Cure("scaled-inputs", "the inputs scaled", e, with_scaled_inputs(dataset), of_data=True)
        if by_settings and dataset.task == "regression":
            yield Cure("scaled-table", "inputs and targets scaled", settings, of_data=True)
    if dataset.task == "regression" and needs_scaling(dataset.targets, dataset.train):
        yield Cure("scaled-targets", "the targets scaled", e, with_scaled_targets(dataset), of_data=True)
    if e.data.name != "csv" and dataset.features and dataset.features != ("x1", "x2"):
        yield Cure("both-inputs", "both inputs", replace(e, data=replace(e.data, features=("x1", "x2"))))


def _weights(e: Experiment) -> Iterator[Cure]:
    rectified = any(layer.activation.name in ("relu", "leaky-relu", "prelu", "elu", "selu") for layer in e.layers)
    names = ("he-uniform", "glorot-uniform") if rectified else ("glorot-uniform",)
    for name in names:
        zeros = " and biases of 0" if e.biases != Choice("zeros") else ""
        words = f"first weights after {'He' if name.startswith('he') else 'Glorot'}{zeros}"
        yield Cure(name, words, replace(e, weights=Choice(name), biases=Choice("zeros")))


def _units(e: Experiment) -> Iterator[Cure]:
    if not e.layers:
        return
    hidden = range(len(e.layers))
    ruled = [layer for layer in hidden if ACTIVATIONS[e.layers[layer].activation.name].takes_rules]
    if ruled:
        for rule, words in _RULES:
            yield Cure(rule, words, with_rule(e, ruled, rule))
    for units in _UNITS:
        changed = with_activations(e, hidden, units.choice)
        fresh = replace(changed, weights=Choice(units.weights), biases=Choice("zeros"))
        yield Cure(units.key, units.words, changed, fresh=fresh)
    plain = tuple(replace(layer, activation=_plain(layer.activation)) for layer in e.layers)
    if plain != e.layers:
        yield Cure("default-slopes", "the activations' parameters as they are by default", replace(e, layers=plain))
    if not any(layer.normalization != "none" for layer in e.layers):
        normed = tuple(replace(layer, normalization="batch") for layer in e.layers)
        yield Cure("batch-norm", "batch norm", replace(e, layers=normed))


def _plain(choice: ActivationChoice) -> ActivationChoice:
    return replace(choice, parameters={}, rule=Choice(choice.rule.name))


def _shape(e: Experiment) -> Iterator[Cure]:
    optimizer = OPTIMIZERS[e.optimizer.name]
    if optimizer.mistakes:
        yield Cure(
            "hidden-layer", "a hidden layer of 8 tanh units, trained by Adam", Experiment(data=e.data, seed=e.seed)
        )
        return
    curved = [layer for layer in e.layers if layer.activation.name != "linear"]
    new = HiddenLayer(_USUAL_WIDTH, ActivationChoice("tanh")) if not curved else curved[-1]
    new = replace(new, dropout=0.0)
    yield Cure("hidden-layer", f"one hidden layer of {new.width} units more", replace(e, layers=(*e.layers, new)))
    for factor in (2, 4):
        layers = tuple(replace(layer, width=_wider(layer.width, factor)) for layer in e.layers)
        if layers != e.layers:
            times = "twice" if factor == 2 else "four times"
            yield Cure(f"width*{factor}", f"{times} as many units in each layer", replace(e, layers=layers))


def _wider(width: int, factor: int) -> int:
    return width if width >= _WIDEST else min(_WIDEST, width * factor)


def _output(setup: BoundExperiment) -> Iterator[Cure]:
    e = setup.experiment
    if e.output.name != "linear":
        yield Cure("linear-output", "a linear output", replace(e, output=ActivationChoice("linear")))
    if e.loss != "squared-error" or e.output.name != "linear" or setup.dataset.task == "classification":
        usual = {"binary": "binary-cross-entropy", "multiclass": "softmax-cross-entropy"}
        loss = usual.get(setup.dataset.loss_task, "squared-error")
        if loss != e.loss:
            words = loss.replace("-", " ")
            yield Cure("usual-loss", f"{words} as the loss", replace(e, loss=loss, output=ActivationChoice("linear")),
                       of_data=True)  # fmt: skip


def _rest(e: Experiment) -> Iterator[Cure]:
    over_examples = any(NORMALIZATIONS[layer.normalization].over_examples for layer in e.layers)
    if 0 < e.batch_size < _BATCH // 2 and not over_examples:
        yield Cure("batch-32", f"batches of {_BATCH}", replace(e, batch_size=_BATCH))
    if 0 < e.batch_size < _BATCH // 2 or e.batch_size:
        yield Cure("full-batch", "all examples in each batch", replace(e, batch_size=0))
    if e.optimizer.name != "adam":
        adam = replace(e, optimizer=Choice("adam"), learning_rate=_ADAM_RATE)
        yield Cure("adam", f"Adam at rate {_ADAM_RATE}", adam)
    else:
        sgd = replace(e, optimizer=Choice("momentum"), learning_rate=_SGD_RATE)
        yield Cure("momentum", f"SGD with momentum at rate {_SGD_RATE}", sgd)
