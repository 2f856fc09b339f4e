"""Whether this machine can draw in three dimensions: asked of a process of its own, for a broken driver aborts it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import QObject, QProcess, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from stepviz.ui.core.timers import single_shot

PATIENCE_MS = 20_000
WITHOUT = ("offscreen", "minimal", "vnc", "linuxfb")


@dataclass(frozen=True, slots=True)
class OpenGL:
    """Whether it is ``usable``, in ``words`` what it is or why not; ``through`` is «glx», «egl» or nothing."""

    usable: bool
    words: str
    through: str = ""


class OpenGLCheck(QObject):
    """Looks for OpenGL without keeping the window waiting; ``found`` carries an OpenGL, once."""

    found = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._process.finished.connect(lambda _code, _status: self._finish())
        self._process.errorOccurred.connect(lambda _error: self._finish())
        self._patience = single_shot(self, self._process.kill)
        self._done = False

    def start(self) -> None:
        """Begin to look; the answer comes later, even where it is known at once."""
        platform = QGuiApplication.platformName()
        if platform in WITHOUT:
            QTimer.singleShot(0, self, lambda: self._tell(OpenGL(False, f"the platform «{platform}» has no OpenGL")))
            return
        program = [] if getattr(sys, "frozen", False) else ["-m", "stepviz"]
        self._process.start(sys.executable, [*program, "doctor", "--look-at-qt"])
        self._patience.start(PATIENCE_MS)

    def stop(self) -> None:
        """Look no longer."""
        self._done = True
        if self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(2000)

    def _finish(self) -> None:
        answer = bytes(self._process.readAllStandardOutput().data()).decode("utf-8", "replace")
        self._tell(read_answer(answer))

    def _tell(self, found: OpenGL) -> None:
        if not self._done:
            self._done = True
            self._patience.stop()
            self.found.emit(found)


def read_answer(answer: str) -> OpenGL:
    """Return what the other process found; of one that ended without an answer, that."""
    try:
        found = msgspec.json.decode(answer.splitlines()[-1], type=dict[str, object])
    except (IndexError, msgspec.DecodeError):
        return OpenGL(False, "the graphics driver ended the process that tried it")
    words = str(found.get("opengl", "none: not looked for"))
    usable = not words.startswith(("none", "too old"))
    return OpenGL(usable, words.removeprefix("none: "), str(found.get("opengl_through", "")))


def prepare(found: OpenGL) -> None:
    """Tell PyOpenGL, before it is imported, through which library the context was made."""
    if found.through == "egl":
        os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
