"""How fast the engine is on this machine: ratios within one run, because machines and moments differ.

``stepviz bench`` prints the table; tests/benchmarks runs the same functions under pytest-benchmark.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from statistics import median

import msgspec
import numpy as np
from msgspec.structs import replace

from stepviz.benchmarks.compiled import by, compiled_rows
from stepviz.benchmarks.row import SCALES, Row, interleaved
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.race.joint_training import line_up
from stepviz.engine.race.race import Race
from stepviz.engine.race.variations import PICKS, lanes_of
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.instant import Instant, Path
from stepviz.probes.probe import Probe
from stepviz.probes.probe_table import PROBES

STEPS = 400
# Eight functions share no NumPy call (they take 177 of them a step, the exact GELU 91), and a call on so few numbers
# costs what it costs: against the mean of the lanes that row is shown without a goal.
RACE_GOALS = {"activations": None, "rates": 2.0}


def bare_steps(trainer: Trainer) -> Callable[[], None]:
    """Return STEPS updates of a 2-8-8-1 tanh network with Adam as a bare sequence of NumPy calls, for comparison."""
    train, network = trainer.setup.train, trainer.network
    theta, rate = trainer.theta.copy(), trainer.experiment.learning_rate
    gradient, before = np.zeros_like(theta), np.zeros_like(theta)
    mean, square = np.zeros_like(theta), np.zeros_like(theta)
    root, step = np.zeros_like(theta), np.zeros_like(theta)
    w = [network.layout.block(theta, layer)[0] for layer in range(3)]
    g = [network.layout.block(gradient, layer)[0] for layer in range(3)]
    x, t = train.inputs[0, :32].copy(), train.targets[:32].copy()
    z = [np.empty((32, n), dtype=theta.dtype) for n in (8, 8, 1)]
    h = [np.ones((32, n + 1), dtype=theta.dtype) for n in (8, 8)]
    d = [np.empty((32, n), dtype=theta.dtype) for n in (8, 8, 1)]
    e = [np.empty((32, n), dtype=theta.dtype) for n in (8, 8)]
    s = [np.empty((32, n), dtype=theta.dtype) for n in (8, 8)]
    order = np.random.default_rng(0).permutation(len(train))[:32]

    def update(number: int) -> None:
        np.take(train.inputs[0], order, axis=0, out=x, mode="clip")
        np.take(train.targets, order, axis=0, out=t, mode="clip")
        inputs = x
        for layer in range(2):
            np.matmul(inputs, w[layer], out=z[layer])
            np.tanh(z[layer], out=h[layer][:, :-1])
            inputs = h[layer]
        np.matmul(inputs, w[2], out=z[2])
        # Binary cross-entropy on logits: dL/dy = (sigmoid(y) - t) / n.
        np.negative(z[2], out=d[2])
        np.exp(d[2], out=d[2])
        np.add(d[2], 1.0, out=d[2])
        np.reciprocal(d[2], out=d[2])
        np.subtract(d[2], t, out=d[2])
        np.multiply(d[2], 1 / 32, out=d[2])
        for layer in (2, 1, 0):
            np.matmul((h[layer - 1] if layer else x).T, d[layer], out=g[layer])
            if layer:
                below = layer - 1
                np.matmul(d[layer], w[layer][:-1].T, out=d[below])
                # tanh' = 4 e / (1 + e)^2 with e = exp(-2 |z|): as honest about small values as the engine.
                np.abs(z[below], out=e[below])
                np.multiply(e[below], -2.0, out=e[below])
                np.exp(e[below], out=e[below])
                np.add(e[below], 1.0, out=s[below])
                np.multiply(s[below], s[below], out=s[below])
                np.divide(e[below], s[below], out=e[below])
                np.multiply(e[below], 4.0, out=e[below])
                np.multiply(d[below], e[below], out=d[below])
        np.copyto(before, theta)
        np.multiply(mean, 0.9, out=mean)
        np.multiply(gradient, 0.1, out=root)
        np.add(mean, root, out=mean)
        np.multiply(square, 0.999, out=square)
        np.multiply(gradient, gradient, out=root)
        np.multiply(root, 0.001, out=root)
        np.add(square, root, out=square)
        np.sqrt(square, out=root)
        np.multiply(root, 1 / (1 - 0.999**number) ** 0.5, out=root)
        np.add(root, 1e-8, out=root)
        np.divide(mean, root, out=step)
        np.multiply(step, rate / (1 - 0.9**number), out=step)
        np.subtract(theta, step, out=theta)
        np.add.reduce(theta, axis=None)

    def run() -> None:
        with np.errstate(all="ignore"):
            for number in range(1, STEPS + 1):
                update(number)

    return run


def torch_steps(trainer: Trainer) -> Callable[[], None] | None:
    """Return STEPS updates of the same network in PyTorch eager; None where torch is not installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    model = torch.nn.Sequential(
        torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=trainer.experiment.learning_rate)
    loss = torch.nn.BCEWithLogitsLoss()
    x = torch.tensor(trainer.setup.train.inputs[0, :, :-1].copy())
    t = torch.tensor(trainer.setup.train.targets.copy())

    def run() -> None:
        for _ in range(STEPS):
            chosen = torch.randint(0, len(x), (32,))
            optimizer.zero_grad()
            loss(model(x[chosen]), t[chosen]).backward()
            optimizer.step()

    return run


def measure(probe: Probe, trainer: Trainer, path: Path) -> None:
    """Run a probe once to its end, as the worker does."""
    with np.errstate(all="ignore"):
        for _ in probe.measure(Instant(trainer, path), probe.options):
            pass


def start_of(trainer: Trainer) -> Path:
    """Return a path that holds the present point only."""
    return Path(np.array([trainer.step_count]), trainer.theta.copy())


def races() -> dict[str, tuple[Trainer, list[Trainer]]]:
    """Return races of eight by what they differ in: the trainer of all lanes, and a trainer for each lane alone."""
    found = {}
    for pick in ("activations", "rates"):
        base = Experiment()
        race = Race(base, lanes_of(base, PICKS[pick].variation, PICKS[pick].values))
        found[pick] = line_up(race)[0].trainer, [Trainer(lane.experiment) for lane in race.lanes]
    return found


def race_rows() -> list[Row]:
    """Measure races of eight lanes against their lanes alone: the mean of the eight, and the dearest of them."""
    rows = []
    for pick, (race, alone) in races().items():
        pairs = [interleaved(partial(race.step, STEPS // 8), partial(lane.step, STEPS // 8)) for lane in alone]
        together = median(pair[0] for pair in pairs) / (STEPS // 8)
        each = [pair[1] / (STEPS // 8) for pair in pairs]
        rows.append(Row(f"race of eight {pick}", together, "mean of its lanes alone", sum(each) / 8, RACE_GOALS[pick]))
        rows.append(Row(f"race of eight {pick}", together, "dearest of its lanes alone", max(each), 2.0))
    return rows


def zero_row() -> Row:
    """Measure the search for pre-activations that are exactly 0 against a training step of the ReLU network."""
    relu = Trainer(with_activation(Experiment(), "relu"))
    relu.step(STEPS)
    zeros = Pass(relu.network, relu.theta, relu.experiment.batch_size, watched=True).zeros
    assert zeros is not None

    def search() -> None:
        for _ in range(STEPS):
            zeros.search()

    ours, alone = interleaved(search, lambda: relu.step(STEPS))
    return Row("search for exact zeros", ours / STEPS, "training step, ReLU", alone / STEPS, 0.03)


def engine_rows() -> list[Row]:
    """Measure the engine: a step against torch and bare NumPy, eight runs against one, a surface against steps."""
    experiment = Experiment()
    one = Trainer(experiment)
    eight = Trainer(experiment, seeds=range(8))
    rows = []
    torch = torch_steps(Trainer(experiment))
    if torch is None:
        rows.append(Row("training step", 0.0, "PyTorch eager", 1.0, 0.2, "PyTorch is not installed"))
    else:
        ours, theirs = interleaved(lambda: one.step(STEPS), torch)
        rows.append(Row("training step", ours / STEPS, "PyTorch eager", theirs / STEPS, 0.2))
    ours, bare = interleaved(lambda: one.step(STEPS), bare_steps(one))
    rows.append(Row("training step", ours / STEPS, "the same NumPy calls, bare", bare / STEPS, 1.3))
    ours, alone = interleaved(lambda: eight.step(STEPS), lambda: one.step(STEPS))
    rows.append(Row("step of eight networks", ours / STEPS, "step of one", alone / STEPS, 2.0))
    rows.append(zero_row())
    drawn, alone = interleaved(partial(measure, PROBES["loss_surface"], one, start_of(one)), lambda: one.step(STEPS))
    rows.append(Row("loss surface 64 × 64, 250 examples", drawn, "training step", alone / STEPS, 1500.0))
    return rows + race_rows()


def probe_rows() -> list[Row]:
    """Measure every probe per frame, at 2-8-8-1 on the rings and at 64-128-128-10 on the digits."""
    small = Experiment()
    large = replace(
        small,
        data=replace(small.data, name="digits", samples=1797),
        loss="softmax-cross-entropy",
        layers=tuple(replace(layer, width=128) for layer in small.layers),
    )
    rows = []
    for shape, experiment in (("2-8-8-1", small), ("64-128-128-10", large)):
        trainer = Trainer(experiment)
        trainer.step(20)
        path = start_of(trainer)
        for name, probe in PROBES.items():
            seconds, step = interleaved(partial(measure, probe, trainer, path), partial(trainer.step, 10))
            rows.append(Row(f"probe {name}, {shape}", seconds, "training step", step / 10, None))
    return rows


def main(json: bool = False) -> int:
    """Print the table; return 1 where a goal is missed."""
    from stepviz.benchmarks.budget import budget_rows

    # The rows of the engine are those of NumPy, the reference; the compiled step has its own.
    with by("numpy"):
        rows = engine_rows()
    rows += compiled_rows() + budget_rows() + probe_rows()
    if json:
        sys.stdout.write(
            msgspec.json.encode([{**msgspec.to_builtins(row), "holds": row.holds} for row in rows]).decode()
        )
        sys.stdout.write("\n")
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table(title="stepviz on this machine", caption="ratios are taken within this run")
    for heading in ("what", "amount", "against", "ratio", "goal"):
        table.add_column(heading, justify="left" if heading in ("what", "against") else "right")
    for row in rows:
        if row.note:
            table.add_row(row.name, "–", row.versus, "–", row.note)
            continue
        goal = "" if row.goal is None else f"≤ {row.goal:g}{' ✓' if row.holds else ' ✗'}"
        table.add_row(
            row.name, f"{row.amount * SCALES[row.unit]:,.1f} {row.unit}", row.versus, f"{row.ratio:,.2f}", goal
        )
    console = Console()
    (console if console.is_terminal else Console(width=120)).print(table)
    return 0 if all(row.holds for row in rows) else 1
