"""The parts of a script, in order: each a title, a sentence, and code."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from stepviz import __version__
from stepviz.engine.catalogue.clipping import CLIPPINGS
from stepviz.engine.catalogue.normalizations import EPSILON, EXAMPLES, SCALE, SHIFT
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.catalogue.schedules import SCHEDULES
from stepviz.engine.catalogue.slope_schedules import SLOPE_SCHEDULES
from stepviz.engine.network.dropout import STREAM as DROPOUT_STREAM
from stepviz.engine.network.dropout import drops
from stepviz.engine.training.batch_order import DRAWN_AT_ONCE, leaves_one
from stepviz.engine.training.batch_order import STREAM as BATCH_STREAM
from stepviz.engine.training.snapshot import TrainerState
from stepviz.export.pytorch.arrays import UNPACK, array_code, check_size
from stepviz.export.pytorch.code_blocks import BATCHES, DROPPED, MASKS, PLOT, WHOLE
from stepviz.export.pytorch.left_out import is_trained, left_out
from stepviz.export.pytorch.units import identifier, unit_code
from stepviz.export.pytorch.updates import (
    TORCH_CLIPPINGS,
    TORCH_LOSSES,
    TORCH_OPTIMIZERS,
    TORCH_SCHEDULES,
    TORCH_SLOPES,
    named,
    optimizer_code,
    schedule_code,
)

# So many times the losses are measured on the way.
MEASURED = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of the script."""

    title: str
    text: str
    code: str


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the network: its expression, the class it needs, and the parameters of stepviz by its own names."""

    code: str
    needs: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    kind: str = ""


class Cells:
    """Writes the parts of the script that goes on from a moment for ``steps`` updates."""

    def __init__(self, moment: TrainerState, steps: int) -> None:
        """Take note of the run. Raises InputError where it is too large for a script."""
        self.moment, self.steps, self.setup = moment, steps, moment.setup
        self.experiment, self.network = self.setup.experiment, self.setup.network
        train, test = self.setup.train, self.setup.test
        check_size(moment.state, train.inputs, train.targets, test.inputs, test.targets)
        self.annealed = self.experiment.slope_schedule.name != "none" and self.network.annealed
        self.drops, self.trains = drops(self.network), is_trained(moment)
        self.modules = self._modules()

    def all(self) -> tuple[Cell, ...]:
        """Return the parts in order."""
        parts = [self._head(), self._data(), self._network(), self._weights(), self._loss()]
        if self.trains:
            parts += [self._batches(), self._training(), self._plot()]
        return tuple(parts)

    def _head(self) -> Cell:
        missing = left_out(self.moment)
        said = "".join(f"\n- {sentence}." for sentence in missing) or "\n- nothing."
        first, last = self.moment.step, self.moment.step + (self.steps if self.trains else 0)
        text = (
            f"Written by stepviz {__version__}: the run from step {first:,} to step {last:,}, with the same data,"
            f" weights, batches and updates. It needs NumPy and PyTorch, and Matplotlib for the plot.\n\n"
            f"Left out, or otherwise:{said}"
        )
        kind = "float64" if self.experiment.precision == "float64" else "float32"
        code = [
            "import base64", "import math", "import zlib", "", "import numpy as np", "import torch",
            "import torch.nn.functional as F", "from torch import nn", "",
            "# With float64 the losses are those of a stepviz run in float64, to 1e-6.",
            f"dtype = torch.{kind}", "torch.set_default_dtype(dtype)",
        ]  # fmt: skip
        return Cell("A run of stepviz in PyTorch", text, "\n".join([*code, "", "", UNPACK.rstrip()]))

    def _data(self) -> Cell:
        parts = []
        for split, examples in (("train", self.setup.train), ("test", self.setup.test)):
            parts.append(f"x_{split} = torch.from_numpy({array_code(examples.inputs[0, :, :-1])}.copy()).to(dtype)")
            parts.append(f"t_{split} = torch.from_numpy({array_code(examples.targets)}.copy()).to(dtype)")
        dataset = self.setup.dataset
        names = ", ".join(dataset.feature_names[:8]) + (", …" if len(dataset.feature_names) > 8 else "")
        text = f"What the network sees: the columns {names}, scaled as stepviz scales them, and the targets as numbers."
        return Cell("Data", text, "\n".join(parts))

    def _modules(self) -> list[Module]:
        found = []
        for number, (function, shape) in enumerate(
            zip(self.network.functions, self.network.layout.layers, strict=True)
        ):
            name, units = f"layer{number + 1}", shape.outputs
            found.append(
                Module(
                    f"nn.Linear({shape.inputs}, {units})",
                    "",
                    (("weight", f"{name}.weights"), ("bias", f"{name}.biases")),
                    "linear",
                )
            )
            if function.normalization.axis is not None:
                by_examples = function.normalization.axis == EXAMPLES
                made = f"nn.BatchNorm1d({units}, eps={EPSILON!r}, momentum=1.0)"
                found.append(
                    Module(
                        made if by_examples else f"nn.LayerNorm({units}, eps={EPSILON!r})",
                        "",
                        (("weight", f"{name}.{SCALE}"), ("bias", f"{name}.{SHIFT}")),
                        "batch" if by_examples else "",
                    )
                )
            hidden = number < len(self.network.functions) - 1
            code, needs = unit_code(function, units, annealed=self.annealed and hidden)
            if code != "nn.Identity()" or hidden:
                driven = self.annealed and hidden and function.annealed
                trained = tuple((identifier(each), f"{name}.{each}") for each in function.trained)
                found.append(Module(code, needs, trained, "annealed" if driven else ""))
            if function.dropout:
                found.append(Module("Dropped()", DROPPED.rstrip(), (), f"dropped {units} {function.dropout!r}"))
        return found

    def _network(self) -> Cell:
        classes = dict.fromkeys(module.needs for module in self.modules if module.needs)
        lines = "\n".join(f"    {module.code}," for module in self.modules)
        text = "The same layers as in stepviz."
        if any(function.activation.takes_rules for function in self.network.functions):
            text += (
                " torch.heaviside has no gradient, and autograd has none for a comparison: what the backward pass takes"
                " for the derivative of a step stands in its class."
            )
        code = "\n\n\n".join([*(each.rstrip() for each in classes), f"model = nn.Sequential(\n{lines}\n)"])
        return Cell("Network", text, code)

    def _weights(self) -> Cell:
        moment, layout = self.moment, self.network.layout
        places = [
            (name, f"model[{place}].{attribute}")
            for place, module in enumerate(self.modules)
            for attribute, name in module.parameters
        ]
        memory = TORCH_OPTIMIZERS[self.setup.optimizer.key].memory if self.trains and moment.updates else ()
        rows = [layout.named(row.astype(np.float64)) for row in moment.state[: 1 + len(memory)]]
        lines = ["parameters = {"]
        lines += [f'    "{name}": {place},' for name, place in places]
        lines += ["}", "weights = {"]
        # In PyTorch a row of weights belongs to a unit, in stepviz to an input.
        lines += [f'    "{name}": {array_code(rows[0][name].T)},' for name, _ in places]
        lines += ["}", "with torch.no_grad():", "    for name, values in weights.items():"]
        lines += ["        parameters[name].copy_(torch.from_numpy(values.copy()))"]
        text = "The weights of the moment: as they were drawn, or as the training left them."
        if self.trains:
            setup = self.setup
            made = optimizer_code(
                setup.optimizer.key, setup.optimizer.parameters, setup.optimizer_values, self.experiment.learning_rate
            )
            lines += ["", f"optimizer = {made}"]
        if memory:
            text += " The optimizer remembers what it did in stepviz."
            lines += ["memory = {"]
            for name, _ in places:
                kept = ", ".join(
                    f'"{called}": {array_code(row[name].T)}' for called, row in zip(memory, rows[1:], strict=True)
                )
                lines.append(f'    "{name}": {{{kept}}},')
            lines += [
                "}", "for name, kept in memory.items():",
                "    state = {each: torch.from_numpy(values.copy()).to(dtype) for each, values in kept.items()}",
                f'    optimizer.state[parameters[name]] = {{"step": torch.tensor({float(moment.updates)!r}), **state}}',
            ]  # fmt: skip
        return Cell("Weights", text, "\n".join(lines))

    def _places(self, kind: str) -> list[str]:
        return [f"model[{place}]" for place, module in enumerate(self.modules) if module.kind.split(" ")[0] == kind]

    def _loss(self) -> Cell:
        code = ["def criterion(y, t):", f"    return {TORCH_LOSSES[self.experiment.loss]}", "", ""]
        setup = ["    model.train()"]
        if self.annealed:
            code += [self._slope_code(), "", ""]
            setup += ["    set_slope(step)"]
        if self.drops:
            setup += [f"    for module in [{', '.join(self._places('dropped'))}]:", "        module.mask = None"]
        code += [
            "def measure(step):",
            '    """Return the mean loss over all training and all test examples (NaN: there are none)."""',
            "    with torch.no_grad():",
            *(f"    {line}" for line in setup),
            "        train = criterion(model(x_train), t_train).item()",
            "        if not len(x_test):",
            "            return train, math.nan",
        ]
        text = f"{self.network.loss.label}: {self.network.loss.formula}."
        if batch := self._places("batch"):
            text += " For the test examples batch norm goes by the statistics of the whole training set."
            code += [
                "        # PyTorch keeps the variance of a sample; stepviz divides by the number of examples.",
                f"        for module in [{', '.join(batch)}]:",
                "            module.running_var *= (len(x_train) - 1) / len(x_train)",
                "        model.eval()",
            ]
        code += ["        return train, criterion(model(x_test), t_test).item()", "", ""]
        code += [f'print("step {self.moment.step}: train loss %.9g, test loss %.9g" % measure({self.moment.step}))']
        return Cell("Loss", text, "\n".join(code))

    def _slope_code(self) -> str:
        choice = self.experiment.slope_schedule
        schedule = SLOPE_SCHEDULES[choice.name]
        values = resolve(choice.parameters, schedule.parameters, "slope_schedule")
        return "\n".join([
            schedule_code("slope_at", TORCH_SLOPES[choice.name], schedule.parameters, values), "", "",
            "def set_slope(step):", f"    for module in [{', '.join(self._places('annealed'))}]:",
            "        module.slope = slope_at(step)",
        ])  # fmt: skip

    def _batches(self) -> Cell:
        count, size = len(self.setup.train), self.experiment.batch_size
        whole = size == 0 or size >= count
        text = "The rows of each batch, in the order in which stepviz draws them: with NumPy's generators."
        if whole:
            return Cell("Batches", "Each update sees all training examples.", WHOLE.rstrip())
        alone = self.network.by_statistics and leaves_one(count, size)
        code = BATCHES.format(
            seen=self.moment.seen, examples=count, size=size, dealt=count - 1 if alone else count,
            orders=max(1, DRAWN_AT_ONCE // count), seed=self.experiment.seed, stream=BATCH_STREAM,
        )  # fmt: skip
        return Cell("Batches", text, code.rstrip())

    def _mask_code(self) -> list[str]:
        layers = [module.kind.split(" ")[1:] for module in self.modules if module.kind.startswith("dropped")]
        places = zip(self._places("dropped"), layers, strict=True)
        listed = "".join(f"    ({place}, {units}, {share}),\n" for place, (units, share) in places)
        stops = list(accumulate(int(units) for units, _ in layers))
        return [MASKS.format(listed=listed, units=stops[-1], seed=self.experiment.seed, stream=DROPOUT_STREAM), "", ""]

    def _training(self) -> Cell:
        experiment, setup = self.experiment, self.setup
        code, before = [], []
        if self.drops:
            code += self._mask_code()
            before += ["draw_masks(step, len(x))"]
        if self.annealed:
            before += ["set_slope(step)"]
        choice = experiment.schedule
        if choice.name != "constant":
            schedule = SCHEDULES[choice.name]
            values = resolve(choice.parameters, schedule.parameters, "schedule")
            expression = f"{experiment.learning_rate!r} * " + TORCH_SCHEDULES[choice.name].removeprefix("rate * ")
            code += [schedule_code("learning_rate", expression, schedule.parameters, values), "", ""]
        objective = "criterion(model(x), t)"
        if setup.optimizer.mistakes:
            # The gradient of this is the perceptron's: mistakes times inputs.
            objective = "((model(x) - t).detach() * model[0](x)).sum() / len(x)"
        objective += "".join(f" + {term}" for term in self._penalties())
        clipping = CLIPPINGS[experiment.clipping.name]
        values = resolve(experiment.clipping.parameters, clipping.parameters, "clipping")
        clips = [line.format(**named(clipping.parameters, values)) for line in TORCH_CLIPPINGS[clipping.key]]
        if choice.name != "constant":
            clips += ["for group in optimizer.param_groups:", '    group["lr"] = learning_rate(step)']
        first, last = self.moment.step, self.moment.step + self.steps
        elapsed = f"(step + 1 - {first})" if first else "(step + 1)"
        body = [
            "rows = next(order)", "x, t = x_train[rows], t_train[rows]", "model.train()", *before,
            "optimizer.zero_grad()", f"loss = {objective}", "loss.backward()", *clips, "optimizer.step()",
            f"if {elapsed} % {max(1, self.steps // MEASURED)} == 0 or step + 1 == {last}:",
            "    history.append((step + 1, *measure(step + 1)))",
        ]  # fmt: skip
        code += [
            f"history = [({first}, *measure({first}))]", "order = batches()",
            f"for step in range({first}, {last}):", *(f"    {line}" for line in body),
            'print("step %d: train loss %.9g, test loss %.9g" % history[-1])',
        ]  # fmt: skip
        label = setup.optimizer.label
        text = f"{label}: {setup.optimizer.formula}. The losses over all examples are measured on the way."
        return Cell("Training", text, "\n".join(code))

    def _penalties(self) -> list[str]:
        weights = ", ".join(f"{place}.weight" for place in self._places("linear"))
        found = []
        if self.experiment.l2:
            found.append(f"{0.5 * self.experiment.l2!r} * sum((each**2).sum() for each in [{weights}])")
        if self.experiment.l1:
            found.append(f"{self.experiment.l1!r} * sum(each.abs().sum() for each in [{weights}])")
        return found

    def _plot(self) -> Cell:
        return Cell("Plot", "The losses over the steps.", PLOT.rstrip())
