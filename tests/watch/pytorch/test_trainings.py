"""Awkward trainings end the same bit for bit, watched or not, and what is not seen is said by name."""

from __future__ import annotations

import io
import pickle
import warnings
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

import stepviz_watch  # noqa: E402  after torch was found
from tests.watch.pytorch.trainings import TRAININGS, Training  # noqa: E402
from tests.watch.reading import Read  # noqa: E402


def result(training: Training, path: Any, **options: Any) -> tuple[bytes, Any, list[list[float]]]:
    """Return the bytes that a model and its optimizers end as, what the run returned, and the true gradients' RMS."""
    torch.manual_seed(0)
    model, optimizer, loss = training.make()
    watch = None
    truth: dict[int, list[float]] = {}
    if path is not None:
        watch = stepviz_watch.watch(model, optimizer, loss, path, **options)
        layers = watch._layers
        several = optimizer if isinstance(optimizer, list) else [optimizer]

        def remember(*_: Any) -> None:
            for layer in layers:
                gradients = [
                    p.grad.coalesce().values() if p.grad.is_sparse else p.grad
                    for p in layer.parameters
                    if p.grad is not None
                ]
                total = sum(float(g.detach().double().square().sum()) for g in gradients)
                size = sum(p.numel() for p in layer.parameters if p.grad is not None)
                if size:
                    divisor = getattr(several[0], "grad_scale", None)
                    truth.setdefault(watch.step, {})[layer.name] = np.sqrt(total / size) / (
                        1 if divisor is None else float(divisor)
                    )

        for one in several:
            one.register_step_pre_hook(remember)
    torch.manual_seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        returned = training.run(model, optimizer, loss, watch)
    if watch is not None:
        assert watch.watching, "watching ended by an error of its own"
        watch.close()
    optimizers = optimizer if isinstance(optimizer, list) else [optimizer]
    end = io.BytesIO()
    torch.save([model.state_dict(), [one.state_dict() for one in optimizers]], end)
    return end.getvalue(), returned, truth


@pytest.mark.parametrize("training", TRAININGS, ids=lambda training: training.name)
def test_the_same_watched_or_not(training: Training, tmp_path: Any) -> None:
    path = tmp_path / "a.stepviz-run"
    bare, bare_returned, _ = result(training, None)
    watched, returned, truth = result(training, path, every=2)
    assert watched == bare
    assert repr(returned) == repr(bare_returned)
    read = Read(path)
    assert read.reader.damaged == 0
    assert [said["dropped"] for said in read.said("end")] == [0]
    assert training.says in read.notes
    _check_flow(read, truth, training)
    _check_units(read, training)


def _check_flow(read: Read, truth: Any, training: Training) -> None:
    names = [layer["name"] for layer in read.head["layers"]]
    assert len(read["flow"]) >= 3
    for row in read["flow"]:
        for number, name in enumerate(names):
            found, expected = float(row["rms"][number]), truth.get(int(row["step"]), {}).get(name)
            if expected is None:
                assert row["entries"][number] == 0
                assert np.isnan(found)
            elif "closure" not in training.says:
                assert found == pytest.approx(expected, rel=1e-4, abs=0, nan_ok=True) or row["scale"] != 1


def _check_units(read: Read, training: Training) -> None:
    newest = read["units"][-1]
    for layer in read.head["layers"]:
        if layer["units"]:
            signal = newest["signal"][read.units_of(layer["name"])]
            seen = bool((signal >= 0).all())
            assert seen == (layer["name"] not in training.unseen), layer["name"]


def test_a_learning_rate_is_marked_at_the_update_that_uses_it(tmp_path: Any) -> None:
    training = next(one for one in TRAININGS if one.name == "a schedule")
    result(training, tmp_path / "a.stepviz-run")
    marks = Read(tmp_path / "a.stepviz-run").said("mark")
    assert [(mark["step"], mark["text"]) for mark in marks] == [
        (8, "learning rate 0.05 to 0.005"), (16, "learning rate 0.005 to 0.0005"),
    ]  # fmt: skip


def test_evaluations_without_a_graph_are_no_checkpoints(tmp_path: Any) -> None:
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with stepviz_watch.watch(model, optimizer, None, tmp_path / "a.stepviz-run", every=1) as watch:
        for _ in range(5):
            optimizer.zero_grad()
            watch.loss(model(torch.ones(4, 3)).sum()).backward()
            optimizer.step()
            with torch.no_grad():
                model(torch.ones(4, 3))
    read = Read(tmp_path / "a.stepviz-run")
    assert "checkpoint" not in read.notes
    assert (read["units"]["signal"] == 4).all()


def test_a_model_pickles_the_same_while_it_is_watched(tmp_path: Any) -> None:
    training = next(one for one in TRAININGS if one.name == "the loss module in the model")
    torch.manual_seed(0)
    model, optimizer, loss = training.make()
    before, saved = pickle.dumps(model), _saved(model)
    watch = stepviz_watch.watch(model, optimizer, loss, tmp_path / "a.stepviz-run", every=1)
    x = torch.randn(4, 16)
    loss(model(x), torch.zeros(4, dtype=torch.long)).backward()
    model.zero_grad()
    optimizer.step()
    assert pickle.dumps(model) == before
    assert _saved(model) == saved
    watch.close()
    assert pickle.dumps(model) == before
    assert type(loss._forward_hooks).__name__ == "OrderedDict"


def _saved(model: Any) -> bytes:
    file = io.BytesIO()
    torch.save(model, file)
    return file.getvalue()
