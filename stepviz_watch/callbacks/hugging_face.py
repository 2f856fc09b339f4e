"""A callback for the Trainer of Hugging Face: ``Trainer(…, callbacks=[StepvizWatch("runs/first.stepviz-run")])``."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback

import stepviz_watch


class StepvizWatch(TrainerCallback):  # type: ignore[misc,unused-ignore]  # transformers may not be installed
    """Watches the model while it is trained; what the Trainer logs is recorded as well."""

    def __init__(self, path: Any = None, **options: Any) -> None:
        self._path, self._options = path, options
        self.watch: Any = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Begin."""
        self.watch = stepviz_watch.watch(given["model"], given["optimizer"], None, self._path, **self._options)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Mark the epoch."""
        if self.watch is not None:
            self.watch.mark(f"epoch {state.epoch:.3g}")

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **given: Any) -> None:
        """Log the numbers among what is logged."""
        numbers = {str(name): value for name, value in (logs or {}).items() if isinstance(value, (int, float))}
        if self.watch is not None and numbers:
            self.watch.log(**numbers)

    def on_train_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """End the recording."""
        if self.watch is not None:
            self.watch.close()
