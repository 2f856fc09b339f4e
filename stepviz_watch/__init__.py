"""Record a training into one file that only grows; the stepviz window follows it.

``watch(model, optimizer)`` records a PyTorch training, ``record(path)`` takes the arrays of any framework.
This import loads neither a framework nor a window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stepviz_watch.record import Recording, record

if TYPE_CHECKING:
    from stepviz_watch.pytorch.watch import Watch

__version__ = "0.1.0"
__all__ = ["Recording", "record", "watch"]


def watch(model: Any, optimizer: Any, loss_fn: Any = None, path: Any = None, **options: Any) -> Watch:
    """Watch a PyTorch training from now on; the loop stays as it is.

    ``optimizer`` may be a list of optimizers. ``loss_fn`` is the loss module, where there is one; a loss that a
    function computes is told with ``.loss(loss)``. ``budget`` (0.01) is the share of the time that full looks may
    take, ``size_limit`` (200) the file's size in MB. Raises TypeError or ValueError for a model that cannot be
    watched; the recording says the same words.
    """
    try:
        from stepviz_watch.pytorch.watch import begin
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "torch":
            raise
        raise ImportError("stepviz_watch.watch needs PyTorch, which is not installed; record(path) does not") from error
    return begin(model, optimizer, loss_fn, path, **options)
