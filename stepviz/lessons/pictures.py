"""The pictures in a lesson's texts: files of its own folder, of a reasonable size on the disc and on the screen."""

from __future__ import annotations

import warnings
from pathlib import Path

from stepviz.engine.common.errors import InputError
from stepviz.lessons.limits import LARGEST_PICTURE, file_inside

KINDS = (".png", ".jpg", ".jpeg")
# Of a few kilobytes a picture can be made that fills all memory when it is opened.
MOST_PIXELS = 16_000_000


def check_picture(name: str, folder: Path, source: str, line: int) -> None:
    """Raise InputError unless ``name`` is a picture in the folder itself that can be shown."""
    path = picture_path(name, folder)
    if path is None:
        kind = f"the name of a PNG or JPEG in the lesson's own folder, of at most {LARGEST_PICTURE >> 20} MB"
        raise InputError("picture", name or "nothing", kind, source=source, line=line)
    try:
        width, height = picture_size(path)
    except ValueError:
        raise InputError("picture", f"{name}, which is none", "a PNG or JPEG", source=source, line=line) from None
    if width * height > MOST_PIXELS:
        found, most = f"{name} of {width:,} × {height:,} pixels", f"at most {MOST_PIXELS // 10**6} million pixels"
        raise InputError("picture", found, most, source=source, line=line)


def picture_path(name: str, folder: Path) -> Path | None:
    """Return where the picture of a lesson is; None for what is no file of its folder, or too large."""
    return file_inside(folder, name, KINDS, LARGEST_PICTURE)


def picture_size(path: Path) -> tuple[int, int]:
    """Return width and height, read from the head of the file. Raises ValueError for what is no picture."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # It warns of large pictures, before one can ask how large.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG")) as picture:
                return picture.size
    except Image.DecompressionBombError:
        return MOST_PIXELS, MOST_PIXELS
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise ValueError(str(error)) from None
