"""The scripts against PyTorch itself: their losses are stepviz's."""

from __future__ import annotations

import math
from typing import Any

import pytest
from msgspec.structs import replace

from stepviz.engine.training.trainer import Trainer
from stepviz.export.pytorch.script import as_script
from tests.export.pytorch.runs import BASE, RUNS

torch = pytest.importorskip("torch", reason="the extra «benchmark»")
# Tensors are tiny: more threads would only wait for each other.
torch.set_num_threads(1)
# Twice through the training set and more: batches of all sizes, and every fall of a schedule.
STEPS = 30


def run(script: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(script, "script.py", "exec"), names)
    return names


def compare(trainer: Trainer, script: str, tolerance: float = 1e-6) -> None:
    history = run(script)["history"]
    assert len(history) > 1
    for step, train, test in history:
        trainer.step(step - trainer.step_count)
        assert trainer.diverged is None
        assert trainer.step_count == step
        assert train == pytest.approx(trainer.loss("train"), rel=tolerance, abs=tolerance), step
        expected = trainer.loss("test")
        assert (
            math.isnan(test) if math.isnan(expected) else test == pytest.approx(expected, rel=tolerance, abs=tolerance)
        )


@pytest.mark.parametrize("name", RUNS)
def test_the_losses_of_every_entry_of_every_table_are_equal(name: str) -> None:
    trainer = Trainer(RUNS[name])
    compare(trainer, as_script(trainer.moment(), STEPS))


@pytest.mark.parametrize("name", [
    *(name for name in RUNS if name.startswith("optimizer") and "all 0" not in name),
    "slope schedule linear", "schedule cosine", "dropout", "normalization batch, batches that leave one",
])  # fmt: skip
def test_a_run_is_taken_on_from_where_it_is_with_the_memory_of_its_optimizer(name: str) -> None:
    trainer = Trainer(RUNS[name])
    trainer.step(11)
    compare(trainer, as_script(trainer.moment(), STEPS))


def test_the_order_of_batches_goes_on_beyond_the_orders_that_are_drawn_at_once() -> None:
    few = replace(BASE, data=replace(BASE.data, samples=4096, test_share=0.0), batch_size=1024, layers=())
    trainer = Trainer(few)
    trainer.step(4 * 8 - 5)
    compare(trainer, as_script(trainer.moment(), 10))


def test_float32_agrees_as_far_as_float32_does() -> None:
    trainer = Trainer(replace(BASE, precision="float32"))
    compare(trainer, as_script(trainer.moment(), STEPS), 1e-4)
