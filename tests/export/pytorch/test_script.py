"""What stands in a script or a notebook; PyTorch is not needed."""

from __future__ import annotations

import ast
import json

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue import clipping, losses, schedules, slope_schedules
from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Choice, StopConditions
from stepviz.engine.training.trainer import Trainer
from stepviz.export.pytorch.arrays import MOST_NUMBERS, MOST_READABLE, UNPACK, array_code, check_size
from stepviz.export.pytorch.left_out import left_out
from stepviz.export.pytorch.script import as_notebook, as_script
from stepviz.export.pytorch.units import TORCH_ACTIVATIONS, TORCH_RULES
from stepviz.export.pytorch.updates import (
    TORCH_CLIPPINGS,
    TORCH_LOSSES,
    TORCH_OPTIMIZERS,
    TORCH_SCHEDULES,
    TORCH_SLOPES,
)
from tests.export.pytorch.runs import BASE, RUNS


def test_every_entry_of_the_engines_tables_has_its_counterpart() -> None:
    assert TORCH_ACTIVATIONS.keys() == ACTIVATIONS.keys()
    assert TORCH_RULES.keys() == BACKWARD_RULES.keys()
    assert TORCH_LOSSES.keys() == losses.LOSSES.keys()
    assert TORCH_OPTIMIZERS.keys() == {key for key, each in OPTIMIZERS.items() if each.search is None}
    assert TORCH_SCHEDULES.keys() == schedules.SCHEDULES.keys()
    assert TORCH_SLOPES.keys() == slope_schedules.SLOPE_SCHEDULES.keys() - {"none"}
    assert TORCH_CLIPPINGS.keys() == clipping.CLIPPINGS.keys()


@pytest.mark.parametrize("name", RUNS)
def test_a_script_is_python_and_needs_nothing_of_ours(name: str) -> None:
    moment = Trainer(RUNS[name]).moment()
    script = as_script(moment, 5)
    tree = ast.parse(script)
    imported = {alias.name.split(".")[0] for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert imported == {"base64", "math", "zlib", "numpy", "torch"}
    assert "- nothing." in script or "norm" in name


def test_a_rule_that_stands_in_for_a_derivative_is_named() -> None:
    script = as_script(Trainer(RUNS["rule fast-sigmoid of step"]).moment(), 5)
    assert "class StepFastSigmoidFunction(torch.autograd.Function)" in script
    assert "f'(z) is replaced by 1 / (1 + k|z|)²: Fast sigmoid (Zenke and Ganguli 2018)" in script
    plain = as_script(Trainer(RUNS["activation step"]).moment(), 5)
    assert "its derivative, exactly 0, stops every gradient" in plain
    assert "torch.heaviside has no gradient" in plain


@pytest.mark.parametrize("key", [key for key, each in OPTIMIZERS.items() if each.search is not None])
def test_a_search_is_left_out_by_name_and_nothing_is_trained(key: str) -> None:
    trainer = Trainer(replace(BASE, optimizer=Choice(key)))
    script = as_script(trainer.moment(), 5)
    ast.parse(script)
    assert f"- {OPTIMIZERS[key].label}: a search" in script
    assert "backward()" not in script
    assert "def measure" in script


def test_what_is_otherwise_is_said() -> None:
    def said(**changes: object) -> str:
        return " ".join(left_out(Trainer(replace(BASE, **changes)).moment()))

    assert said() == ""
    assert "float16" in said(precision="float16")
    assert "float32" in said(precision="float32")
    assert "Stop conditions" in said(stop=StopConditions(steps=5))
    assert "batch norm" in " ".join(left_out(Trainer(RUNS["normalization batch"]).moment()))
    trainer = Trainer(BASE)
    trainer.step(3)
    trainer.put_parameters(trainer.theta[0], fresh=np.array([1]))
    assert "began later" in " ".join(left_out(trainer.moment()))


def test_a_notebook_is_valid_and_has_the_code_of_the_script() -> None:
    moment = Trainer(RUNS["dropout"]).moment()
    content = as_notebook(moment, 5)
    notebook = json.loads(content)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    kinds = [cell["cell_type"] for cell in notebook["cells"]]
    assert kinds == ["markdown", "code"] * (len(kinds) // 2)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(kinds)
    script = as_script(moment, 5)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            code = "".join(cell["source"])
            ast.parse(code)
            assert code in script


def test_nbformat_finds_nothing_wrong() -> None:
    nbformat = pytest.importorskip("nbformat")
    for name in ("dropout", "normalization batch", "optimizer adam"):
        nbformat.validate(nbformat.reads(as_notebook(Trainer(RUNS[name]).moment(), 5).decode(), as_version=4))


@pytest.mark.parametrize("shape", [(3,), (2, 2), (1, 9), (0, 3), (MOST_READABLE + 1,), (50, 20)])
def test_numbers_come_back_bit_for_bit(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).standard_normal(shape) * 10.0 ** np.random.default_rng(1).integers(
        -300, 300, shape
    )
    names: dict[str, object] = {"np": np}
    exec("import base64, zlib\n" + UNPACK, names)
    found = eval(array_code(values), names)
    assert found.shape == shape
    assert found.tobytes() == values.tobytes()


def test_a_run_too_large_for_a_script_is_refused_with_the_limit() -> None:
    with pytest.raises(InputError, match="at most"):
        check_size(np.zeros(MOST_NUMBERS + 1))
