"""A film as GIF: frames are kept aside until their colours are known, then written with one palette for all."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import GifImagePlugin, Image

from stepviz.engine.common.atomic_files import UnfinishedFile
from stepviz.export.film.film import Pixels
from stepviz.export.film.palette import COLOURS, Painter, choose_palette

# So many frames, spread evenly, say which colours the film has.
SAMPLE = 12
# The place after those of the palette: such a pixel stays as it was.
UNCHANGED = COLOURS


class GifFilm:
    """A ``Film`` that repeats for ever."""

    def __init__(self, path: Path, rate: int) -> None:
        """Begin. Raises OSError for a folder that cannot be written to."""
        self._rate = rate
        self._file = UnfinishedFile(path, path.suffix)
        self._lengths: list[int] = []
        try:
            # Beside the film, where there is room for one, and gone with the process.
            self._aside: BinaryIO = tempfile.TemporaryFile(dir=path.parent)  # noqa: SIM115 - closed at the end
        except OSError:
            self._file.remove()
            raise
        self._shape: tuple[int, ...] = ()

    def add(self, frame: Pixels) -> None:
        """Keep the next frame."""
        self._shape = frame.shape
        content = zlib.compress(frame.tobytes(), 1)
        self._aside.write(content)
        self._lengths.append(len(content))

    def finish(self, going_on: Callable[[float], None]) -> None:
        """Choose the colours and write the file."""
        chosen = np.unique(np.linspace(0, len(self._lengths) - 1, SAMPLE).astype(int))
        painter = Painter(choose_palette([frame for place, frame in enumerate(self._frames()) if place in chosen]))
        with self._file.path.open("wb") as file:
            before: Pixels | None = None
            for place, frame in enumerate(self._frames()):
                going_on(place / len(self._lengths))
                now = painter.paint(frame)
                if before is None:
                    file.writelines(self._header(painter, now))
                file.writelines(self._data(painter, before, now))
                before = now
            file.write(b";")
        self._aside.close()
        self._file.put_in_place()

    def abandon(self) -> None:
        """Leave nothing."""
        self._aside.close()
        self._file.remove()

    def _frames(self) -> Iterator[Pixels]:
        self._aside.seek(0)
        for length in self._lengths:
            yield np.frombuffer(zlib.decompress(self._aside.read(length)), dtype=np.uint8).reshape(self._shape)

    def _header(self, painter: Painter, first: Pixels) -> list[bytes]:
        header: list[bytes] = GifImagePlugin.getheader(_image(painter, first), info={"loop": 0})[0]
        return header

    def _data(self, painter: Painter, before: Pixels | None, now: Pixels) -> list[bytes]:
        """Return a frame as the part of the picture that has changed, with the rest of that part left as it was."""
        top, left, part = 0, 0, now
        if before is not None:
            changed = now != before
            rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
            # A frame in which nothing moves still takes its time.
            top, left = (int(rows[0]), int(columns[0])) if len(rows) else (0, 0)
            bottom, right = (int(rows[-1]) + 1, int(columns[-1]) + 1) if len(rows) else (1, 1)
            place = np.s_[top:bottom, left:right]
            part = np.where(changed[place], now[place], UNCHANGED).astype(np.uint8)
        data: list[bytes] = GifImagePlugin.getdata(
            _image(painter, part), (left, top), duration=1000 // self._rate, transparency=UNCHANGED, disposal=1
        )
        return data


def _image(painter: Painter, places: Pixels) -> Image.Image:
    image = Image.fromarray(places, "P")
    palette = painter.image.getpalette() or []
    image.putpalette([*palette[: 3 * COLOURS], 0, 0, 0])
    return image
