"""Callbacks in trainers of other libraries, where those are installed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402  after torch was found

from tests.watch.reading import Read  # noqa: E402


def dataset() -> Any:
    source = torch.Generator().manual_seed(0)
    return torch.utils.data.TensorDataset(
        torch.randn(64, 8, generator=source), torch.randint(0, 3, (64,), generator=source)
    )


@pytest.mark.filterwarnings("ignore")
def test_lightning(tmp_path: Path) -> None:
    lightning = pytest.importorskip("lightning.pytorch", reason="Lightning is not installed")
    from stepviz_watch.callbacks.lightning import StepvizWatch

    class Module(lightning.LightningModule):  # type: ignore[misc,name-defined,unused-ignore]  # made where it is there
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(8, 16), nn.Linear(16, 3)

        def scores(self, x: Any) -> Any:
            return self.second(torch.relu(self.first(x)))

        def training_step(self, batch: Any, _number: int) -> Any:
            return nn.functional.cross_entropy(self.scores(batch[0]), batch[1])

        def validation_step(self, batch: Any, _number: int) -> None:
            self.log("val_loss", nn.functional.cross_entropy(self.scores(batch[0]), batch[1]))

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    weights = []
    for watched in (False, True):
        torch.manual_seed(0)
        module = Module()
        callbacks = [StepvizWatch(tmp_path / "a.stepviz-run", every=2)] if watched else []
        trainer = lightning.Trainer(
            max_epochs=2, callbacks=callbacks, logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False, accelerator="cpu", default_root_dir=tmp_path,
        )  # fmt: skip
        loader = torch.utils.data.DataLoader(dataset(), batch_size=8)
        trainer.fit(module, loader, loader)
        weights.append([p.detach().clone() for p in module.parameters()])
    assert all(torch.equal(bare, seen) for bare, seen in zip(*weights, strict=True))
    read = Read(tmp_path / "a.stepviz-run")
    assert read["loss"]["step"].tolist() == list(range(16))
    assert (read["units"]["signal"][-1] > 0).any()
    assert [mark["text"] for mark in read.said("mark")] == ["epoch 0", "epoch 1"]
    assert {said["name"] for said in read.said("name")} == {"val_loss"}
    assert read.said("end")


@pytest.mark.filterwarnings("ignore")
def test_hugging_face(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    pytest.importorskip("accelerate", reason="accelerate is not installed")
    from stepviz_watch.callbacks.hugging_face import StepvizWatch

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(8, 16), nn.Linear(16, 3)

        def forward(self, x: Any, labels: Any = None) -> dict[str, Any]:
            scores = self.second(torch.relu(self.first(x)))
            return {"loss": nn.functional.cross_entropy(scores, labels), "logits": scores}

    rows = [{"x": x, "labels": y} for x, y in dataset()]
    weights = []
    for watched in (False, True):
        torch.manual_seed(0)
        model = Model()
        arguments = transformers.TrainingArguments(
            str(tmp_path), num_train_epochs=2, per_device_train_batch_size=8, logging_steps=4, report_to=[],
            save_strategy="no", use_cpu=True, disable_tqdm=True,
        )  # fmt: skip
        callbacks = [StepvizWatch(tmp_path / "a.stepviz-run", every=2)] if watched else []
        transformers.Trainer(model, arguments, train_dataset=rows, callbacks=callbacks).train()
        weights.append([p.detach().clone() for p in model.parameters()])
    assert all(torch.equal(bare, seen) for bare, seen in zip(*weights, strict=True))
    read = Read(tmp_path / "a.stepviz-run")
    assert read["units"]["looks"][-1] >= 14
    assert (read["units"]["signal"][-1] > 0).any()
    assert len(read["loss"]) >= 6
    assert "loss" in {said["name"] for said in read.said("name")}
    assert [mark["text"] for mark in read.said("mark")][:2] == ["epoch 0", "epoch 1"]


@pytest.mark.filterwarnings("ignore")
def test_keras(tmp_path: Path) -> None:
    os.environ["KERAS_BACKEND"] = "torch"
    keras = pytest.importorskip("keras", reason="Keras is not installed")
    from stepviz_watch.callbacks.keras import StepvizWatch

    model = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((32, 3)), np.ones((32, 1))
    callback = StepvizWatch(tmp_path / "a.stepviz-run", every=3)
    model.fit(x, y, batch_size=8, epochs=2, validation_data=(x, y), callbacks=[callback], verbose=0)
    read = Read(tmp_path / "a.stepviz-run")
    assert read["loss"]["step"].tolist() == list(range(8))
    assert read["flow"]["step"].tolist() == [0, 3, 6]
    assert len(read.head["layers"]) == 4
    assert {said["name"] for said in read.said("name")} == {"val_loss"}
