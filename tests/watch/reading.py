"""What a recording holds, read by the reader of the window."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from stepviz.recordings.blocks import BlockReader, Said


class Read:
    """All rows and words of a recording."""

    def __init__(self, path: Path | str, piece: int = 1 << 20) -> None:
        self.reader = BlockReader()
        self.words: list[dict[str, Any]] = []
        rows: dict[str, list[np.ndarray]] = defaultdict(list)
        data = Path(path).read_bytes()
        for start in range(0, len(data), piece):
            for event in self.reader.feed(data[start : start + piece]):
                if isinstance(event, Said):
                    self.words.append(event.words)
                else:
                    rows[event.table.name].append(event.rows)
        self.rows = {name: np.concatenate(found) for name, found in rows.items()}
        self.head = self.words[0] if self.words else {}

    def __getitem__(self, table: str) -> np.ndarray:
        return self.rows.get(table, np.zeros(0))

    def said(self, what: str) -> list[dict[str, Any]]:
        return [words for words in self.words if words.get("what") == what]

    @property
    def notes(self) -> str:
        return "\n".join(words["text"] for words in self.said("words"))

    def units_of(self, layer: str) -> slice:
        at = 0
        for described in self.head["layers"]:
            if described["name"] == layer:
                return slice(at, at + described["units"])
            at += described["units"]
        raise KeyError(layer)
