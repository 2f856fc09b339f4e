"""Real trainings: each state and figure against brute force, and what is said of what went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

import torch.nn.functional as F  # noqa: E402  after torch was found
from torch import nn  # noqa: E402

import stepviz_watch  # noqa: E402
from stepviz.probes.stuck_units import FLAT, NO_SIGNAL, ROUNDED_AWAY, STARVED  # noqa: E402
from stepviz.recordings.findings import all_findings, diagnose_recording  # noqa: E402
from stepviz.recordings.follower import read_recording  # noqa: E402
from stepviz.recordings.recorded_run import RecordedRun  # noqa: E402


def findings(run: RecordedRun) -> dict[str, str]:
    return {finding.name: finding.sentence for finding in all_findings(run)}


DIGITS = Path(__file__).resolve().parents[3] / "resources" / "datasets" / "digits.csv.gz"


def digits() -> tuple[Any, Any]:
    """Return the shipped digits: (examples, 64) from 0 to 1, and their classes."""
    table = np.loadtxt(DIGITS, delimiter=",", skiprows=1)
    return torch.tensor(table[:, :-1] / 16, dtype=torch.float32), torch.tensor(table[:, -1], dtype=torch.long)


def train(model: nn.Module, optimizer: Any, x: Any, y: Any, path: Path, updates: int, **options: Any) -> RecordedRun:
    loss_fn = nn.CrossEntropyLoss()
    source = torch.Generator().manual_seed(1)
    rates = options.pop("rates", {})
    with stepviz_watch.watch(model, optimizer, loss_fn, path, **{"every": 5, **options}) as watch:
        for update in range(updates):
            if update in rates:
                optimizer.param_groups[0]["lr"] = rates[update]
            own = torch.randint(0, len(x), (64,), generator=source)
            optimizer.zero_grad()
            loss_fn(model(x[own]), y[own]).backward()
            optimizer.step()
        assert watch.watching
    return read_recording(path)


def test_a_learning_rate_that_kills(tmp_path: Path) -> None:
    """An MLP on the digits: at update 100 the learning rate is 300 times as large for three updates."""
    torch.manual_seed(0)
    x, y = digits()
    model = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run = train(model, optimizer, x, y, tmp_path / "a.stepviz-run", 400, rates={100: 30.0, 103: 0.01})
    loss = F.cross_entropy(model(x), y)
    # Brute force: each example's error signal at each unit, over all the data.
    hidden1 = model[0](x)
    hidden2 = model[2](torch.relu(hidden1))
    signals = torch.autograd.grad(
        F.cross_entropy(model[4](torch.relu(hidden2)), y, reduction="sum"), [hidden1, hidden2]
    )
    assert loss.isfinite()
    for layer, delta, z in zip(run.head.layers, signals, (hidden1, hidden2), strict=False):
        stuck = (delta == 0).all(0).numpy()
        flat = (z <= 0).all(0).numpy()
        states = run.units.states[layer.place]
        dead = run.units.dead[layer.place]
        assert not (dead & ~stuck).any(), "a living unit was called dead"
        assert (dead == stuck).mean() > 0.9
        assert (states[dead & flat] == FLAT).all()
        assert (states[dead & ~flat] == STARVED).all()
    assert run.units.dead[:80].sum() > 20
    said = findings(run)["dead units"]
    assert "learning rate 0.1 to 30" in said
    assert "times the weights" in said
    died = run.units.ledger().died[:80]
    assert ((died[died[:, 0] >= 0] >= 99) & (died[died[:, 0] >= 0] <= 110)).mean() > 0.8


def test_a_stack_of_sigmoids_vanishes(tmp_path: Path) -> None:
    torch.manual_seed(0)
    x, y = digits()
    layers: list[nn.Module] = []
    for number in range(8):
        layers += [nn.Linear(64 if number == 0 else 24, 24), nn.Sigmoid()]
    model = nn.Sequential(*layers, nn.Linear(24, 10))
    run = train(model, torch.optim.SGD(model.parameters(), lr=0.1), x, y, tmp_path / "a.stepviz-run", 60)
    assert "from layer to layer" in findings(run)["vanishing"]
    assert "Loss is" in diagnose_recording(run).sentence
    assert not run.units.dead.any()
    # Each figure is that of autograd in float64.
    model.double()
    F.cross_entropy(model(x[:64].double()), y[:64]).backward()
    assert model[0].weight.grad.abs().max() < 1e-5


def test_units_behind_dead_ones_are_starved(tmp_path: Path) -> None:
    torch.manual_seed(0)
    x, y = digits()
    model = nn.Sequential(nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 10))
    with torch.no_grad():
        model[2].bias.fill_(-100.0)
    run = train(model, torch.optim.SGD(model.parameters(), lr=0.1), x, y, tmp_path / "a.stepviz-run", 150)
    first, second, _ = run.head.layers
    assert (run.units.states[first.place] == STARVED).all()
    assert (run.units.states[second.place] == FLAT).all()
    assert run.units.ledger().born_dead[:28].all()
    said = findings(run)
    assert "since the start" in said["dead units"]
    assert "exactly 0" in said["no gradient"]


@pytest.mark.parametrize("activation", [nn.ReLU6, nn.Hardtanh, nn.GELU, nn.SiLU, nn.LeakyReLU, nn.Tanh, nn.ELU])
def test_flat_is_said_only_where_the_derivative_is_known(activation: Any, tmp_path: Path) -> None:
    """Units far out on the left: flat where f' is exactly 0 there in float32, else alive; ELU's f' is not known."""
    torch.manual_seed(0)
    x, y = digits()
    model = nn.Sequential(nn.Linear(64, 8), activation(), nn.Linear(8, 10))
    with torch.no_grad():
        model[0].bias.fill_(-500.0)
    run = train(model, torch.optim.SGD(model.parameters(), lr=1e-3), x, y, tmp_path / "a.stepviz-run", 130)
    z = model[0](x).detach().requires_grad_()
    activation()(z).sum().backward()
    states = set(run.units.states[:8].tolist())
    if (z.grad == 0).all():
        assert states == ({NO_SIGNAL} if activation is nn.ELU else {FLAT})
    else:
        assert not states & {FLAT, STARVED, NO_SIGNAL}


def test_gradients_that_underflow_in_float16(tmp_path: Path) -> None:
    """Small losses in float16: the truth, known from float64, is not 0."""
    torch.manual_seed(0)
    x, y = digits()
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    truth = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).double()
    truth.load_state_dict(model.state_dict())
    optimizer, path = torch.optim.SGD(model.parameters(), lr=1e-3), tmp_path / "a.stepviz-run"
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**-9, growth_interval=10_000)
    with stepviz_watch.watch(model, optimizer, None, path, every=1) as watch:
        for _ in range(6):
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.float16):
                scores = model(x[:64])
            value = watch.loss(F.cross_entropy(scores.float(), y[:64])) * 1e-3
            scaler.scale(value).backward()
            scaler.step(optimizer)
            scaler.update()
    (F.cross_entropy(truth(x[:64].double()), y[:64]) * 1e-3).backward()
    run = read_recording(path)
    newest = run.flow[-1]
    assert newest.scale == 2.0**-9
    true_zeros = (truth[0].weight.grad == 0).sum().item()
    assert newest.layers["zeros"][0] > true_zeros + 500
    assert "float16" in findings(run)["underflow"]


def test_updates_that_are_rounded_away(tmp_path: Path) -> None:
    torch.manual_seed(0)
    x, y = digits()
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).to(torch.bfloat16)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.where(parameter == 0, 0.1, parameter.sign() * 0.125))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    path = tmp_path / "a.stepviz-run"
    with stepviz_watch.watch(model, optimizer, None, path, every=1) as watch:
        for _ in range(6):
            optimizer.zero_grad()
            watch.loss(F.cross_entropy(model(x[:64].bfloat16()).float(), y[:64])).backward()
            optimizer.step()
    assert all(torch.equal(now, then) for now, then in zip(model.parameters(), before, strict=True))
    run = read_recording(path)
    unchanged, moved = run.flow[-1].layers["unchanged"], run.flow[-1].layers["entries"] - run.flow[-1].layers["zeros"]
    assert (unchanged == moved).all()
    assert "rounded" not in findings(run)["rounded away"]
    assert "100 %" in findings(run)["rounded away"]
    assert (run.units.states[:32] == ROUNDED_AWAY).sum() > 20


def test_a_cnn_a_transformer_and_an_rnn_learn_well(tmp_path: Path) -> None:
    """Nothing is wrong with these, and nothing is said to be."""
    x, y = digits()

    class Rows(nn.Module):
        def __init__(self, inner: nn.Module, out: int) -> None:
            super().__init__()
            self.inner, self.out = inner, nn.Linear(out, 10)

        def forward(self, pixels: Any) -> Any:
            answer = self.inner(pixels.view(-1, 8, 8))
            return self.out(answer[0][:, -1] if isinstance(answer, tuple) else answer.mean(1))

    layer = nn.TransformerEncoderLayer(8, 2, 32, batch_first=True, dropout=0.0)
    models = {
        "cnn": nn.Sequential(
            nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True),
            nn.Conv2d(8, 8, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(128, 10),
        ),
        "transformer": Rows(nn.TransformerEncoder(layer, 2), 8),
        "rnn": Rows(nn.RNN(8, 16, batch_first=True), 16),
    }  # fmt: skip
    for name, model in models.items():
        torch.manual_seed(0)
        run = train(model, torch.optim.Adam(model.parameters(), lr=3e-3), x, y, tmp_path / name, 150)
        assert run.losses.newest() < run.losses.values[0], name
        ill = [finding.sentence for finding in all_findings(run) if finding.ill]
        assert not ill, (name, ill)
        assert diagnose_recording(run).sentence.startswith("Loss is falling: "), name
