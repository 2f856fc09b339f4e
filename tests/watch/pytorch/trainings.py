"""Awkward trainings: each is made anew from a seed, run bare and run watched."""

from __future__ import annotations

import contextlib
import copy
import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

UPDATES = 24


@dataclass
class Training:
    """``make`` gives model, optimizer(s) and loss; ``run`` trains, with the watch in hand (None: bare)."""

    name: str
    make: Callable[[], tuple[nn.Module, Any, Any]]
    run: Callable[[nn.Module, Any, Any, Any], Any]
    says: str = ""
    unseen: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


def data() -> dict[str, torch.Tensor]:
    """Return inputs for all kinds of models."""
    source = torch.Generator().manual_seed(7)
    return {
        "x": torch.randn(64, 16, generator=source),
        "y": torch.randint(0, 4, (64,), generator=source),
        "images": torch.randn(8, 3, 12, 12, generator=source),
        "labels": torch.randint(0, 4, (8,), generator=source),
        "words": torch.randint(0, 50, (8, 12), generator=source),
    }


D = data()


def sgd(model: nn.Module, **options: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), **{"lr": 0.05, "momentum": 0.9, **options})


def made(model: Callable[[], nn.Module], optimizer: Callable[[nn.Module], Any] = sgd, loss: Any = nn.CrossEntropyLoss):
    def make() -> tuple[nn.Module, Any, Any]:
        built = model()
        return built, optimizer(built), None if loss is None else loss()

    return make


def plain(x: str = "x", y: str = "y", updates: int = UPDATES):
    def run(model, optimizer, loss, _watch):
        losses = []
        for _ in range(updates):
            optimizer.zero_grad()
            value = loss(model(D[x]), D[y])
            value.backward()
            optimizer.step()
            losses.append(value.item())
        return losses

    return run


def mlp() -> nn.Module:
    return nn.Sequential(
        nn.Linear(16, 32), nn.ReLU(inplace=True), nn.Dropout(0.1), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 4)
    )


class Cnn(nn.Module):
    """Convolution without a bias, batch normalisation, functional activation in place."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.out = nn.Linear(8, 4)

    def forward(self, x):
        return self.out(F.adaptive_avg_pool2d(F.relu(self.norm(self.conv(x)), inplace=True), 1).flatten(1))


class Residual(nn.Module):
    """Sums before activations in place, a module called twice in a pass."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.block = nn.Conv2d(8, 8, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.out = nn.Linear(8, 4)

    def forward(self, x):
        x = self.relu(self.first(x))
        x = self.relu(self.block(x) + x)
        x = self.relu(self.block(x) + x)
        return self.out(x.mean((2, 3)))


class Tied(nn.Module):
    """Weights shared by two modules."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        self.inner = nn.Linear(16, 16)
        self.out = nn.Linear(16, 50, bias=False)
        self.out.weight = self.embedding.weight

    def forward(self, x):
        hidden = F.gelu(self.inner(self.embedding(x)))
        return self.out(F.gelu(self.inner(hidden)))[:, -1]


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, dropout=0.1)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.out = nn.Linear(16, 4)

    def forward(self, x):
        return self.out(self.encoder(self.embedding(x)).mean(1))


class Recurrent(nn.Module):
    def __init__(self, kind: type[nn.Module] = nn.LSTM) -> None:
        super().__init__()
        self.embedding = nn.Embedding(50, 8)
        self.cells = kind(8, 12, batch_first=True)
        self.out = nn.Linear(12, 4)

    def forward(self, x):
        return self.out(self.cells(self.embedding(x))[0][:, -1])


class Checkpointed(nn.Module):
    def __init__(self, *, reentrant: bool) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(16, 32), nn.ReLU(inplace=True), nn.Dropout(0.2))
        self.out = nn.Linear(32, 4)
        self.reentrant = reentrant

    def forward(self, x):
        x = x.clone().requires_grad_() if self.reentrant else x
        return self.out(checkpoint(self.inner, x, use_reentrant=self.reentrant))


class Inside(nn.Module):
    """The loss module is a part of the model, as is the loss of the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.net = mlp()
        self.criterion = nn.CrossEntropyLoss()

    def forward(self, x, labels=None):
        scores = self.net(x)
        if labels is None:
            return scores
        return {"logits": scores, "loss": self.criterion(scores, labels)}


class OnlyParts(nn.Module):
    """As in a LightningModule: the training calls its parts, never the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(16, 32), nn.Linear(32, 4)

    def training_step(self, x, y):
        return F.cross_entropy(self.second(F.relu(self.first(x))), y)


def accumulating(model, optimizer, loss, _watch):
    for _ in range(UPDATES):
        optimizer.zero_grad()
        for part in range(4):
            own = slice(16 * part, 16 * part + 16)
            (loss(model(D["x"][own]), D["y"][own]) / 4).backward()
        optimizer.step()


def keeping_gradients(model, optimizer, loss, _watch):
    for _ in range(UPDATES):
        optimizer.zero_grad(set_to_none=False)
        loss(model(D["x"]), D["y"]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        optimizer.step()


def with_evaluations(model, optimizer, loss, _watch):
    for _ in range(UPDATES):
        model.train()
        optimizer.zero_grad()
        loss(model(D["x"]), D["y"]).backward()
        optimizer.step()
        model.eval()
        with torch.no_grad():
            loss(model(D["x"]), D["y"])
        # One that forgets no_grad.
        loss(model(D["x"]), D["y"])


def with_closure(model, optimizer, loss, _watch):
    def closure():
        optimizer.zero_grad()
        value = loss(model(D["x"]), D["y"])
        value.backward()
        return value

    for _ in range(8):
        optimizer.step(closure)


def autocast(model, optimizer, loss, _watch):
    for _ in range(UPDATES):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            value = loss(model(D["x"]), D["y"])
        value.backward()
        optimizer.step()


def scaled(model, optimizer, loss, _watch):
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**16)
    for update in range(UPDATES):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            value = loss(model(D["x"]), D["y"])
        # An overflow: the scaler leaves this update out.
        value = value * float("inf") if update == 10 else value
        scaler.scale(value).backward()
        scaler.step(optimizer)
        scaler.update()


def scaled_and_clipped(model, optimizer, loss, _watch):
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    for _ in range(UPDATES):
        optimizer.zero_grad()
        scaler.scale(loss(model(D["x"]), D["y"])).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        scaler.step(optimizer)
        scaler.update()


def two_losses(model, optimizer, loss, _watch):
    for _ in range(UPDATES):
        optimizer.zero_grad()
        scores = model(D["x"])
        loss(scores, D["y"]).backward(retain_graph=True)
        (scores**2).mean().mul(0.01).backward()
        optimizer.step()


def told(model, optimizer, _loss, watch):
    for _ in range(UPDATES):
        optimizer.zero_grad()
        value = F.cross_entropy(model(D["x"]), D["y"])
        if watch is not None:
            value = watch.loss(value)
        value.backward()
        optimizer.step()


def untold(model, optimizer, _loss, _watch):
    told(model, optimizer, None, None)


def answers_with_loss(model, optimizer, _loss, _watch):
    for _ in range(UPDATES):
        optimizer.zero_grad()
        model(x=D["x"], labels=D["y"])["loss"].backward()
        optimizer.step()


def saving(model, optimizer, loss, _watch):
    for _ in range(UPDATES):
        optimizer.zero_grad()
        loss(model(D["x"]), D["y"]).backward()
        optimizer.step()
        buffer = io.BytesIO()
        torch.save(model, buffer)
        torch.save(optimizer.state_dict(), buffer)
        copy.deepcopy(model)(D["x"])
        copy.deepcopy(optimizer)
        pickle.dumps(optimizer)


def catching(model, optimizer, loss, _watch):
    for update in range(UPDATES):
        optimizer.zero_grad()
        if update % 5 == 0:
            with contextlib.suppress(RuntimeError):
                model(D["x"][:, :7])
        loss(model(D["x"]), D["y"]).backward()
        optimizer.step()


def going_nan(model, optimizer, loss, _watch):
    for update in range(UPDATES):
        optimizer.zero_grad()
        loss(model(D["x"] * (float("nan") if update > 15 else 1.0)), D["y"]).backward()
        optimizer.step()


def overwriting(model, optimizer, loss, _watch):
    for _ in range(UPDATES):
        optimizer.zero_grad()
        loss(model(D["x"]), D["y"]).backward()
        optimizer.step()
        for parameter in model.parameters():
            parameter.grad.fill_(1.0)


def forked_loader(model, optimizer, loss, _watch):
    dataset = torch.utils.data.TensorDataset(D["x"], D["y"])
    for x, y in torch.utils.data.DataLoader(dataset, batch_size=8, num_workers=2, multiprocessing_context="fork"):
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()


def evaluating_outputs(model, optimizer, loss, _watch):
    outputs = []
    for _ in range(12):
        model.train()
        optimizer.zero_grad()
        loss(model(D["words"]), D["labels"]).backward()
        optimizer.step()
        model.eval()
        with torch.no_grad():
            outputs.append(model(D["words"]))
    return [output.tolist() for output in outputs]


def by_parts(model, optimizer, _loss, _watch):
    for _ in range(UPDATES):
        optimizer.zero_grad()
        model.training_step(D["x"], D["y"]).backward()
        optimizer.step()


def unfreezing(model, optimizer, loss, watch):
    model[0].requires_grad_(False)
    for update in range(UPDATES):
        if update == 12:
            model[0].requires_grad_(True)
            if watch is not None:
                watch.mark("unfroze the first layer")
        optimizer.zero_grad()
        loss(model(D["x"]), D["y"]).backward()
        optimizer.step()


def two_optimizers(model) -> list[torch.optim.Optimizer]:
    return [torch.optim.SGD(model[0].parameters(), lr=0.05), torch.optim.Adam(model[3:].parameters(), lr=0.01)]


def stepping_two(model, optimizers, loss, _watch):
    for _ in range(UPDATES):
        loss(model(D["x"]), D["y"]).backward()
        # Not in the order of the list.
        for optimizer in reversed(optimizers):
            optimizer.step()
            optimizer.zero_grad()


def scheduled(model, optimizer, loss, _watch):
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 8, 0.1)
    for _ in range(UPDATES):
        optimizer.zero_grad()
        loss(model(D["x"]), D["y"]).backward()
        optimizer.step()
        scheduler.step()


def second_order(model, optimizer, loss, _watch):
    for _ in range(UPDATES):
        optimizer.zero_grad()
        loss(model(D["x"]), D["y"]).backward(create_graph=True)
        sum(parameter.grad.square().sum() for parameter in model.parameters()).mul(0.01).backward()
        optimizer.step()
        for parameter in model.parameters():
            parameter.grad = None


def functional_gradients(model, optimizer, _loss, _watch):
    def value(weights):
        return F.cross_entropy(torch.func.functional_call(model, weights, (D["x"],)), D["y"])

    for _ in range(UPDATES):
        gradients = torch.func.grad(value)({name: p.detach() for name, p in model.named_parameters()})
        for name, parameter in model.named_parameters():
            parameter.grad = gradients[name]
        optimizer.step()


def weighted(model: nn.Module) -> nn.Module:
    return nn.utils.parametrizations.weight_norm(model)


def without_dropout() -> nn.Module:
    return nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 4))


def half() -> nn.Module:
    return without_dropout().to(torch.bfloat16)


def in_half(model, optimizer, loss, _watch):
    for _ in range(UPDATES):
        optimizer.zero_grad()
        loss(model(D["x"].to(torch.bfloat16)).float(), D["y"]).backward()
        optimizer.step()


def own_criterion() -> tuple[nn.Module, Any, Any]:
    model = Inside()
    return model, sgd(model), model.criterion


def frozen() -> tuple[nn.Module, Any, Any]:
    model = mlp()
    model[0].requires_grad_(False)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return model, torch.optim.SGD(trained, lr=0.1), nn.CrossEntropyLoss()


def channels_last() -> nn.Module:
    return Cnn().to(memory_format=torch.channels_last)


def adam(model: nn.Module, **options: Any) -> torch.optim.Optimizer:
    return torch.optim.AdamW(model.parameters(), **{"lr": 1e-3, **options})


def lbfgs(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.LBFGS(model.parameters(), max_iter=5)


def sparse_embedding() -> nn.Module:
    return nn.Sequential(nn.Embedding(50, 8, sparse=True), nn.Flatten(), nn.Linear(96, 4))


def unrolled() -> nn.Module:
    class Unrolled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.out = nn.Linear(24, 8), nn.Linear(8, 4)

        def forward(self, x):
            hidden = torch.zeros(len(x), 8)
            for _ in range(3):
                hidden = torch.relu(self.cell(torch.cat([x, hidden], 1)))
            return self.out(hidden)

    return Unrolled()


TRAININGS = [
    Training("an MLP, in-place ReLU, dropout", made(mlp), plain()),
    Training("a CNN, batch norm, F.relu in place", made(Cnn), plain("images", "labels")),
    Training("a CNN in channels_last", made(channels_last), plain("images", "labels")),
    Training("a residual net, a module twice", made(Residual), plain("images", "labels")),
    Training("tied weights", made(Tied), plain("words", "labels")),
    Training("sparse gradients", made(sparse_embedding, lambda m: sgd(m, momentum=0)), plain("words", "labels")),
    Training("a transformer", made(Encoder, adam), plain("words", "labels"), says="out_proj",
             unseen=("encoder.layers.0.self_attn.out_proj", "encoder.layers.1.self_attn.out_proj")),
    Training("a transformer, outputs while evaluating", made(Encoder, adam), evaluating_outputs,
             unseen=("encoder.layers.0.self_attn.out_proj", "encoder.layers.1.self_attn.out_proj")),
    Training("an LSTM", made(Recurrent), plain("words", "labels"), says="cells (LSTM)"),
    Training("an RNN by hand, one module thrice", made(unrolled), plain()),
    Training("accumulation", made(mlp), accumulating),
    Training("zeroed gradients, clipping", made(mlp), keeping_gradients),
    Training("evaluations between", made(mlp), with_evaluations),
    Training("LBFGS", made(mlp, lbfgs), with_closure, says="closure"),
    Training("SGD with a closure", made(mlp), with_closure, says="closure"),
    Training("autocast", made(mlp), autocast),
    Training("GradScaler, an update left out", made(mlp), scaled),
    Training("GradScaler, unscaled and clipped", made(mlp), scaled_and_clipped),
    Training("GradScaler, fused Adam", made(mlp, lambda m: adam(m, fused=True)), scaled),
    Training("fused Adam", made(mlp, lambda m: adam(m, fused=True)), plain()),
    Training("Adam one by one, maximize", made(mlp, lambda m: adam(m, foreach=False, maximize=True)), plain()),
    Training("weight decay, Nesterov", made(mlp, lambda m: sgd(m, nesterov=True, weight_decay=0.1)), plain()),
    Training("a checkpoint", made(lambda: Checkpointed(reentrant=False)), plain()),
    Training("a reentrant checkpoint", made(lambda: Checkpointed(reentrant=True)), plain(), says="reentrant",
             unseen=("inner.0",)),
    Training("two losses", made(mlp), two_losses),
    Training("a loss that is told", made(mlp, loss=None), told),
    Training("a loss that is not told", made(mlp, loss=None), untold, says="loss is not known"),
    Training("the loss in the answer", made(Inside, loss=None), answers_with_loss, says="watched updates only"),
    Training("the loss module in the model", own_criterion, saving),
    Training("frozen layer", frozen, plain(), says="No optimizer", unseen=("0",)),
    Training("unfreezing", made(mlp), unfreezing),
    Training("saved, copied, pickled each update", made(mlp), saving),
    Training("a pass that fails", made(mlp), catching),
    Training("NaN", made(mlp), going_nan),
    Training("gradients overwritten after the step", made(mlp), overwriting),
    Training("forked loaders", made(mlp), forked_loader),
    Training("parts of a model", made(OnlyParts, loss=None), by_parts, says="loss is not known"),
    Training("two optimizers", made(mlp, two_optimizers), stepping_two),
    Training("a schedule", made(mlp), scheduled),
    Training("gradients of gradients", made(without_dropout), second_order),
    Training("torch.func", made(without_dropout, loss=None), functional_gradients, says="not one plain tensor",
             unseen=("0", "2", "4")),
    Training("weights in a parametrization",
             made(lambda: nn.Sequential(weighted(nn.Linear(16, 8)), nn.ReLU(), nn.Linear(8, 4))), plain()),
    Training("bfloat16", made(half), in_half),
]  # fmt: skip
