"""Nothing is left of a watch: hooks, references, changed pickles; nothing of ours reaches the training."""

from __future__ import annotations

import gc
import os
import weakref
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

import torch.nn.modules.module as global_hooks  # noqa: E402  after torch was found
from torch import nn  # noqa: E402

import stepviz_watch  # noqa: E402
from tests.watch.reading import Read  # noqa: E402


def make() -> tuple[nn.Module, Any, nn.Module]:
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    return model, torch.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()


def train(model: nn.Module, optimizer: Any, loss_fn: nn.Module, updates: int = 6) -> None:
    for _ in range(updates):
        optimizer.zero_grad()
        loss_fn(model(torch.ones(5, 4)), torch.zeros(5, dtype=torch.long)).backward()
        optimizer.step()


def hooks(model: nn.Module, optimizer: Any, loss_fn: nn.Module) -> int:
    modules = [*model.modules(), loss_fn]
    return (
        sum(len(m._forward_hooks) + len(m._forward_pre_hooks) + len(m._backward_hooks) for m in modules)
        + len(optimizer._optimizer_step_pre_hooks) + len(optimizer._optimizer_step_post_hooks)
        + len(global_hooks._global_forward_hooks) + len(global_hooks._global_forward_pre_hooks)
    )  # fmt: skip


def test_close_takes_every_hook_away(tmp_path: Any) -> None:
    made = make()
    watch = stepviz_watch.watch(*made, tmp_path / "a.stepviz-run", every=1)
    train(*made)
    assert hooks(*made) == 5
    watch.close()
    watch.close()
    assert hooks(*made) == 0
    train(*made)
    assert Read(tmp_path / "a.stepviz-run")["loss"]["step"].tolist() == list(range(6))


def interrupted(made: Any, folder: Any) -> None:
    with stepviz_watch.watch(*made, folder / "a.stepviz-run", every=1):
        train(*made)
        raise KeyboardInterrupt


def test_an_exception_in_the_loop(tmp_path: Any) -> None:
    made = make()
    with pytest.raises(KeyboardInterrupt):
        interrupted(made, tmp_path)
    assert hooks(*made) == 0
    assert "KeyboardInterrupt" in Read(tmp_path / "a.stepviz-run").notes


def test_garbage_ends_the_recording(tmp_path: Any) -> None:
    model, optimizer, loss_fn = make()
    # As most will: the watch itself is not kept.
    stepviz_watch.watch(model, optimizer, loss_fn, tmp_path / "a.stepviz-run", every=1)
    gc.collect()
    train(model, optimizer, loss_fn)
    gone = weakref.ref(model)
    del model, optimizer
    gc.collect()
    assert gone() is None
    assert not global_hooks._global_forward_hooks
    read = Read(tmp_path / "a.stepviz-run")
    assert read["loss"]["step"].tolist() == list(range(6))
    assert read.said("end")


def test_hooks_of_the_person_stay(tmp_path: Any) -> None:
    model, optimizer, loss_fn = make()
    seen: list[str] = []
    before = loss_fn.register_forward_hook(lambda *_: seen.append("before"))
    watch = stepviz_watch.watch(model, optimizer, loss_fn, tmp_path / "a.stepviz-run", every=1)
    after = loss_fn.register_forward_hook(lambda *_: seen.append("after"))
    train(model, optimizer, loss_fn, 1)
    before.remove()
    watch.close()
    train(model, optimizer, loss_fn, 1)
    after.remove()
    train(model, optimizer, loss_fn, 1)
    assert seen == ["before", "after", "after"]


def test_an_error_of_its_own_ends_the_watching_only(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    made = make()
    watch = stepviz_watch.watch(*made, tmp_path / "a.stepviz-run", every=1)
    train(*made, updates=2)
    # A table that is no longer there stands for any mistake.
    del watch._rows
    train(*made, updates=4)
    assert not watch.watching
    assert hooks(*made) == 0
    assert "AttributeError" in Read(tmp_path / "a.stepviz-run").notes
    assert "the training goes on" in capsys.readouterr().err
    watch.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_training_writes_nothing(tmp_path: Any) -> None:
    made = make()
    watch = stepviz_watch.watch(*made, tmp_path / "a.stepviz-run", every=1)
    train(*made, updates=3)
    child = os.fork()
    if child == 0:
        train(*made, updates=3)
        watch.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    train(*made, updates=3)
    watch.close()
    read = Read(tmp_path / "a.stepviz-run")
    assert read.reader.damaged == 0
    assert read["loss"]["step"].tolist() == list(range(6))


def test_two_watches_of_one_model(tmp_path: Any) -> None:
    made = make()
    first = stepviz_watch.watch(*made, tmp_path / "a.stepviz-run", every=2)
    second = stepviz_watch.watch(*made, tmp_path / "b.stepviz-run", every=3)
    train(*made, updates=7)
    first.close()
    train(*made, updates=2)
    second.close()
    assert hooks(*made) == 0
    assert [len(Read(tmp_path / f"{name}.stepviz-run")["loss"]) for name in "ab"] == [7, 9]
