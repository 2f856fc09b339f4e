"""A film as MP4, by FFmpeg: that of ``imageio-ffmpeg``, or the system's own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from stepviz.engine.common.atomic_files import UnfinishedFile
from stepviz.engine.common.errors import InputError
from stepviz.export.film.film import Pixels

MISSING = "FFmpeg (pip install imageio-ffmpeg, or the system's package ffmpeg); a GIF needs nothing"
# Nearly as good as the picture itself: these are lines and letters, not landscapes.
QUALITY = "16"
PATIENCE = 60.0


def ffmpeg() -> str | None:
    """Return where FFmpeg is, None where there is none."""
    if find_spec("imageio_ffmpeg") is not None:
        import imageio_ffmpeg

        try:
            return str(imageio_ffmpeg.get_ffmpeg_exe())
        except RuntimeError:
            pass
    return shutil.which("ffmpeg")


class Mp4Film:
    """A ``Film`` in H.264, which every player of the last ten years shows."""

    def __init__(self, path: Path, size: tuple[int, int], rate: int) -> None:
        """Begin; H.264 has no odd sizes.

        Raises InputError without FFmpeg, OSError where it cannot be started or there is no place to write.
        """
        program = ffmpeg()
        if program is None:
            raise InputError("an MP4", "no FFmpeg", MISSING)
        self._file = UnfinishedFile(path, path.suffix)
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
        width, height = size
        command = [
            program, "-loglevel", "error", "-nostdin", "-y",
            "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", f"{width}x{height}", "-framerate", str(rate),
            "-i", "pipe:0", "-an", "-vf", "format=yuv420p", "-c:v", "libx264", "-crf", QUALITY, "-preset", "medium",
            "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart",
            "-f", "mp4", str(self._file.path),
        ]  # fmt: skip
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._said, env=_environment(),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )  # fmt: skip
        except OSError:
            self._said.close()
            self._file.remove()
            raise

    def add(self, frame: Pixels) -> None:
        """Hand the next frame to FFmpeg."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(frame.tobytes())
        except OSError:
            raise self._failure() from None

    def finish(self, _going_on: Callable[[float], None]) -> None:
        """Wait for FFmpeg to end."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except OSError:
            raise self._failure() from None
        if self._process.wait() != 0:
            raise self._failure()
        self._said.close()
        self._file.put_in_place()

    def abandon(self) -> None:
        """End FFmpeg and leave nothing."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            # What it did not take before it was ended cannot be handed over any more.
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._said.close()
        self._file.remove()

    def _failure(self) -> OSError:
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        reason = lines[-1] if lines else f"it ended with code {self._process.returncode}"
        return OSError(f"FFmpeg: {reason}")


def _environment() -> dict[str, str]:
    """Return an environment in which a program of the system finds the system's libraries.

    A frozen program is started with its own libraries first, and keeps what the person had.
    """
    found = dict(os.environ)
    if getattr(sys, "frozen", False):
        before = found.pop("LD_LIBRARY_PATH_ORIG", None)
        found.pop("LD_LIBRARY_PATH", None)
        if before:
            found["LD_LIBRARY_PATH"] = before
    return found
