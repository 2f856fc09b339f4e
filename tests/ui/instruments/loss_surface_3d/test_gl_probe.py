"""What the other process says of OpenGL, and what it says no longer."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from stepviz.ui.instruments.loss_surface_3d.gl_probe import WITHOUT, OpenGL, OpenGLCheck, read_answer


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('{"opengl": "OpenGL 4.5", "opengl_through": "glx"}\n', OpenGL(True, "OpenGL 4.5", "glx")),
        ('noise\n{"opengl": "OpenGL ES 3.2", "opengl_through": "egl"}', OpenGL(True, "OpenGL ES 3.2", "egl")),
        ('{"opengl": "too old: OpenGL 1.4"}', OpenGL(False, "too old: OpenGL 1.4")),
        ('{"opengl": "none: no context can be created"}', OpenGL(False, "no context can be created")),
        ("", OpenGL(False, "the graphics driver ended the process that tried it")),
        ("Aborted", OpenGL(False, "the graphics driver ended the process that tried it")),
    ],
)
def test_answers(answer: str, found: OpenGL) -> None:
    assert read_answer(answer) == found


def test_a_platform_without_opengl_is_known_without_asking(qtbot: QtBot) -> None:
    if QGuiApplication.platformName() not in WITHOUT:
        pytest.skip("this platform may have OpenGL")
    check = OpenGLCheck()
    with qtbot.waitSignal(check.found) as told:
        check.start()
    assert "has no OpenGL" in told.args[0].words
    assert not told.args[0].usable


def test_a_process_that_dies_is_an_answer_too(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepviz.ui.instruments.loss_surface_3d.gl_probe.WITHOUT", ())
    monkeypatch.setattr(sys, "executable", "/does/not/exist")
    check = OpenGLCheck()
    with qtbot.waitSignal(check.found) as told:
        check.start()
    assert told.args[0] == OpenGL(False, "the graphics driver ended the process that tried it")
