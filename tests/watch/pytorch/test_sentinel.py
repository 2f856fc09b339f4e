"""The last update with a gradient equals brute force over every example, for every unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402  after torch was found

import stepviz_watch  # noqa: E402
from tests.watch.reading import Read  # noqa: E402

ACTIVATIONS = {"relu": nn.ReLU, "leaky": nn.LeakyReLU, "hardtanh": nn.Hardtanh, "sigmoid": nn.Sigmoid}
OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.9),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "fused Adam": lambda p: torch.optim.Adam(p, lr=0.05, fused=True),
}
UPDATES = 150


def _last(table: np.ndarray) -> np.ndarray:
    return np.where(table.any(0), len(table) - 1 - np.argmax(table[::-1], axis=0), -1)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_equals_brute_force(activation: str, optimizer: str, tmp_path: Any) -> None:
    torch.manual_seed(3)
    model = nn.Sequential(
        nn.Linear(8, 24), ACTIVATIONS[activation](), nn.Linear(24, 16), ACTIVATIONS[activation](), nn.Linear(16, 3)
    )
    optimized = OPTIMIZERS[optimizer](model.parameters())
    loss_fn = nn.CrossEntropyLoss()
    layers = [model[0], model[2], model[4]]
    alive: list[Any] = []
    summed: list[Any] = []
    x, y = torch.randn(256, 8) * 2, torch.randint(0, 3, (256,))
    with stepviz_watch.watch(model, optimized, loss_fn, tmp_path / "a.stepviz-run", every=7) as watch:
        for update in range(UPDATES):
            if update == 40:
                optimized.param_groups[0]["lr"] = 8.0
            if update == 44:
                optimized.param_groups[0]["lr"] = 0.01
            own = torch.randint(0, 256, (16,))
            signals: list[Any] = []

            def listen(_module: Any, _inputs: Any, output: Any, signals: list[Any] = signals) -> None:
                output.register_hook(signals.append)

            hooks = [layer.register_forward_hook(listen) for layer in layers]
            optimized.zero_grad()
            loss_fn(model(x[own]), y[own]).backward()
            for hook in hooks:
                hook.remove()
            alive.append(torch.cat([(delta != 0).any(0) for delta in reversed(signals)]).numpy())
            summed.append(torch.cat([layer.bias.grad != 0 for layer in layers]).numpy())
            optimized.step()
        assert watch.watching
    row = Read(tmp_path / "a.stepviz-run")["units"][-1]
    step = int(row["step"])
    expected, lived = (_last(np.array(table[: step + 1])) for table in (summed, alive))
    np.testing.assert_array_equal(row["last"], expected)
    np.testing.assert_array_equal(row["silent"], step - expected)
    # Signals that cancel exactly in a bias gradient are rare, and the watched updates see them.
    np.testing.assert_array_equal(np.maximum(row["last"], row["seen"])[lived == step], step)
    assert ((expected <= lived) & (lived - expected <= 3)).all()
    assert (expected != lived).sum() <= 1
    if activation in ("relu", "hardtanh") and optimizer == "SGD":
        assert (expected[:40] < step - 50).any(), "this training was to kill units"


def test_a_unit_is_never_dead_whose_examples_cancel(tmp_path: Any) -> None:
    """Under L1 the signals of a living unit cancel exactly: the sentinel is silent, the watched updates are not."""
    model = nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(1.0)
        model.bias.fill_(0.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    x, y = torch.tensor([[1.0], [2.0]]), torch.tensor([[0.0], [5.0]])
    loss_fn = nn.L1Loss()
    with stepviz_watch.watch(model, optimizer, loss_fn, tmp_path / "a.stepviz-run", every=10):
        for _ in range(200):
            optimizer.zero_grad()
            loss_fn(model(x), y).backward()
            assert model.bias.grad.item() == 0.0
            optimizer.step()
    row = Read(tmp_path / "a.stepviz-run")["units"][-1]
    assert row["last"][0] == -1
    assert row["silent"][0] > 150
    assert row["signal"][0] == 2
    assert row["seen"][0] == row["step"]


def test_gradients_whose_squares_vanish_are_no_zeros(tmp_path: Any) -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    path = tmp_path / "a.stepviz-run"
    truth = []
    with stepviz_watch.watch(model, optimizer, None, path, every=1) as watch:
        for _ in range(4):
            optimizer.zero_grad()
            watch.loss(model(torch.ones(16, 4)).sum() * 1e-30).backward()
            truth.append([p.grad.double().square().mean().sqrt().item() for p in model[2].parameters()])
            optimizer.step()
    read = Read(path)
    row = read["flow"][-1]
    assert 0 < row["rms"][1] < 1e-25
    assert row["rms"][1] ** 2 == pytest.approx((8 * truth[-1][0] ** 2 + truth[-1][1] ** 2) / 9, rel=1e-5)
    assert (read["units"][-1]["signal"][8:] == 16).all()
