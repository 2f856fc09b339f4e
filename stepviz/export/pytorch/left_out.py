"""What of a run PyTorch cannot be told, or does otherwise: each said by name."""

from __future__ import annotations

from stepviz.engine.settings.experiment import StopConditions
from stepviz.engine.training.snapshot import TrainerState
from stepviz.export.pytorch.updates import TORCH_OPTIMIZERS


def is_trained(moment: TrainerState) -> bool:
    """Return whether PyTorch can do the updates of a run."""
    return moment.setup.optimizer.key in TORCH_OPTIMIZERS


def left_out(moment: TrainerState) -> tuple[str, ...]:
    """Return a sentence for each thing of a run that a script cannot have, or has otherwise; none: it has it all."""
    setup, experiment = moment.setup, moment.setup.experiment
    found = []
    if not is_trained(moment):
        label = setup.optimizer.label
        found.append(f"{label}: a search without gradients, which torch.optim does not have. The script does not train")
    if experiment.precision == "float16":
        found.append("Precision float16: PyTorch rounds its sums otherwise. The script trains in float32")
    if experiment.precision == "float32":
        found.append("Precision float32: PyTorch adds in another order, so losses drift apart by rounding")
    if moment.began is not None:
        found.append(
            "Parameters that began later than the run: PyTorch counts the updates of each tensor, not of each number"
        )
    if setup.network.by_statistics:
        found.append("Exact zeros below batch norm: PyTorch's gradients of biases are what rounding leaves of them")
    if experiment.stop != StopConditions():
        found.append("Stop conditions: the script does all its steps")
    return tuple(found)


def in_a_sentence(moment: TrainerState, steps: int) -> str:
    """Return which steps a script does, and what is left out or otherwise, for one line on screen."""
    last = moment.step + (steps if is_trained(moment) else 0)
    missing = left_out(moment)
    said = " Left out, or otherwise: " + "; ".join(missing) + "." if missing else " Nothing is left out."
    return f"step {moment.step:,} to {last:,}.{said}"
