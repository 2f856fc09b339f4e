"""The colours of a GIF: at most 255 for a whole film, chosen so that what has a meaning keeps its colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stepviz.export.film.film import Pixels, packed

# One of 256 is left for «as in the frame before».
COLOURS = 255
Counts = NDArray[np.integer[Any]]
# Backgrounds, text, curves and states are drawn in single colours that cover many pixels: these stay as they are.
EXACT = 64


def choose_palette(frames: Sequence[Pixels]) -> Pixels:
    """Return (255, 3) colours for films that look like these frames.

    The commonest colours are kept. Each further one is that of which most is lost so far: the squared distance to the
    nearest colour chosen times the root of the number of pixels (a greedy k-centre, Gonzalez 1985, with weights). So a
    small sign in a colour of its own keeps it, and a gradient gets its steps.
    """
    colours, counts = _thinned(
        *np.unique(np.concatenate([packed(frame).ravel() for frame in frames]), return_counts=True)
    )
    points = np.stack([colours >> 16 & 255, colours >> 8 & 255, colours & 255], axis=1).astype(np.float64)
    weights = np.sqrt(counts)
    chosen = np.argsort(-counts, kind="stable")[:EXACT].tolist()
    lost = np.min([_distances(points, place) for place in chosen], axis=0)
    while len(chosen) < min(COLOURS, len(points)):
        place = int(np.argmax(lost * weights))
        chosen.append(place)
        np.minimum(lost, _distances(points, place), out=lost)
    palette = np.empty((COLOURS, 3), dtype=np.uint8)
    palette[:] = points[chosen[0]]
    palette[: len(chosen)] = points[chosen]
    return palette


def _thinned(colours: Counts, counts: Counts) -> tuple[Counts, Counts]:
    """Return of each cell of 4 × 4 × 4 colours the commonest, with the number of all pixels in the cell."""
    cells = colours & 0xFCFCFC
    order = np.lexsort((-counts, cells))
    _, first, cell = np.unique(cells[order], return_index=True, return_inverse=True)
    return colours[order][first], np.bincount(cell, weights=counts[order]).astype(np.int64)


def _distances(points: NDArray[np.float64], place: int) -> NDArray[np.float64]:
    found: NDArray[np.float64] = ((points - points[place]) ** 2).sum(axis=1)
    return found


class Painter:
    """Paints frames with the colours of a palette."""

    def __init__(self, palette: Pixels) -> None:
        self.image = Image.new("P", (1, 1))
        self.image.putpalette(palette.tobytes())

    def paint(self, frame: Pixels) -> Pixels:
        """Return the places in the palette (height, width) that are nearest to each pixel; nothing is dithered.

        Dithering would put a pattern into flat areas and let it flicker from frame to frame.
        """
        painted = Image.fromarray(frame).quantize(palette=self.image, dither=Image.Dither.NONE)
        return np.asarray(painted)
