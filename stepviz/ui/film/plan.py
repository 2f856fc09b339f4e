"""What a film is to be: of what, how large, how long, how many steps from one picture to the next."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize

# Instead of the key of an instrument: the window itself.
WINDOW = "window"
# Bytes a frame and pixel of films of real runs; what moves, and how much, makes them differ by a factor of three.
BYTES = {".gif": 0.06, ".mp4": 0.012}


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """``height`` is in pixels, 0 as on screen; the width follows from what is shown.

    ``frames`` pictures follow one another at ``rate`` a second, each ``steps`` updates after the last; the first one
    shows the run as it stands, with ``restart`` at step 0.
    """

    what: str
    suffix: str
    height: int
    frames: int
    rate: int
    steps: int
    restart: bool

    def scale(self, shown: QSize) -> float:
        """Return how many times as large as on screen the pictures are."""
        return self.height / shown.height() if self.height else 1.0

    def size(self, shown: QSize) -> QSize:
        """Return the size of the pictures in pixels, both even, as films need it."""
        scale = self.scale(shown)
        return QSize(*(max(2, round(length * scale) // 2 * 2) for length in (shown.width(), shown.height())))

    def in_words(self, shown: QSize) -> str:
        """Return how long and how large it will be, in a sentence."""
        size = self.size(shown)
        megabytes = BYTES[self.suffix] * self.frames * size.width() * size.height() / 1e6
        about = f"{megabytes:.0f}" if megabytes >= 2 else f"{megabytes:.1f}"
        updates = f"{self.steps * (self.frames - 1):,}"
        return (
            f"{self.frames / self.rate:g} s: {self.frames} pictures of {size.width()} × {size.height()} over {updates} "
            f"steps, very roughly {about} MB."
        )
