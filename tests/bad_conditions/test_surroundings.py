"""Fonts, locales and graphics that are missing or strange."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Start
from .locales import make_locale

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the graphics and fonts of Linux")
NO_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}</cachedir></fontconfig>
"""
LOCALES = ["C", "POSIX", "ar_EG.UTF-8", "fa_IR.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8", "az_AZ.UTF-8", "ku_TR.UTF-8"]
TURKISH = ["tr_TR.UTF-8", "az_AZ.UTF-8", "ku_TR.UTF-8"]
TEXT_OF_A_SPIN_BOX = """
import locale
from stepviz.app import application
qt = application()
from PySide6.QtWidgets import QDoubleSpinBox
box = QDoubleSpinBox()
box.setValue(12.5)
assert not qt.isRightToLeft()
print(box.text(), box.valueFromText("3.5"), locale.setlocale(locale.LC_CTYPE))
"""


@pytest.mark.long
def test_without_any_font_installed_it_writes_in_its_own(start: Start, tmp_path: Path) -> None:
    nowhere = tmp_path / "fonts"
    nowhere.mkdir()
    configuration = tmp_path / "fonts.conf"
    configuration.write_text(NO_FONTS.format(folder=nowhere))
    variables = {"FONTCONFIG_FILE": str(configuration)}
    found = start.run("doctor", variables=variables).output
    (line,) = (line.split() for line in found.splitlines() if line.split()[:1] == ["font"])
    assert line[:2] == ["font", "Inter"]
    picture = tmp_path / "window.png"
    assert start.run("--quit-after", "1", "--screenshot", str(picture), variables=variables).code == 0
    assert picture.stat().st_size > 10_000


@pytest.fixture(scope="session")
def locale_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("locales")


@pytest.mark.parametrize("locale", LOCALES)
def test_numbers_look_the_same_in_every_locale(start: Start, locale: str, locale_folder: Path) -> None:
    done = start.run(command=["-c", TEXT_OF_A_SPIN_BOX], variables=make_locale(locale, locale_folder))
    # The last: that it ran in the locale at all. Qt takes C.UTF-8 where C is asked for.
    assert done.output.split() == ["12.50", "3.5", locale if "." in locale else "C.UTF-8"], done.errors


@pytest.mark.parametrize("locale", TURKISH)
def test_it_opens_where_a_small_i_has_another_capital(start: Start, locale: str, locale_folder: Path) -> None:
    done = start.run("--quit-after", "0.5", "--start-page", variables=make_locale(locale, locale_folder))
    assert done.code == 0, done.errors


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.long
def test_it_opens_and_speaks_in_every_locale(start: Start, locale: str, locale_folder: Path) -> None:
    variables = make_locale(locale, locale_folder)
    variables |= {"PYTHONIOENCODING": "", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert start.run("--quit-after", "0.5", variables=variables).code == 0
    assert start.run("doctor", variables=variables).code == 0
    assert start.run("train", "--steps", "2", variables=variables).code == 0


@pytest.mark.screen
class TestGraphics:
    @pytest.fixture
    def screen_without_opengl(self) -> Iterator[str]:
        server = shutil.which("Xvfb")
        if server is None:
            pytest.skip("Xvfb is not installed")
        reader, writer = os.pipe()
        process = subprocess.Popen(
            [server, "-screen", "0", "1280x800x24", "-extension", "GLX", "-displayfd", str(writer)], pass_fds=[writer],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(writer)
        yield ":" + os.read(reader, 16).decode().strip()
        os.close(reader)
        process.terminate()
        process.wait()

    @pytest.mark.long
    def test_without_opengl_it_opens(self, start: Start, screen_without_opengl: str, tmp_path: Path) -> None:
        variables = {"DISPLAY": screen_without_opengl, "QT_QPA_PLATFORM": "xcb"}
        picture = tmp_path / "window.png"
        done = start.run("--quit-after", "2", "--screenshot", str(picture), variables=variables)
        assert done.code == 0, done.errors
        assert picture.stat().st_size > 10_000

    @pytest.mark.long
    def test_with_an_opengl_of_a_remote_desktop_it_opens_and_says_so(self, start: Start, tmp_path: Path) -> None:
        variables = {"MESA_GL_VERSION_OVERRIDE": "1.4", "QT_QPA_PLATFORM": "xcb"}
        (line,) = (line for line in start.run("doctor", variables=variables).output.splitlines() if "OpenGL" in line)
        assert "too old" in line or "none" in line
        picture = tmp_path / "window.png"
        assert start.run("--quit-after", "2", "--screenshot", str(picture), variables=variables).code == 0
        assert picture.stat().st_size > 10_000
