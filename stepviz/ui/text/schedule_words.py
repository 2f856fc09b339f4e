"""What schedules and clipping do to a run, in words: the course they take, where it is now, what they did."""

from __future__ import annotations

from dataclasses import dataclass

from stepviz.engine.catalogue.clipping import CLIPPINGS
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.catalogue.slope_schedules import SLOPE_SCHEDULES
from stepviz.engine.common.number_format import measured_text, share_text, step_text
from stepviz.engine.settings.experiment import Experiment, scheduled_rate, scheduled_slope
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.gradient_flow import Clipped


@dataclass(frozen=True, slots=True)
class Course:
    """What a schedule does with a number: the ``ends`` «1 → 20», and all in ``words`` «linear: 1 → 20 in 9 steps»."""

    ends: str
    words: str


def slope_course(experiment: Experiment) -> Course | None:
    """Return what the slope schedule does with a; None without one."""
    schedule = SLOPE_SCHEDULES[experiment.slope_schedule.name]
    if schedule.slope is None:
        return None
    first, last, length = resolve(experiment.slope_schedule.parameters, schedule.parameters, "slope_schedule")[:3]
    ends = f"{measured_text(first)} → {measured_text(last)}"
    return Course(ends, f"{schedule.label.lower()}: {ends} in {step_text(length)} steps")


def present_slope(setup: BoundExperiment, step: int) -> str:
    """Return the slope of the layers that are annealed; empty where none is: «a = 5.3», «k = 5.3» of surrogates."""
    slope = scheduled_slope(setup.experiment, step)
    if slope is None or not setup.network.annealed:
        return ""
    hidden = setup.network.functions[:-1]
    symbols = [
        symbol
        for symbol, driven in (
            ("a", any(function.annealed_value is not None for function in hidden)),
            ("k", any(function.annealed_rule_value is not None for function in hidden)),
        )
        if driven
    ]
    return f"{' = '.join(symbols)} = {measured_text(slope)}"


def present_rate(experiment: Experiment, step: int) -> str:
    """Return the learning rate that a schedule gives at this step: «η = 0.0042»; empty without a schedule."""
    return "" if experiment.schedule.name == "constant" else f"η = {measured_text(scheduled_rate(experiment, step))}"


def _keeps_copies(experiment: Experiment) -> bool:
    search = OPTIMIZERS[experiment.optimizer.name].search
    return search is not None and not search.estimates


def optimizer_text(experiment: Experiment) -> str:
    """Return which settings of the training have no part in how this optimizer moves; empty where all have."""
    return "Rate and clipping do nothing: a copy is kept, or not" if _keeps_copies(experiment) else ""


def clipping_text(experiment: Experiment, clipped: Clipped | None) -> tuple[str, ...]:
    """Return what clipping did to the last step's gradient, the longest wording first; empty where it is off."""
    clipping = CLIPPINGS[experiment.clipping.name]
    if clipping.key == "none":
        return ()
    if _keeps_copies(experiment):
        return "Clipping does nothing: a copy is kept whole, or not", "Clipping does nothing"
    limit = measured_text(resolve(experiment.clipping.parameters, clipping.parameters, "clipping")[0])
    where = f"at norm {limit}" if clipping.key == "norm" else f"at ±{limit}"
    if clipped is None:
        return f"Clipping {where} is on: no step yet", f"Clipping {where}"
    if clipping.key == "norm" and clipped.factor < 1.0:
        factor = measured_text(clipped.factor)
        return f"Clipped {where}: this step's gradient was scaled by {factor}", f"Clipped {where}: × {factor}"
    if clipping.key == "value" and clipped.share > 0.0:
        share = share_text(clipped.share)
        return f"Clipped {where}: {share} of this step's gradient entries", f"Clipped {where}: {share} of entries"
    return f"Clipping {where} is on: this step's gradient was small enough", f"Clipping {where}: not in this step"
