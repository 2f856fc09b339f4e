"""Two processes that train together: the first writes, and the gradients are those of both."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from tests.watch.reading import Read  # noqa: E402  after torch was found

ROOT = Path(__file__).resolve().parents[3]


def train(folder: str, *, watched: bool) -> None:
    """Train as one of two processes, and print the sum of squares of all gradients of the last update."""
    import hashlib

    import torch.distributed as dist
    from torch import nn

    import stepviz_watch

    torch.set_num_threads(1)
    rank = int(os.environ["RANK"])
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)
    torch.manual_seed(0)
    model = nn.parallel.DistributedDataParallel(nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2)))
    optimizer, loss_fn = torch.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()
    watch = stepviz_watch.watch(model, optimizer, loss_fn, f"{folder}/a.stepviz-run", every=1) if watched else None
    torch.manual_seed(10 + rank)
    for _ in range(8):
        optimizer.zero_grad()
        loss_fn(model(torch.randn(6, 8)), torch.randint(0, 2, (6,))).backward()
        optimizer.step()
    if watch is not None:
        assert watch.path is None or rank == 0
        watch.close()
    weights = b"".join(p.detach().numpy().tobytes() for p in model.parameters())
    sizes = [p.grad.double().square().sum().item() for p in model.module[0].parameters()]
    print(hashlib.sha256(weights).hexdigest(), (sum(sizes) / 144) ** 0.5)
    dist.destroy_process_group()


def test_the_same_watched_or_not(tmp_path: Any) -> None:
    ends = []
    for watched in (False, True):
        folder = tmp_path / str(watched)
        folder.mkdir()
        code = f"from tests.watch.pytorch.test_distributed import train; train({str(folder)!r}, watched={watched})"
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "RANK": str(rank)}, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            ) for rank in range(2)
        ]  # fmt: skip
        for process in processes:
            out, errors = process.communicate(timeout=110)
            assert process.returncode == 0, errors[-2000:]
            ends.append(out.split())
    assert len({end[0] for end in ends}) == 1
    assert [path.name for path in (tmp_path / "True").glob("*.stepviz-run")] == ["a.stepviz-run"]
    read = Read(tmp_path / "True" / "a.stepviz-run")
    assert "2 processes train together" in read.notes
    assert read["flow"]["rms"][-1][0] == pytest.approx(float(ends[-1][1]), rel=1e-5)
    assert (read["units"]["signal"][-1] >= 0).all()
