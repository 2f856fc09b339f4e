"""Activations and backward rules in PyTorch: one table each, keyed as the engine's own tables are.

An expression names what the engine's table names, with underscores: ``self.at_zero`` is the parameter «at-zero».
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stepviz.engine.network.unit_function import UnitFunction


@dataclass(frozen=True, slots=True)
class TorchActivation:
    """An activation in PyTorch.

    ``forward`` is f(z), of ``z`` and ``self``. ``module`` is the same in torch.nn with the parameters' values in
    braces, where there is one; it serves only where the parameters have the values in ``needs``.
    """

    forward: str
    module: str = ""
    needs: Mapping[str, float] = field(default_factory=dict)


TORCH_ACTIVATIONS: dict[str, TorchActivation] = {
    "step": TorchActivation("(z >= 0).to(z.dtype)"),
    "sign": TorchActivation("2 * (z >= 0).to(z.dtype) - 1"),
    "sigmoid": TorchActivation(
        "torch.sigmoid(self.slope * z + self.shift)", "nn.Sigmoid()", {"slope": 1.0, "shift": 0.0}
    ),
    "tanh": TorchActivation("torch.tanh(self.slope * z)", "nn.Tanh()", {"slope": 1.0}),
    # At z = 0 the product has the chosen derivative, and is 0 as the ReLU is.
    "relu": TorchActivation("torch.where(z == 0, self.at_zero * z, torch.relu(z))", "nn.ReLU()", {"at-zero": 0.0}),
    "leaky-relu": TorchActivation("F.leaky_relu(z, self.slope)", "nn.LeakyReLU({slope!r})"),
    "prelu": TorchActivation("torch.where(z > 0, z, self.slope * z)", "nn.LeakyReLU({slope!r})"),
    "elu": TorchActivation("F.elu(z, self.alpha)", "nn.ELU({alpha!r})"),
    "selu": TorchActivation("F.selu(z)", "nn.SELU()"),
    # PyTorch goes over to z itself beyond the threshold: at its usual 20 that differs by 2e-9.
    "softplus": TorchActivation(
        "F.softplus(z, self.sharpness, threshold=40)", "nn.Softplus({sharpness!r}, threshold=40)"
    ),
    "gelu": TorchActivation("F.gelu(z)", "nn.GELU()"),
    "gelu-tanh": TorchActivation('F.gelu(z, approximate="tanh")', 'nn.GELU("tanh")'),
    "silu": TorchActivation("F.silu(z)", "nn.SiLU()"),
    "mish": TorchActivation("F.mish(z)", "nn.Mish()"),
    "hard-sigmoid": TorchActivation("F.hardsigmoid(z)", "nn.Hardsigmoid()"),
    "hard-tanh": TorchActivation("F.hardtanh(z)", "nn.Hardtanh()"),
    "softsign": TorchActivation("F.softsign(z)", "nn.Softsign()"),
    "sine": TorchActivation("torch.sin(self.frequency * z)"),
    "gaussian": TorchActivation("torch.exp(-z * z)"),
    "linear": TorchActivation("z", "nn.Identity()"),
}

# What stands in for f'(z), of ``z`` and the rule's parameters.
TORCH_RULES: dict[str, str] = {
    "true": "torch.zeros_like(z)",
    "straight-through": "torch.ones_like(z)",
    "clipped-straight-through": "(z.abs() <= width).to(z.dtype)",
    "relu-ste": "(z > 0).to(z.dtype)",
    "clipped-relu-ste": "((z > 0) & (z < 1)).to(z.dtype)",
    "sigmoid-surrogate": "slope * torch.sigmoid(slope * z) * torch.sigmoid(-slope * z)",
    "fast-sigmoid": "1 / (1 + slope * z.abs()) ** 2",
    "arctan": "slope / 2 / (1 + (math.pi / 2 * slope * z) ** 2)",
    "triangle": "height * torch.relu(1 - z.abs() / width)",
}

_PLAIN = '''\
class {name}(nn.Module):
    """{label}: {formula}."""
{init}
    def forward(self, z):
        return {forward}
'''

_INIT = """
    def __init__(self, {names}):
        super().__init__()
{lines}
"""

_THRESHOLD = '''\
class {name}Function(torch.autograd.Function):
    """{label}: {formula}. In the backward pass {stand_in}."""

    @staticmethod
    def forward(ctx, z{arguments}):
        ctx.save_for_backward(z){keep}
        return {forward}

    @staticmethod
    def backward(ctx, gradient):
        (z,) = ctx.saved_tensors{take}
        return gradient * ({derivative}){nothing}


class {name}(nn.Module):
    """The units of a layer of it."""
{init}
    def forward(self, z):
        return {name}Function.apply(z{values})
'''


def identifier(name: str) -> str:
    """Return the name of a parameter as it stands in code."""
    return name.replace("-", "_")


def _class_name(*keys: str) -> str:
    return "".join(part.capitalize() for key in keys for part in key.split("-"))


def unit_code(function: UnitFunction, units: int, *, annealed: bool) -> tuple[str, str]:
    """Return the expression that makes the units of a layer, and the class that it needs («» for one of torch.nn).

    ``annealed``: a schedule sets the slope, which must be an attribute.
    """
    if function.activation.takes_rules:
        return _threshold_code(function)
    activation, table = function.activation, TORCH_ACTIVATIONS[function.activation.key]
    names = [parameter.name for parameter in activation.parameters]
    values = dict(zip(names, function.values, strict=True))
    driven = annealed and function.annealed_value is not None
    plain = all(values[name] == value for name, value in table.needs.items())
    if table.module and plain and not function.trained and not driven:
        return table.module.format(**{identifier(name): value for name, value in values.items()}), ""
    name = _class_name(activation.key, "unit")
    code = _PLAIN.format(
        name=name, label=activation.label, formula=activation.formula, init=_init(names), forward=table.forward
    )
    given = [
        f"{identifier(each)}=" + (f"nn.Parameter(torch.zeros({units}))" if each in function.trained else repr(value))
        for each, value in values.items()
    ]
    return f"{name}({', '.join(given)})", code


def _threshold_code(function: UnitFunction) -> tuple[str, str]:
    activation, rule = function.activation, function.rule
    names = [identifier(parameter.name) for parameter in rule.parameters]
    stand_in = "its derivative, exactly 0, stops every gradient"
    if not function.has_true_derivative:
        stand_in = f"f'(z) is replaced by {rule.formula}: {rule.label} ({rule.source})"
    name = _class_name(activation.key, "" if function.has_true_derivative else rule.key)
    listed = "".join(f", {each}" for each in names)
    code = _THRESHOLD.format(
        name=name, label=activation.label, formula=activation.formula, stand_in=stand_in, arguments=listed,
        keep=f"\n        ctx.values = {', '.join(names)}," if names else "",
        forward=TORCH_ACTIVATIONS[activation.key].forward,
        take=f"\n        {', '.join(names)}, = ctx.values" if names else "",
        derivative=TORCH_RULES[rule.key], nothing=", None" * len(names), init=_init(names),
        values="".join(f", self.{each}" for each in names),
    )  # fmt: skip
    given = ", ".join(f"{each}={value!r}" for each, value in zip(names, function.rule_values, strict=True))
    return f"{name}({given})", code


def _init(names: list[str]) -> str:
    if not names:
        return ""
    known = [identifier(name) for name in names]
    lines = "\n".join(f"        self.{name} = {name}" for name in known)
    return _INIT.format(names=", ".join(known), lines=lines)
