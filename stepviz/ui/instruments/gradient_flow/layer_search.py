"""Some of very many layers: those whose name a person looks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stepviz.engine.common.arrays import Array
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.runtime.history import HistoryView
from stepviz.ui.plotting.flow_measures import MEASURES


def chosen_layers(names: Sequence[str], text: str) -> list[int]:
    """Return the layers (from 0) whose name holds each word of ``text``; all where none does."""
    words = text.lower().split()
    found = [place for place, name in enumerate(names) if all(word in name.lower() for word in words)]
    return found or list(range(len(names)))


def part_of(flow: GradientFlow, history: HistoryView, chosen: Sequence[int]) -> tuple[GradientFlow, HistoryView]:
    """Return what is known of these layers, numbered anew."""
    if len(chosen) == len(flow.rms):
        return flow, history
    places = list(chosen)
    columns: dict[str, Array] = {name: values for name, values in history.columns.items() if "/" not in name}
    for measure in MEASURES:
        for number, place in enumerate(places, start=1):
            columns[f"{measure.column}/{number}"] = history.column(f"{measure.column}/{place + 1}")
    rules = tuple(flow.rules[place] for place in places) if flow.rules else ()
    part = replace(
        flow, rms=flow.rms[places], zero_share=flow.zero_share[places], delta_norm=flow.delta_norm[places],
        update_ratio=flow.update_ratio[places], counts=flow.counts[places], zeros=flow.zeros[places], rules=rules,
    )  # fmt: skip
    return part, HistoryView(columns, history.marks, history.thinned)
