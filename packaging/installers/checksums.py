"""SHA256SUMS of all that lies in ``dist``: ``sha256sum -c SHA256SUMS`` checks it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from installers.workplace import Workplace

NAME = "SHA256SUMS"


def build(place: Workplace) -> list[Path]:
    """Write the sums anew."""
    files = sorted(path for path in place.dist.iterdir() if path.is_file() and path.name != NAME)
    lines = [f"{_sum(path)}  {path.name}\n" for path in files]
    (place.dist / NAME).write_text("".join(lines))
    return [place.dist / NAME]


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
