"""A whole run as numbers to take away: history, weights at moments, settings; a NumPy archive without pickle."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from stepviz import __version__
from stepviz.engine.common.arrays import Array, Ints
from stepviz.engine.setup.experiment_file import encode
from stepviz.engine.training.snapshot import TrainerState
from stepviz.runtime.history import HistoryView
from stepviz.runtime.run import Run

SUFFIX = ".npz"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as it stands: the history, and moments by rising step, the last of which is the present one."""

    history: HistoryView
    moments: tuple[TrainerState, ...]

    @property
    def steps(self) -> Ints:
        """Return the steps (moments,)."""
        return np.array([moment.step for moment in self.moments], dtype=np.int64)

    def settings(self) -> tuple[list[str], Ints]:
        """Return the settings that were in force as texts of experiment files, and (moments,) which of them when."""
        texts: dict[str, int] = {}
        known: dict[int, int] = {}
        places = np.empty(len(self.moments), dtype=np.int64)
        for index, moment in enumerate(self.moments):
            setup = id(moment.setup)
            if setup not in known:
                text = msgspec.json.format(encode(moment.setup.experiment), indent=-1).decode()
                known[setup] = texts.setdefault(text, len(texts))
            places[index] = known[setup]
        return list(texts), places

    def weights(self) -> dict[str, Array]:
        """Return the parameters by name, each (moments, …); NaN where the network of that moment did not have it."""
        named = [moment.setup.network.layout.named(moment.state[0]) for moment in self.moments]
        names = {name: values.shape for parameters in reversed(named) for name, values in parameters.items()}
        precision = np.result_type(*(moment.state.dtype for moment in self.moments))
        found: dict[str, Array] = {}
        for name, shape in names.items():
            found[name] = np.full((len(named), *shape), np.nan, dtype=precision)
            for index, parameters in enumerate(named):
                if name in parameters:
                    found[name][index] = parameters[name]
        return found


def take_record(run: Run) -> RunRecord:
    """Return the run as it stands; little is copied."""
    now = run.trainer.moment()
    before = (moment for moment in run.checkpoints.moments if moment.step < now.step)
    # A run that diverged has no present worth keeping.
    moments = (*before, now) if run.diverged is None else tuple(before)
    history = run.recorder.view()
    return RunRecord(history.until(now.step), moments or (now,))


def arrays_of(record: RunRecord) -> dict[str, np.ndarray[Any, Any]]:
    """Return what the archive holds.

    ``experiment``: the text (JSON) of the settings now in force. Over the history (points,): ``step``, the losses and
    accuracies, the counts of units ``active``, ``saturated``, ``flat``, ``starved``; (points, layers):
    ``gradient_rms``, ``zero_share``, ``update_ratio``, ``delta_norm``. Parameters now: ``layer1.weights`` (inputs,
    units), and so on; at the moments kept: ``checkpoints.layer1.weights`` (moments, inputs, units), and so on, with
    ``checkpoints.step`` (moments,) and ``checkpoints.settings`` (moments,), a place in ``settings`` (texts). Notes of
    what was changed by hand: ``marks.step``, ``marks.text``.
    """
    texts, places = record.settings()
    marks = record.history.marks
    weights = record.weights()
    now = record.moments[-1].setup.network.layout.named(record.moments[-1].state[0])
    return {
        "stepviz": np.array(__version__),
        "experiment": np.array(texts[places[-1]]),
        **_history(record.history.columns),
        **{name: np.ascontiguousarray(values) for name, values in now.items()},
        "checkpoints.step": record.steps,
        "checkpoints.settings": places,
        "settings": np.array(texts),
        **{f"checkpoints.{name}": values for name, values in weights.items()},
        "marks.step": np.array([mark.step for mark in marks], dtype=np.int64),
        "marks.text": np.array([mark.text for mark in marks], dtype=np.str_),
    }


def _history(columns: Mapping[str, Array]) -> dict[str, Array]:
    """Return the columns, those of the layers side by side: ``gradient_rms/1``, … as (points, layers)."""
    single = {name: values for name, values in columns.items() if "/" not in name}
    single["step"] = single["step"].astype(np.int64)
    layered: dict[str, list[Array]] = {}
    for name, values in columns.items():
        kind, slash, _layer = name.partition("/")
        if slash:
            layered.setdefault(kind, []).append(values)
    return {**single, **{kind: np.stack(parts, axis=1) for kind, parts in layered.items()}}


def encode_record(record: RunRecord) -> bytes:
    """Return the content of an ``.npz`` file; the same record gives the same bytes."""
    content = io.BytesIO()
    np.savez(content, **arrays_of(record))  # type: ignore[arg-type]  # the stub means its keyword allow_pickle
    return content.getvalue()
