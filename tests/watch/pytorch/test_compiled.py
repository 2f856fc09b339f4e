"""torch.compile: the same results, no graph built anew, and what is not seen is said."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from tests.watch.reading import Read  # noqa: E402  after torch was found

ROOT = Path(__file__).resolve().parents[3]
WAYS = ["whole", "in place", "a part", "the loss too", "the pass as a function", "the update as a function"]


def main(way: str, path: str) -> None:
    """Train bare and watched in a process of its own: graphs are the process's."""
    import torch._dynamo

    for given in ("", path):
        torch._dynamo.reset()
        torch._dynamo.utils.counters.clear()
        train(way, given)


def train(way: str, path: str) -> None:
    """Train one way, and print what it ends as."""
    import hashlib

    import torch._dynamo
    from torch import nn

    import stepviz_watch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    model: Any = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4))
    loss_fn: Any = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    compiler = {"backend": "aot_eager"}
    seen = model
    if way == "whole":
        seen = torch.compile(model, **compiler)
    elif way == "in place":
        model.compile(**compiler)
    elif way == "a part":
        seen = nn.Sequential(torch.compile(model[:2], **compiler), model[2])
        optimizer = torch.optim.SGD(seen.parameters(), lr=0.1, momentum=0.9)
    elif way == "the loss too":
        seen, loss_fn = torch.compile(model, **compiler), torch.compile(loss_fn, **compiler)
    watch = stepviz_watch.watch(seen, optimizer, loss_fn, path, every=2) if path else None
    x, y = torch.randn(64, 16), torch.randint(0, 4, (64,))

    def forward(inputs: Any, targets: Any) -> Any:
        return loss_fn(seen(inputs), targets)

    def update(inputs: Any, targets: Any) -> Any:
        optimizer.zero_grad()
        value = loss_fn(seen(inputs), targets)
        value.backward()
        optimizer.step()
        return value

    if way == "the pass as a function":
        forward = torch.compile(forward, **compiler)
    if way == "the update as a function":
        update = torch.compile(update, **compiler)
    for _ in range(12):
        if way == "the update as a function":
            update(x, y)
        else:
            optimizer.zero_grad()
            forward(x, y).backward()
            optimizer.step()
    if watch is not None:
        assert watch.watching
        watch.close()
    file = io.BytesIO()
    torch.save([p.detach() for p in model.parameters()], file)
    graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    print(hashlib.sha256(file.getvalue()).hexdigest(), graphs)


@pytest.mark.parametrize("way", WAYS)
def test_the_same_watched_or_not(way: str, tmp_path: Any) -> None:
    path = tmp_path / "a.stepviz-run"
    code = f"from tests.watch.pytorch.test_compiled import main; main({way!r}, {str(path)!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr[-2000:]
    bare, watched = done.stdout.splitlines()
    assert bare == watched
    read = Read(path)
    assert "torch.compile" in read.notes
    if way == "the update as a function":
        assert "No update was seen" in read.notes
        return
    assert len(read["flow"]) >= 4
    assert (read["flow"]["rms"][-1] > 0).all()
    assert read["units"]["looks"][-1] >= 10
    assert (read["units"]["signal"][-1] == -1).all()
