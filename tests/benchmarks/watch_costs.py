"""What watching costs a training: two equal trainings, one of them watched, step by step in turns.

    python -m tests.benchmarks.watch_costs [MODEL ...] [--minutes 1]

A clock of our own is no proof: the price of a look also falls into the person's part (caches, page faults, the
slower way through modules with hooks). So the processor time of the training thread is compared. Needs torch.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

import stepviz_watch

Step = Callable[[], None]


def mlp() -> tuple[nn.Module, torch.Tensor, int]:
    return (
        nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)),
        torch.randn(128, 784),
        10,
    )


def cnn() -> tuple[nn.Module, torch.Tensor, int]:
    parts: list[nn.Module] = []
    for inside, outside in ((3, 32), (32, 64), (64, 64)):
        parts += [nn.Conv2d(inside, outside, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(64 * 16, 10)), torch.randn(64, 3, 32, 32), 10


class Block(nn.Module):
    """A basic block of ResNet (He et al. 2015)."""

    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside)
        self.conv2, self.bn2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside)
        self.relu = nn.ReLU(inplace=True)
        self.down = (
            nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))
            if stride > 1 or inside != outside
            else nn.Identity()
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))) + self.down(x))


def resnet18() -> tuple[nn.Module, torch.Tensor, int]:
    parts: list[nn.Module] = [
        nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1),
    ]
    for inside, outside, stride in (
        (64, 64, 1),
        (64, 64, 1),
        (64, 128, 2),
        (128, 128, 1),
        (128, 256, 2),
        (256, 256, 1),
        (256, 512, 2),
        (512, 512, 1),
    ):
        parts.append(Block(inside, outside, stride))
    return (
        nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10)),
        torch.randn(8, 3, 64, 64),
        10,
    )


def transformer() -> tuple[nn.Module, torch.Tensor, int]:
    layer = nn.TransformerEncoderLayer(128, 4, 256, batch_first=True, dropout=0.0)
    model = nn.Sequential(
        nn.Embedding(1000, 128), nn.TransformerEncoder(layer, 4), nn.Flatten(), nn.Linear(128 * 32, 10)
    )
    return model, torch.randint(0, 1000, (16, 32)), 10


MODELS = {"MLP": mlp, "CNN": cnn, "ResNet-18": resnet18, "transformer": transformer}


def training(make: Callable[[], tuple[nn.Module, torch.Tensor, int]]) -> tuple[Step, nn.Module, Any, nn.Module]:
    torch.manual_seed(0)
    model, x, classes = make()
    y = torch.randint(0, classes, (len(x),))
    optimizer, loss_fn = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9), nn.CrossEntropyLoss()

    def step() -> None:
        optimizer.zero_grad()
        loss_fn(model(x), y).backward()
        optimizer.step()

    return step, model, optimizer, loss_fn


def compare(make: Any, minutes: float, folder: Path, **options: Any) -> tuple[float, float, float, float, int]:
    """Return the bare step in ms, the added share (%), its spread, page faults more per step, and the looks."""
    bare, *_ = training(make)
    watched, model, optimizer, loss_fn = training(make)
    watch = stepviz_watch.watch(model, optimizer, loss_fn, folder / f"{time.time_ns()}.stepviz-run", **options)
    for _ in range(3):
        bare()
        watched()
    times: list[tuple[float, float]] = []
    faults = np.zeros(2)
    until = time.perf_counter() + 60 * minutes
    first = True
    while time.perf_counter() < until:
        row = [0.0, 0.0]
        # Who begins changes: what comes second finds warmer caches.
        for which in (0, 1) if first else (1, 0):
            page_faults = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
            began = time.thread_time()
            (bare, watched)[which]()
            row[which] = time.thread_time() - began
            faults[which] += resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - page_faults
        times.append((row[0], row[1]))
        first = not first
    table = np.array(times)
    looks = watch.watched
    watch.close()
    parts = [100 * (part[:, 1].sum() / part[:, 0].sum() - 1) for part in np.array_split(table, 8)]
    added = 100 * (table[:, 1].sum() / table[:, 0].sum() - 1)
    return (
        1000 * table[:, 0].mean(),
        added,
        float(np.std(parts) / np.sqrt(8)),
        (faults[1] - faults[0]) / len(table),
        looks,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(MODELS), help=f"of {', '.join(MODELS)}")
    parser.add_argument("--minutes", type=float, default=1.0, help="of each row (default: 1)")
    parser.add_argument("--every", action="store_true", help="also: each update, each 10th, each 100th")
    given = parser.parse_args()
    torch.set_num_threads(1)
    ways: list[dict[str, Any]] = [{}] + ([{"every": 1}, {"every": 10}, {"every": 100}] if given.every else [])
    print("| model | way | bare step | added | page faults | looks |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in given.models:
            for way in ways:
                step, added, spread, faults, looks = compare(MODELS[name], given.minutes, Path(folder), **way)
                label = f"every {way['every']}" if way else "1 % budget"
                print(
                    f"| {name} | {label} | {step:.2f} ms | {added:+.1f} % ± {spread:.1f} | {faults:+.1f} | {looks} |",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
