"""Finished chunks on disk: written whole or not at all, read back if they are whole."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from stepviz.engine.common.atomic_files import write_whole
from stepviz.studies.study import Chunk, Results

FOLDER = "chunks"


class Store:
    """The chunks in an output folder."""

    def __init__(self, output: Path) -> None:
        self.folder = output / FOLDER

    def write(self, chunk: Chunk, results: Results) -> None:
        """Keep a chunk's results. Raises OSError where that cannot be."""
        packed = io.BytesIO()
        np.savez(packed, **results)  # type: ignore[arg-type]  # the stub means its keyword allow_pickle
        write_whole(self._path(chunk), packed.getvalue())

    def read(self, chunk: Chunk) -> Results | None:
        """Return a chunk's results; None where they are not there, or damaged and so to be computed again."""
        try:
            with np.load(io.BytesIO(self._path(chunk).read_bytes()), allow_pickle=False) as stored:
                results = {name: stored[name] for name in stored.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            return None
        whole = all(array.shape[:1] == (chunk.draws.count,) for array in results.values())
        return results if results and whole else None

    def _path(self, chunk: Chunk) -> Path:
        return self.folder / f"{chunk.study}-{chunk.name}.npz"
