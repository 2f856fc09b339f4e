"""A callback for Lightning: ``Trainer(callbacks=[StepvizWatch("runs/first.stepviz-run")])``."""

from __future__ import annotations

from typing import Any

import stepviz_watch

try:
    from lightning.pytorch.callbacks import Callback
except ImportError:
    from pytorch_lightning.callbacks import Callback


class StepvizWatch(Callback):  # type: ignore[misc,unused-ignore]  # Lightning may not be installed
    """Watches the LightningModule while it is fitted; logged validation values are recorded as well."""

    def __init__(self, path: Any = None, **options: Any) -> None:
        self._path, self._options = path, options
        self.watch: Any = None

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin."""
        self.watch = stepviz_watch.watch(pl_module, list(trainer.optimizers), None, self._path, **self._options)

    def on_before_backward(self, trainer: Any, pl_module: Any, loss: Any) -> None:
        """Note the loss; under accumulation Lightning has divided it already."""
        self.watch.loss(loss * trainer.accumulate_grad_batches)

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Mark the epoch."""
        self.watch.mark(f"epoch {trainer.current_epoch}")

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Log what the validation logged, but not the one that only tries whether it works."""
        if not trainer.sanity_checking and self.watch is not None:
            self.watch.log(**{str(name): float(value) for name, value in trainer.callback_metrics.items()})

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """End where the training was interrupted."""
        self.on_fit_end(trainer, pl_module)

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        """End the recording."""
        if self.watch is not None:
            self.watch.close()
