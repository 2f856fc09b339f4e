"""Who computes the chunks: this process, several, or a Dask cluster. The numbers are the same."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, wait
from importlib.util import find_spec
from itertools import islice
from shutil import which
from typing import Any

import numpy as np

from stepviz.engine.common.errors import InputError
from stepviz.studies.study import Chunk, Results

# A chunk's place in the sequence, and its results.
Finished = tuple[int, Results]
# Takes chunks, yields them in any order as soon as they are finished; None now and then while there is nothing new, so
# that whoever waits can end it.
Backend = Callable[[Sequence[Chunk]], Iterator[Finished | None]]

SECONDS_TO_CONNECT, SECONDS_TO_CLOSE = 10, 2
# How long a person who cancels may have to wait.
PATIENCE = 0.1
# How often a process looks whether its parent is there, in seconds.
LOOK = 1.0
# Processes without work end after so many seconds.
IDLE = 30


class ClusterLostError(Exception):
    """The scheduler of a cluster does not answer any more; what was finished is stored."""


def compute(chunk: Chunk) -> Results:
    """Return a chunk's results; runs in whichever process, which may have another version of stepviz: InputError."""
    from stepviz.studies.study_table import STUDIES

    study = STUDIES.get(chunk.study)
    if study is None or study.version != chunk.version:
        found = "no such study" if study is None else f"version {study.version} of the study"
        raise InputError("the workers' stepviz", found, f"version {chunk.version}: the same stepviz everywhere")
    with np.errstate(all="ignore"):
        return study.run(chunk.cell, chunk.draws)


def one_process(chunks: Sequence[Chunk]) -> Iterator[Finished | None]:
    """Compute one chunk after the other, here."""
    for place, chunk in enumerate(chunks):
        yield place, compute(chunk)


def same_program(chunks: Sequence[Chunk], jobs: int, *, gently: bool = False) -> Iterator[Finished | None]:
    """Compute in processes that are this program again: beside a frozen one there is no Python for joblib to start."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    begin = (os.getpid(), gently)
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin, initargs=begin)
    return _in_pool(pool, chunks, jobs)


def other_processes(chunks: Sequence[Chunk], jobs: int, *, gently: bool = False) -> Iterator[Finished | None]:
    """Compute in processes of Python that joblib starts."""
    from joblib.externals.loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(jobs, timeout=IDLE, initializer=_begin, initargs=(os.getpid(), gently))
    return _in_pool(pool, chunks, jobs)


def _in_pool(pool: Any, chunks: Sequence[Chunk], jobs: int) -> Iterator[Finished | None]:
    whole = False
    try:
        yield from _as_finished(pool, chunks, jobs)
        whole = True
    finally:
        # Those that compute what nobody wants any more would be waited for. Neither pool has another way to end them:
        # the «kill_workers» of joblib's loses its thread where a part was handed over a moment before.
        for process in [] if whole else list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown()


def _begin(parent: int, gently: bool) -> None:
    # A key pressed in the terminal is for the program that the person started.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if gently and hasattr(os, "nice"):
        os.nice(10)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process once its parent is gone: one that was killed could not end it."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)


def _as_finished(pool: Executor, chunks: Sequence[Chunk], jobs: int) -> Iterator[Finished | None]:
    """Yield results as soon as they are there, and None where there are none for a while."""
    places, ahead = iter(range(len(chunks))), 2 * jobs
    waiting = {pool.submit(compute, chunks[place]): place for place in islice(places, ahead)}
    while waiting:
        finished, _ = wait(waiting, timeout=PATIENCE, return_when=FIRST_COMPLETED)
        if not finished:
            yield None
        for future in finished:
            # Only so many at a time: waiting for all of them looks at all of them each time.
            waiting |= {pool.submit(compute, chunks[place]): place for place in islice(places, 1)}
            yield waiting.pop(future), future.result()


def _joblib_can_end_them() -> bool:
    # Where it has neither psutil nor pgrep, the thread in which joblib watches its processes fails when one has ended.
    return sys.platform == "win32" or find_spec("psutil") is not None or which("pgrep") is not None


def processes(count: int = 0, *, apart: bool = False) -> Backend:
    """Return the backend of ``count`` processes (0: as many as there are cores), each with one thread.

    Where one is enough it is this one, unless all are to be ``apart`` from it: those can be ended at any time, and
    leave the machine to whoever else wants it.
    """

    def backend(chunks: Sequence[Chunk]) -> Iterator[Finished | None]:
        jobs = min(count or os.cpu_count() or 1, len(chunks))
        if jobs <= 1 and not apart:
            return one_process(chunks)
        by_joblib = not getattr(sys, "frozen", False) and _joblib_can_end_them()
        return (other_processes if by_joblib else same_program)(chunks, jobs, gently=apart)

    return backend


def cluster(address: str) -> Backend:
    """Return the backend of a running Dask scheduler, whose workers have stepviz installed.

    A worker that is lost costs time only: the scheduler gives its chunks to another. Raises InputError where no
    scheduler answers, and where Dask is not installed, and ClusterLostError where it answers no more.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError("--dask", "no Dask on this machine", "pip install distributed") from None

    def backend(chunks: Sequence[Chunk]) -> Iterator[Finished | None]:
        from distributed import as_completed

        # What happens to the connection is said once, in our words: Dask would write each of its tracebacks.
        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        client = _connect(Client, address)
        try:
            keys = [f"stepviz-{chunk.name}" for chunk in chunks]
            places = {key: place for place, key in enumerate(keys)}
            futures = client.map(compute, chunks, key=keys)
            finished = as_completed(futures, loop=client.loop, with_results=True)  # type: ignore[no-untyped-call]  # theirs
            for future, results in finished:
                if isinstance(results, BaseException):
                    # So Dask hands on what it calls cancelled because the connection is gone.
                    raise results
                yield places[future.key], results
                # Held in the cluster's memory no longer than needed.
                future.release()
        except (CancelledError, OSError, TimeoutError) as error:
            raise ClusterLostError(f"the Dask scheduler at {address} does not answer any more") from error
        finally:
            client.close(timeout=SECONDS_TO_CLOSE)

    return backend


def _connect(client: Callable[..., Any], address: str) -> Any:
    try:
        return client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError("--dask", f"{address} ({error})", "a running scheduler's tcp://HOST:PORT") from None
