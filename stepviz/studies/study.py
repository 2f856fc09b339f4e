"""What a study is: an entry of the table, the cells that its settings span, and the draws of a cell."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import msgspec
import numpy as np

from stepviz.engine.common.errors import InputError
from stepviz.export.columns import Table
from stepviz.studies.chart import Chart
from stepviz.studies.settings import Setting, Value, Values

Cell = dict[str, Any]
Results = Mapping[str, np.ndarray[Any, Any]]
# None where there is no such number.
Row = dict[str, Value | None]

# Bytes that one chunk may take in each process.
LARGEST_CHUNK = 64 * 2**20
MOST_CELLS = 5_000


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws number ``first`` to ``first + count - 1`` of a cell. ``cell_key`` keeps the chance of cells apart."""

    seed: int
    first: int
    count: int
    cell_key: int

    def generator(self) -> np.random.Generator:
        """Return the random numbers of these draws, the same each time."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(self.cell_key, self.first)))

    @property
    def seeds(self) -> range:
        """Return a seed for each draw: the same ones in every cell, so that cells start alike."""
        return range(self.seed + self.first, self.seed + self.first + self.count)


def product_of_settings(values: Values) -> list[Cell]:
    """Return one cell for each combination of values; a setting without a value is left out."""
    filled = {name: given for name, given in values.items() if given}
    return [dict(zip(filled, combination, strict=True)) for combination in product(*filled.values())]


def fitting(bytes_per_draw: int, most: int = 10**6) -> int:
    """Return how many draws fit a chunk, at least 1 and at most ``most``."""
    return max(1, min(most, LARGEST_CHUNK // max(1, bytes_per_draw)))


@dataclass(frozen=True, slots=True)
class Study:
    """An entry of the table of studies. The package's docstring says what each function does.

    ``asks`` says what it asks in a sentence or two, ``paper`` who asked first. ``draws``: how many draws per cell
    unless the person says otherwise, ``drawn`` what one is. ``cells`` makes cells out of values. ``closed_forms`` names
    the columns of the table that are not measured but computed from a formula; ``quartiles`` those whose ``_low`` and
    ``_high`` are quartiles, where all others are the ends of 95 % intervals. ``unit`` of progress is a draw.
    """

    key: str
    title: str
    asks: str
    paper: str
    settings: tuple[Setting, ...]
    draws: int
    drawn: str
    at_once: Callable[[Cell], int]
    run: Callable[[Cell, Draws], Results]
    rows: Callable[[Cell, Results], Sequence[Row]]
    charts: Callable[[Table], Mapping[str, Chart]]
    cells: Callable[[Values], list[Cell]] = product_of_settings
    closed_forms: tuple[str, ...] = ()
    quartiles: tuple[str, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some draws of one cell of a study: what is computed at once, and stored under ``name``."""

    study: str
    version: int
    cell: Cell
    draws: Draws

    @property
    def name(self) -> str:
        """Return a name that differs wherever the result may differ."""
        parts = [self.study, self.version, self.cell, self.draws.seed, self.draws.first, self.draws.count]
        return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:32]


def cells_of(study: Study, values: Values) -> list[Cell]:
    """Return the cells of a study. Raises InputError for more than can be meant."""
    cells = study.cells(values)
    if len(cells) > MOST_CELLS:
        raise InputError("settings", f"{len(cells):,} combinations", f"at most {MOST_CELLS:,}")
    return cells


def chunks_of(study: Study, cell: Cell, seeds: int, seed: int) -> Iterator[Chunk]:
    """Yield the chunks of a cell in the order of their draws."""
    digest = hashlib.sha256(msgspec.json.encode([study.key, cell], order="sorted")).digest()
    cell_key = int.from_bytes(digest[:4], "little")
    size = study.at_once(cell)
    for first in range(0, seeds, size):
        yield Chunk(study.key, study.version, cell, Draws(seed, first, min(size, seeds - first), cell_key))
