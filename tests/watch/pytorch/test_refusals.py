"""What cannot be watched is refused, in words that stand in the recording as well."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402  after torch was found

import stepviz_watch  # noqa: E402
from stepviz_watch.pytorch.refusals import refusal  # noqa: E402
from tests.watch.reading import Read  # noqa: E402


class FullyShardedDataParallel(nn.Module):
    """Named as the real one, which needs several processes."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(2, 2)


class DTensor(nn.Parameter):
    """Named as the real one."""


def sharded() -> nn.Module:
    return nn.Sequential(FullyShardedDataParallel())


def distributed() -> nn.Module:
    model = nn.Linear(2, 2)
    model.weight = DTensor(torch.ones(2, 2))
    return model


def several_devices() -> nn.Module:
    model = nn.DataParallel(nn.Linear(2, 2))
    model.device_ids = [0, 1]
    return model


@pytest.mark.parametrize(
    ("make", "words"), [(sharded, "FSDP"), (distributed, "DTensor"), (several_devices, "DistributedDataParallel")]
)
def test_refused(make: Any, words: str, tmp_path: Any) -> None:
    model = make()
    with pytest.raises(TypeError, match=words):
        stepviz_watch.watch(model, torch.optim.SGD(model.parameters(), 0.1), None, tmp_path / "a.stepviz-run")
    read = Read(tmp_path / "a.stepviz-run")
    assert words in read.notes
    assert read.said("end")


def test_one_device_of_data_parallel_is_watched() -> None:
    assert refusal(nn.DataParallel(nn.Linear(2, 2))) == ""


@pytest.mark.parametrize(
    ("model", "optimizer", "options", "error", "message"),
    [
        (lambda: "a model", None, {}, TypeError, "expected a torch.nn.Module, found str"),
        (lambda: nn.ReLU(), None, {}, ValueError, "nothing in this model is trained"),
        (lambda: nn.Linear(2, 2).requires_grad_(False), None, {}, ValueError, "nothing in this model is trained"),
        (lambda: nn.LazyLinear(2), None, {}, ValueError, "run one batch"),
        (lambda: nn.Linear(2, 2), "SGD", {}, TypeError, "expected a torch.optim optimizer"),
        (lambda: nn.Linear(2, 2), [], {}, TypeError, "empty list"),
        (lambda: nn.Linear(2, 2), None, {"budget": 0}, ValueError, "budget is a share"),
        (lambda: nn.Linear(2, 2), None, {"every": 0}, ValueError, "every is a number"),
        (lambda: nn.Linear(2, 2), None, {"size_limit": 0}, ValueError, "size_limit"),
        (lambda: nn.Linear(2, 2), None, {"budgte": 0.1}, TypeError, "budgte"),
    ],
)
def test_wrong_arguments(model: Any, optimizer: Any, options: Any, error: Any, message: str, tmp_path: Any) -> None:
    built = model()
    if optimizer is None:
        optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], 0.1)
    with pytest.raises(error, match=message):
        stepviz_watch.watch(built, optimizer, None, tmp_path / "a.stepviz-run", **options)


def test_an_optimizer_inside_of_another_is_found(tmp_path: Any) -> None:
    class Wrapped:
        def __init__(self, optimizer: Any) -> None:
            self.optimizer, self.param_groups = optimizer, optimizer.param_groups

    model = nn.Linear(2, 2)
    inner = torch.optim.SGD(model.parameters(), 0.1)
    with stepviz_watch.watch(model, Wrapped(inner), None, tmp_path / "a.stepviz-run") as watch:
        model(torch.ones(1, 2)).sum().backward()
        inner.step()
        assert watch.step == 1
