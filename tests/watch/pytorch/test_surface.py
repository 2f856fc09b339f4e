"""A loss surface during the training: each cell is the loss there, and the training is the same bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402  after torch was found

import stepviz_watch  # noqa: E402
from stepviz.recordings.follower import read_recording  # noqa: E402
from stepviz_watch.pytorch.surface import Surface, filter_normalised  # noqa: E402
from tests.watch.pytorch.trainings import Cnn, D, mlp, sgd  # noqa: E402


@pytest.mark.parametrize(("make", "x", "y"), [(mlp, "x", "y"), (Cnn, "images", "labels")])
@pytest.mark.parametrize("norm", ["running", "batch"])
def test_the_training_is_the_same(make: Any, x: str, y: str, norm: str, tmp_path: Any) -> None:
    ends = []
    for watched in (False, True):
        torch.manual_seed(0)
        model, loss_fn = make(), nn.CrossEntropyLoss()
        optimizer = sgd(model)
        watch = stepviz_watch.watch(model, optimizer, loss_fn, tmp_path / norm, every=3) if watched else None
        torch.manual_seed(1)
        for update in range(40):
            if watch is not None and update == 5:
                watch.surface(D[x], D[y], resolution=6, share=1.0, norm=norm)
            optimizer.zero_grad()
            loss_fn(model(D[x]), D[y]).backward()
            optimizer.step()
            if update == 4:
                held = {name: value.clone() for name, value in model.state_dict().items()}
        if watch is not None:
            assert watch.watching
            watch.close()
        ends.append([value.clone() for value in model.state_dict().values()])
    assert all(torch.equal(bare, seen) for bare, seen in zip(*ends, strict=True))
    step, values, about = read_recording(tmp_path / norm).arrays["surface"]
    assert step == 5
    assert about["normalisation"] == norm
    assert np.isfinite(values).all()
    # The cell in the middle of the axes, and another, by moving the weights of a copy.
    other = make()
    other.load_state_dict(held)
    surface = Surface(other, loss_fn, (D[x],), (D[y],), resolution=6, norm=norm)
    generator = torch.Generator().manual_seed(0)
    first, second = (filter_normalised(dict(other.named_parameters()), generator) for _ in range(2))
    with torch.no_grad():
        for name, parameter in other.named_parameters():
            parameter += surface.axis[4] * first[name] + surface.axis[1] * second[name]
    other.eval()
    if norm == "batch":
        for module in other.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.train()
    with torch.no_grad():
        assert values[1, 4] == pytest.approx(loss_fn(other(D[x]), D[y]).item(), rel=1e-4)


def test_directions_are_as_long_as_the_filters() -> None:
    parameters = {"weight": torch.randn(5, 3, 2, 2), "bias": torch.randn(5)}
    direction = filter_normalised(parameters, torch.Generator().manual_seed(0))
    lengths = direction["weight"].flatten(1).norm(dim=1)
    assert torch.allclose(lengths, parameters["weight"].flatten(1).norm(dim=1), rtol=1e-4)
    assert (direction["bias"] == 0).all()


@pytest.mark.parametrize("options", [{"norm": "none"}, {"resolution": 1}, {"resolution": 1000}])
def test_wrong_options(options: Any) -> None:
    with pytest.raises(ValueError, match=r"norm is one of|resolution is a number"):
        Surface(nn.Linear(2, 2), nn.MSELoss(), (torch.ones(1, 2),), (torch.ones(1, 2),), **options)
