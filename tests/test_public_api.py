"""What other programs may import stays: the names, what they take, and a docstring for each."""

from __future__ import annotations

import inspect

import pytest

import stepviz
from stepviz import engine
from stepviz.engine import DataSettings, Experiment, HiddenLayer, Trainer, dataset_from_arrays, load_data, validate

ENGINE = {
    "DATASETS",
    "ActivationChoice",
    "Choice",
    "DataSettings",
    "Dataset",
    "Drawing",
    "DrawnColumn",
    "Experiment",
    "HiddenLayer",
    "InputError",
    "StopConditions",
    "Trainer",
    "dataset_from_arrays",
    "load_data",
    "validate",
}
# What a caller passes by name, or by place in this order. More may come at the end, none may go.
SIGNATURES = {
    Trainer: ["experiment", "dataset", "parameters", "seeds"],
    dataset_from_arrays: ["inputs", "targets", "class_names", "test_share", "seed"],
    load_data: ["settings"],
    validate: ["experiment"],
}
FIELDS = {
    Experiment: [
        *("data", "layers", "output", "loss", "weights", "biases", "optimizer", "learning_rate", "schedule"),
        *("slope_schedule", "clipping", "batch_size", "l1", "l2", "stop", "precision", "seed"),
    ],
    HiddenLayer: ["width", "activation", "dropout", "normalization"],
    DataSettings: ["name"],
}
# What the examples in the documentation call.
TRAINER = {"step", "loss", "losses", "restart", "change", "step_back", "parameters", "gradients", "experiment"}


def test_the_engine_exports_these_names_and_no_others() -> None:
    assert set(engine.__all__) == ENGINE
    assert len(engine.__all__) == len(ENGINE)
    found: dict[str, object] = {}
    exec("from stepviz.engine import *", found)
    assert {name for name in found if not name.startswith("__")} == ENGINE


def test_the_program_itself_exports_these_names_and_no_others() -> None:
    assert set(stepviz.__all__) == {"__version__", "diagnose"}
    assert all(hasattr(stepviz, name) for name in stepviz.__all__)


@pytest.mark.parametrize("name", sorted(ENGINE - {"DATASETS"}))
def test_each_public_name_says_what_it_is(name: str) -> None:
    what = getattr(engine, name)
    assert (what.__doc__ or "").strip(), name
    assert what.__module__.startswith("stepviz.engine.")
    assert name in (engine.__doc__ or ""), "the list in the docstring of the package names it"


@pytest.mark.parametrize(("called", "names"), SIGNATURES.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_what_a_caller_passes_stays(called: object, names: list[str]) -> None:
    assert callable(called)
    assert list(inspect.signature(called).parameters)[: len(names)] == names


@pytest.mark.parametrize(("struct", "names"), FIELDS.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_the_fields_stay(struct: type[Experiment], names: list[str]) -> None:
    fields = struct.__struct_fields__
    assert [name for name in names if name not in fields] == []


def test_what_a_trainer_can_do_stays() -> None:
    assert {name for name in TRAINER if not hasattr(Trainer, name)} == set()
