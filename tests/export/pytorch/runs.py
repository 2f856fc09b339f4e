"""Experiments that together use every entry of every table that a script for PyTorch may need."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.clipping import CLIPPINGS
from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.catalogue.normalizations import NORMALIZATIONS
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.catalogue.parameters import Parameter
from stepviz.engine.catalogue.schedules import SCHEDULES
from stepviz.engine.catalogue.slope_schedules import SLOPE_SCHEDULES
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.setup.validation import LOSS_FOR

BASE = Experiment(
    data=DataSettings(samples=60, noise=0.2), layers=(HiddenLayer(5), HiddenLayer(4)), precision="float64",
    weights=Choice("glorot-normal"), biases=Choice("constant", {"value": 0.1}), seed=3, batch_size=16,
)  # fmt: skip
# Values unlike the defaults, and such that every piece of a function is met.
UNUSUAL = {"slope": 1.7, "shift": -0.4, "at-zero": 0.5, "alpha": 0.6, "sharpness": 3.0, "frequency": 2.0,
           "width": 0.7, "height": 0.8}  # fmt: skip


def unusual(parameters: tuple[Parameter, ...]) -> dict[str, float]:
    return {parameter.name: UNUSUAL[parameter.name] for parameter in parameters}


def with_units(*choices: ActivationChoice, **others: object) -> Experiment:
    layers = tuple(HiddenLayer(5 - place, choice, **others) for place, choice in enumerate(choices))
    return replace(BASE, layers=layers)


def runs() -> Iterator[tuple[str, Experiment]]:
    """Yield names and experiments."""
    yield "no hidden layer", replace(BASE, layers=())
    for key, activation in ACTIVATIONS.items():
        yield f"activation {key}", with_units(ActivationChoice(key), ActivationChoice(key))
        if activation.parameters:
            choice = ActivationChoice(key, unusual(activation.parameters))
            yield f"activation {key} with parameters", with_units(choice, choice)
        if activation.trainable:
            choice = ActivationChoice(key, trained=activation.trainable)
            yield f"activation {key} trained", with_units(choice, choice)
            yield f"activation {key} not trained", with_units(ActivationChoice(key, trained=()))
        yield f"output {key}", replace(BASE, output=ActivationChoice(key), loss="squared-error")
    for key in ("step", "sign"):
        for name, rule in BACKWARD_RULES.items():
            choice = ActivationChoice(key, rule=Choice(name, unusual(rule.parameters)))
            yield f"rule {name} of {key}", with_units(choice, choice)
    for key, loss in LOSSES.items():
        for task, data in (("binary", "circle"), ("multiclass", "digits"), ("regression", "plane")):
            if task in loss.tasks:
                yield f"loss {key}, {task}", replace(BASE, loss=key, data=replace(BASE.data, name=data))
    for key, optimizer in OPTIMIZERS.items():
        if optimizer.mistakes:
            for output, loss in LOSS_FOR.items():
                yield f"optimizer {key} of {output}", replace(
                    BASE, layers=(), output=ActivationChoice(output), loss=loss, optimizer=Choice(key), l2=0.01,
                    batch_size=1,
                )  # fmt: skip
        elif optimizer.search is None:
            rate = 0.05 if optimizer.slots != ("mean", "square") else 0.01
            yield f"optimizer {key}", replace(BASE, optimizer=Choice(key), learning_rate=rate)
            values = {each.name: 0.0 for each in optimizer.parameters if each.low == 0.0}
            yield f"optimizer {key}, all 0", replace(BASE, optimizer=Choice(key, values), learning_rate=1e-3)
    for key, schedule in SCHEDULES.items():
        short = {each.name: 7.0 for each in schedule.parameters if each.name in ("every", "length")}
        yield f"schedule {key}", replace(BASE, schedule=Choice(key, short), optimizer=Choice("sgd"), learning_rate=0.2)
    for key, slopes in SLOPE_SCHEDULES.items():
        short = {each.name: 20.0 for each in slopes.parameters if each.name == "length"}
        layers = (
            HiddenLayer(5, ActivationChoice("sigmoid")),
            HiddenLayer(4, ActivationChoice("tanh", trained=("slope",))),
            HiddenLayer(4, ActivationChoice("step", rule=Choice("arctan"))),
            HiddenLayer(3, ActivationChoice("tanh")),
        )
        yield f"slope schedule {key}", replace(BASE, slope_schedule=Choice(key, short), layers=layers)
    for key in CLIPPINGS:
        limit = {"limit": 0.05} if key != "none" else {}
        yield f"clipping {key}", replace(BASE, clipping=Choice(key, limit), optimizer=Choice("sgd"), l1=0.01)
    for key in NORMALIZATIONS:
        yield f"normalization {key}", with_units(*(ActivationChoice("relu"),) * 3, normalization=key)
        mixed = with_units(*(ActivationChoice("prelu"),) * 2, normalization=key, dropout=0.3)
        # 42 examples for training: the last batch of an epoch would be a single one.
        yield f"normalization {key}, batches that leave one", replace(mixed, batch_size=41)
    yield "dropout", with_units(*(ActivationChoice("tanh"),) * 2, dropout=0.4)
    yield "penalties", replace(BASE, l1=0.01, l2=0.02)
    yield "all examples at once", replace(BASE, batch_size=0)
    yield "batches of one", replace(BASE, batch_size=1)
    yield "no test set", replace(BASE, data=replace(BASE.data, test_share=0.0))
    yield "a gate", replace(BASE, data=DataSettings("gate-xor"))
    yield "features", replace(BASE, data=replace(BASE.data, features=("x1", "x1*x2", "sin(x2)")))


RUNS = dict(runs())
