"""What Qt finds on this machine. It runs in a process of its own: a broken driver or platform aborts it."""

from __future__ import annotations

import sys

import msgspec


def main() -> int:
    """Print what was found as one line of JSON."""
    from PySide6.QtGui import QFontDatabase, QFontInfo, QGuiApplication

    application = QGuiApplication(sys.argv[:1])
    from stepviz.ui.core.theme import font

    shipped = font(10)
    found: dict[str, object] = {
        "platform": application.platformName(),
        "screens": [
            f"{screen.size().width()} × {screen.size().height()}, scale {screen.devicePixelRatio():g}, "
            f"{screen.refreshRate():.0f} Hz"
            for screen in application.screens()
        ],
        "font": QFontInfo(shipped).family(),
        "font_wanted": shipped.family(),
        "font_families": len(QFontDatabase.families()),
    }
    found["opengl"], found["opengl_through"] = _opengl(application.platformName())
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    sys.stdout.flush()
    return 0


def _opengl(platform: str) -> tuple[str, str]:
    """Return what OpenGL there is, or why there is none, and the library through which its context is made."""
    from PySide6.QtGui import QOffscreenSurface, QOpenGLContext

    if platform in ("offscreen", "minimal", "vnc", "linuxfb"):
        return f"none: the platform {platform} has no OpenGL", ""
    context = QOpenGLContext()
    if not context.create():
        return "none: no context can be created", ""
    surface = QOffscreenSurface()
    surface.setFormat(context.format())
    surface.create()
    if not surface.isValid() or not context.makeCurrent(surface):
        return "none: a context cannot be made current", ""
    version = (context.format().majorVersion(), context.format().minorVersion())
    embedded = context.isOpenGLES()
    through = _library()
    context.doneCurrent()
    name = "OpenGL ES" if embedded else "OpenGL"
    words = f"{name} {version[0]}.{version[1]}"
    return (words if embedded or version >= (2, 1) else f"too old: {words}"), through


def _library() -> str:
    """Return which library knows of the context that is current: PyOpenGL has to be told."""
    import ctypes

    if not sys.platform.startswith("linux"):
        return ""
    for name, library, function in (
        ("glx", "libGL.so.1", "glXGetCurrentContext"), ("egl", "libEGL.so.1", "eglGetCurrentContext"),
    ):  # fmt: skip
        try:
            current = getattr(ctypes.CDLL(library), function)
        except (OSError, AttributeError):
            continue
        current.restype = ctypes.c_void_p
        if current():
            return name
    return ""
