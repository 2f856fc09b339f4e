"""Who computes the chunks: this process, several, or a Dask cluster. The numbers are the same."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from stepviz.engine.errors import InputError
from stepviz.studies.study import Chunk, Results

# Takes chunks, yields (the chunk's place in the sequence, its results) in any order, as soon as they are there.
Backend = Callable[[Sequence[Chunk]], Iterator[tuple[int, Results]]]

SECONDS_TO_CONNECT = 10


def compute(chunk: Chunk) -> Results:
    """Return a chunk's results; runs in whichever process, which may have another version of stepviz: InputError."""
    from stepviz.studies.table import STUDIES

    study = STUDIES.get(chunk.study)
    if study is None or study.version != chunk.version:
        found = "no such study" if study is None else f"version {study.version} of the study"
        raise InputError("the workers' stepviz", found, f"version {chunk.version}: the same stepviz everywhere")
    with np.errstate(all="ignore"):
        return study.run(chunk.cell, chunk.draws)


def one_process(chunks: Sequence[Chunk]) -> Iterator[tuple[int, Results]]:
    """Compute one chunk after the other, here."""
    for place, chunk in enumerate(chunks):
        yield place, compute(chunk)


def _placed(place: int, chunk: Chunk) -> tuple[int, Results]:
    return place, compute(chunk)


def same_program(chunks: Sequence[Chunk], jobs: int) -> Iterator[tuple[int, Results]]:
    """Compute in processes that are this program again: beside a frozen one there is no Python for joblib to start."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
    try:
        for future in as_completed([pool.submit(_placed, place, chunk) for place, chunk in enumerate(chunks)]):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def processes(count: int = 0) -> Backend:
    """Return the backend of ``count`` processes (0: as many as there are cores), each with one thread."""

    def backend(chunks: Sequence[Chunk]) -> Iterator[tuple[int, Results]]:
        jobs = min(count or os.cpu_count() or 1, len(chunks))
        if jobs <= 1:
            yield from one_process(chunks)
            return
        if getattr(sys, "frozen", False):
            yield from same_program(chunks, jobs)
            return
        from joblib import Parallel, delayed, parallel_config

        # Ending early is what a cancelled study does, not something to warn of.
        warnings.filterwarnings("ignore", r"\d+ tasks (have been|which were)", UserWarning)
        with parallel_config(backend="loky", inner_max_num_threads=1):
            finished = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)(
                delayed(_placed)(place, chunk) for place, chunk in enumerate(chunks)
            )
            yield from finished

    return backend


def cluster(address: str) -> Backend:
    """Return the backend of a running Dask scheduler, whose workers have stepviz installed.

    A worker that is lost costs time only: the scheduler gives its chunks to another. Raises InputError where no
    scheduler answers, and where Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError("--dask", "no Dask on this machine", "pip install 'stepviz[cluster]'") from None

    def backend(chunks: Sequence[Chunk]) -> Iterator[tuple[int, Results]]:
        from distributed import as_completed

        client = _connect(Client, address)
        try:
            keys = [f"stepviz-{chunk.name}" for chunk in chunks]
            places = {key: place for place, key in enumerate(keys)}
            futures = client.map(compute, chunks, key=keys)
            finished = as_completed(futures, loop=client.loop, with_results=True)  # type: ignore[no-untyped-call]  # theirs
            for future, results in finished:
                yield places[future.key], results
                # Held in the cluster's memory no longer than needed.
                future.release()
        finally:
            client.close()

    return backend


def _connect(client: Callable[..., Any], address: str) -> Any:
    try:
        return client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError("--dask", f"{address} ({error})", "a running scheduler's tcp://HOST:PORT") from None
