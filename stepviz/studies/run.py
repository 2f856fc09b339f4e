"""Run a study: plan its chunks, compute those that are not stored yet, sum up, write tables and pictures."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from stepviz import __version__
from stepviz.engine.catalogue.parameters import look_up
from stepviz.engine.common.atomic_files import write_whole
from stepviz.engine.common.errors import InputError
from stepviz.export.columns import Table, comma_separated
from stepviz.studies.backends import Backend, processes
from stepviz.studies.chart import Chart, svg
from stepviz.studies.settings import Value, Values, resolve
from stepviz.studies.store import Store
from stepviz.studies.study import Chunk, Results, Row, Study, cells_of, chunks_of
from stepviz.studies.study_table import STUDIES

MOST_SEEDS = 10_000_000
LARGEST_SEED = 2**31 - 1
MOST_CHUNKS = 200_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a study is, in draws: ``done`` of ``total``, of which ``kept`` were found from an earlier time."""

    done: int
    total: int
    kept: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished study: its table, its pictures, and the files written (none without an output folder)."""

    table: Table
    charts: Mapping[str, Chart]
    files: tuple[Path, ...]


class StudyCancelledError(Exception):
    """The study was cancelled; what was finished is stored, and the same call goes on from there."""


def run_study(
    name: str,
    parameters: Mapping[str, Sequence[Value]] | None = None,
    seeds: int | None = None,
    output: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    seed: int = 0,
    backend: Backend | None = None,
) -> Outcome:
    """Run a study of ``STUDIES`` and return its table and pictures; the same arguments give the same numbers.

    ``parameters`` are values by the name of a setting; ``seeds`` is the number of draws of each cell, ``seed`` the
    first seed. ``output`` gets ``NAME.csv``, ``NAME.json`` and one SVG for each picture, and keeps finished chunks;
    without it nothing is stored. ``progress`` is called after each chunk, ``cancelled`` several times a second where
    other processes compute, else before each chunk; both in the thread of the caller. ``backend`` computes (default:
    processes, one per core).

    Raises InputError for arguments that are not allowed, OSError where ``output`` cannot be written, and
    StudyCancelledError once ``cancelled()`` is true.
    """
    study = look_up(STUDIES, name, "study")
    values = resolve(study.settings, parameters or {})
    draws = _whole("seeds", study.draws if seeds is None else seeds, 1, MOST_SEEDS)
    cells = cells_of(study, values)
    if sum(draws / study.at_once(cell) for cell in cells) > MOST_CHUNKS:
        raise InputError("seeds", draws, f"a study of at most {MOST_CHUNKS:,} chunks")
    chunks = [list(chunks_of(study, cell, draws, _whole("seed", seed, 0, LARGEST_SEED))) for cell in cells]
    store = Store(output) if output is not None else None
    finished = _finish([chunk for group in chunks for chunk in group], store, backend, progress, cancelled)
    rows: list[Row] = []
    for cell, group in zip(cells, chunks, strict=True):
        if cancelled():
            raise StudyCancelledError
        varied = {
            setting.name: cell[setting.name] for setting in study.settings if setting.many and setting.name in cell
        }
        rows.extend(varied | row for row in study.rows(cell, _joined(finished[chunk.name] for chunk in group)))
    table = _table(rows)
    charts = study.charts(table)
    files: tuple[Path, ...] = ()
    if output is not None:
        files = _write(study, values, draws, seed, table, charts, output)
    return Outcome(table, charts, files)


def _whole(field: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise InputError(field, value, f"a whole number from {low} to {high}")
    return value


def _finish(
    chunks: Sequence[Chunk],
    store: Store | None,
    backend: Backend | None,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> dict[str, Results]:
    """Return the results of all chunks by name; store each as soon as it is computed."""
    total = sum(chunk.draws.count for chunk in chunks)
    finished: dict[str, Results] = {}
    for chunk in chunks:
        if cancelled():
            raise StudyCancelledError
        results = store.read(chunk) if store is not None else None
        if results is not None:
            finished[chunk.name] = results
    done = kept = sum(chunk.draws.count for chunk in chunks if chunk.name in finished)
    # Cells differ in cost: mixed, the rate so far foretells the time left. By name: an order that never changes.
    missing = sorted((chunk for chunk in chunks if chunk.name not in finished), key=lambda chunk: chunk.name)
    progress(Progress(done, total, kept))
    if cancelled():
        raise StudyCancelledError
    if not missing:
        return finished
    computed = (backend or processes())(missing)
    # Closed at once when this ends early, so that no process goes on computing.
    with closing(computed):  # type: ignore[type-var]  # every backend is a generator
        for new in computed:
            if new is not None:
                chunk, results = missing[new[0]], new[1]
                if store is not None:
                    store.write(chunk, results)
                finished[chunk.name] = results
                done += chunk.draws.count
                progress(Progress(done, total, kept))
            if cancelled():
                raise StudyCancelledError
    return finished


def _joined(parts: Iterable[Results]) -> Results:
    together = list(parts)
    return {name: np.concatenate([part[name] for part in together]) for name in together[0]}


def _table(rows: Sequence[Row]) -> Table:
    return Table({name: [row[name] for row in rows] for name in rows[0]})


def _write(
    study: Study, values: Values, draws: int, seed: int, table: Table, charts: Mapping[str, Chart], output: Path
) -> tuple[Path, ...]:
    body: dict[str, Any] = {
        "study": study.key,
        "title": study.title,
        "paper": study.paper,
        "settings": values,
        "seeds": draws,
        "first_seed": seed,
        "drawn": study.drawn,
        "versions": {
            "study": study.version,
            "stepviz": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
        "table": table.columns,
    }
    contents = {
        f"{study.key}.csv": comma_separated(table).encode(),
        f"{study.key}.json": msgspec.json.format(msgspec.json.encode(body), indent=2) + b"\n",
        **{f"{study.key}{suffix}.svg": svg(chart).encode() for suffix, chart in charts.items()},
    }
    for name, content in contents.items():
        write_whole(output / name, content)
    return tuple(output / name for name in contents)
