"""A callback for Keras 3: ``model.fit(…, callbacks=[StepvizWatch("runs/first.stepviz-run")])``.

Keras trains with optimizers of its own, also on PyTorch: no hook of PyTorch sees its updates. So the callback looks
itself, every so many updates.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

import stepviz_watch


class StepvizWatch(keras.callbacks.Callback):  # type: ignore[misc,unused-ignore]  # Keras may not be installed
    """Records loss and logged values at each update, and each ``every`` updates the weights of each layer.

    ``gradients`` is what returns them: a function of the model that gives an array for each trainable weight, in their
    order (with TensorFlow by a GradientTape, with JAX by ``jax.grad``). Without it there are no gradients: they
    are then recorded as not a number.
    """

    def __init__(self, path: Any, gradients: Any = None, every: int = 50, **options: Any) -> None:
        super().__init__()
        self._recording = stepviz_watch.record(path, writer="stepviz_watch.callbacks.keras", **options)
        self._gradients, self._every, self._update = gradients, every, -1

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Record the update."""
        self._update += 1
        loss = (logs or {}).get("loss")
        layers = self._layers() if self._update % self._every == 0 else None
        self._recording.step(loss=None if loss is None else float(loss), layers=layers, step=self._update)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Mark the epoch."""
        self._recording.mark(f"epoch {epoch}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Log what was validated."""
        self._recording.log(**{name: float(value) for name, value in (logs or {}).items() if name.startswith("val_")})

    def on_train_end(self, logs: Any = None) -> None:
        """End the recording."""
        self._recording.close()

    def _layers(self) -> dict[str, Any]:
        weights = self.model.trainable_weights
        arrays = [keras.ops.convert_to_numpy(weight) for weight in weights]
        given = [np.full(array.shape, np.nan) for array in arrays] if self._gradients is None else None
        found = given if given is not None else [np.asarray(one) for one in self._gradients(self.model)]
        return {weight.path: (array, one, None) for weight, array, one in zip(weights, arrays, found)}
