"""A race as tables: how each lane stands, and its losses over the steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from stepviz.export.columns import Table
from stepviz.runtime.race_frame import RaceFrame

BAND = ("lower quartile", "median", "upper quartile")


def standings(frame: RaceFrame) -> Table:
    """Return one row per lane: medians over its seeds, with the quartiles of the loss now; shares from 0 to 1.

    NaN where there is nothing to measure (no test examples, all runs diverged), inf for a loss or a step that was
    never reached.
    """
    rows: list[dict[str, Any]] = []
    for lane in frame.lanes:
        low, middle, high = lane.final_loss
        reading = lane.reading
        rows.append({
            "lane": lane.label, "step": frame.step, "seeds": frame.race.seeds, "training loss": middle,
            "training loss, lower quartile": low, "training loss, upper quartile": high,
            "least training loss": lane.median(lane.best_loss), "test loss": lane.median(reading.test_loss),
            "training accuracy": lane.median(reading.train_accuracy),
            "test accuracy": lane.median(reading.test_accuracy), "steps to target": lane.steps_to_target,
            "stuck share": lane.median(reading.stuck_share), "diverged share": float(np.mean(lane.diverged)),
            "notes": "; ".join(lane.notes),
        })  # fmt: skip
    return Table({name: [row[name] for row in rows] for name in rows[0]})


def losses(frame: RaceFrame) -> Table:
    """Return one row per measured step: of each lane the quartiles and the median of the training loss."""
    columns: dict[str, Any] = {"step": np.asarray(frame.steps, dtype=np.int64)}
    for lane in frame.lanes:
        parts = BAND if frame.race.seeds > 1 else ("loss",)
        band = lane.band if frame.race.seeds > 1 else lane.band[:, 1:2]
        for place, part in enumerate(parts):
            columns[f"{lane.label}, {part}"] = np.ascontiguousarray(band[:, place])
    return Table(columns)
