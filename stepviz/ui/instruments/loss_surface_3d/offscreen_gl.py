"""OpenGL that draws into a picture: the window stays what it is, and is not composed anew by the driver."""

from __future__ import annotations

from collections.abc import Callable

from OpenGL import GL
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QImage, QOffscreenSurface, QOpenGLContext
from PySide6.QtOpenGL import QOpenGLFramebufferObject, QOpenGLFramebufferObjectFormat


class OffscreenGL(QObject):
    """A context without a window, and one picture that it draws into.

    A QOpenGLWidget in a window makes Qt compose the whole window with OpenGL: on a machine whose OpenGL is software,
    that costs each frame more than the landscape does.

    Raises ``RuntimeError`` where no context can be made.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.context = _context()
        self._surface = QOffscreenSurface(None, self)
        self._surface.setFormat(self.context.format())
        self._surface.create()
        self._target: QOpenGLFramebufferObject | None = None
        self._asked = (0, 0, 0)

    def make_current(self) -> None:
        """Let OpenGL's commands mean this context. Raises ``RuntimeError`` where the driver refuses."""
        if not self.context.makeCurrent(self._surface):
            raise RuntimeError("the OpenGL context was lost")

    def picture(self, width: int, height: int, samples: int, paint: Callable[[], None]) -> QImage:
        """Return what ``paint`` draws, ``width`` × ``height`` pixels, each of ``samples`` samples (0: hard edges)."""
        self.make_current()
        target = self._target
        if target is None or self._asked != (width, height, samples):
            target = self._target = _target(width, height, samples)
            self._asked = (width, height, samples)
        target.bind()
        GL.glViewport(0, 0, width, height)
        paint()
        image = target.toImage()
        target.release()
        return image


def _context() -> QOpenGLContext:
    """Return the program's one context: pyqtgraph keeps compiled shaders, which mean nothing to another."""
    application = QGuiApplication.instance()
    assert application is not None
    if found := application.findChild(QOpenGLContext):
        return found
    context = QOpenGLContext(application)
    if not context.create():
        context.setParent(None)
        raise RuntimeError("no OpenGL context could be made")
    return context


def _target(width: int, height: int, samples: int) -> QOpenGLFramebufferObject:
    kind = QOpenGLFramebufferObjectFormat()
    kind.setAttachment(QOpenGLFramebufferObject.Attachment.CombinedDepthStencil)
    kind.setSamples(samples)
    target = QOpenGLFramebufferObject(width, height, kind)
    if not target.isValid():
        raise RuntimeError(f"the driver draws no picture of {width} × {height} pixels")
    return target
