"""Begin a film of the kind that the suffix names."""

from __future__ import annotations

from pathlib import Path

from stepviz.engine.common.errors import InputError
from stepviz.export.film.film import Film


def open_film(path: Path, size: tuple[int, int], rate: int) -> Film:
    """Begin a film of ``size`` (width, height), both even, and ``rate`` frames a second.

    Its kind follows from the suffix. Raises InputError for another suffix or where what makes an MP4 is missing,
    OSError for a folder that cannot be written to.
    """
    match path.suffix.lower():
        case ".gif":
            from stepviz.export.film.gif import GifFilm

            return GifFilm(path, rate)
        case ".mp4":
            from stepviz.export.film.mp4 import Mp4Film

            return Mp4Film(path, size, rate)
    raise InputError("the name of the film", path.name, "one that ends in .gif or .mp4")
