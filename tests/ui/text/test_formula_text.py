"""Formulas in a text of Qt."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtGui import QImage, QTextCursor
from pytestqt.qtbot import QtBot

from stepviz.lessons.formulas import MARK
from stepviz.ui.core.theme import font
from stepviz.ui.text.formula_text import FormulaBrowser


@pytest.fixture
def browser(qtbot: QtBot) -> FormulaBrowser:
    browser = FormulaBrowser()
    qtbot.addWidget(browser)
    browser.setFont(font(12))
    browser.resize(400, 300)
    browser.setStyleSheet("QTextBrowser { background: #ffffff; color: #000000 }")
    return browser


def lines(browser: FormulaBrowser, block: int = 0) -> tuple[float, float]:
    """Return ascent and descent of the first line of a block."""
    browser.show()
    line = browser.document().findBlockByNumber(block).layout().lineAt(0)
    return line.ascent(), line.descent()


def inked(browser: FormulaBrowser) -> list[tuple[int, int, str]]:
    """Return where something is drawn, and in which colour."""
    browser.show()
    image = browser.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    ground = image.pixelColor(image.width() - 1, image.height() - 1)
    pixels = ((x, y) for y in range(image.height()) for x in range(image.width()))
    return [(x, y, image.pixelColor(x, y).name()) for x, y in pixels if image.pixelColor(x, y) != ground]


def test_a_formula_stands_on_the_baseline_of_its_line(browser: FormulaBrowser) -> None:
    # In the same line, at the left and at the right.
    browser.show_text("x" + "\u00a0" * 20 + "$-$")
    drawn = inked(browser)
    letter = {y for x, y, _ in drawn if x < 30}
    minus = {y for x, y, _ in drawn if x > 30}
    # A minus sign is half as high above the baseline as a small letter, or a little more.
    assert min(letter) < min(minus) <= max(minus) < max(letter)
    browser.show_text("x" + "\u00a0" * 20 + "$x$")
    drawn = inked(browser)
    set_in_type = {y for x, y, _ in drawn if x > 30}
    assert abs(max(set_in_type) - max(letter)) <= 1
    assert abs(min(set_in_type) - min(letter)) <= 1


def test_a_line_makes_room_below_for_what_is_deep(browser: FormulaBrowser) -> None:
    browser.show_text("A line $x_1$ here")
    shallow = lines(browser)
    browser.show_text(r"A line $\frac{\frac12}{\frac12}$ here")
    deep = lines(browser)
    assert deep[1] > shallow[1] + 5
    assert deep[0] > shallow[0]
    below = browser.document().findBlockByNumber(0).layout().boundingRect().height()
    assert max(y for _, y, _ in inked(browser)) <= below + 2 * browser.document().documentMargin()


def test_it_has_the_colour_of_the_text_in_both_themes(browser: FormulaBrowser) -> None:
    browser.show_text(r"$$\frac{1}{2}$$")
    assert "#000000" in {colour for _, _, colour in inked(browser)}
    browser.setStyleSheet("QTextBrowser { background: #000000; color: #ffffff }")
    colours = {colour for _, _, colour in inked(browser)}
    assert "#ffffff" in colours
    assert "#000000" not in colours


def test_it_grows_with_the_type(browser: FormulaBrowser) -> None:
    browser.show_text("$x^2$")
    before = len(inked(browser))
    browser.setFont(font(24))
    assert len(inked(browser)) > 2.5 * before


def test_what_is_too_wide_is_made_smaller(browser: FormulaBrowser) -> None:
    browser.show_text("$$" + "a + " * 30 + "a$$")
    assert max(x for x, _, _ in inked(browser)) < browser.viewport().width()
    assert browser.horizontalScrollBar().maximum() == 0


def test_a_screen_reader_and_a_copy_have_it_in_words(browser: FormulaBrowser) -> None:
    browser.show_text("Now $h = 1$ for $z \\ge 0$.\n\n$$\\frac12$$\n\nEnd.")
    assert MARK in browser.toPlainText()
    assert browser.accessibleDescription() == "Now h = 1 for z ≥ 0.\n\n1/2\n\nEnd."
    browser.selectAll()
    assert browser.createMimeDataFromSelection().text() == "Now h = 1 for z ≥ 0.\n1/2\nEnd."
    cursor = browser.textCursor()
    cursor.setPosition(len("Now h for "))
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    browser.setTextCursor(cursor)
    assert browser.createMimeDataFromSelection().text() == "z ≥ 0."


def test_one_that_cannot_be_set_is_shown_in_words(browser: FormulaBrowser) -> None:
    browser.show_text("So $\\def\\x{y} \\ge$ and $x_1$")
    assert browser.toPlainText() == f"So defxy ≥ and {MARK}"


def test_a_sign_for_an_object_that_was_typed_is_no_formula(browser: FormulaBrowser) -> None:
    browser.show_text(f"One {MARK} two $x$")
    assert browser.toPlainText() == f"One  two {MARK}"


def test_a_picture_of_the_folder_is_shown_no_wider_than_the_text_and_no_other(
    browser: FormulaBrowser, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    red = QImage(900, 90, QImage.Format.Format_RGB32)
    red.fill(0xFFFF0000)
    assert red.save(str(folder / "red.png"))
    assert red.save(str(tmp_path / "outside.png"))
    browser.show_text("Look:\n\n![a red bar](red.png)", folder)
    across = {x for x, _, colour in inked(browser) if colour == "#ff0000"}
    assert 300 < max(across) < browser.viewport().width()
    browser.resize(250, 300)
    narrower = {x for x, _, colour in inked(browser) if colour == "#ff0000"}
    assert 150 < max(narrower) < browser.viewport().width()
    for name in ("../outside.png", str(tmp_path / "outside.png"), f"file://{tmp_path}/outside.png"):
        browser.show_text(f"![a red bar]({name})", folder)
        assert "#ff0000" not in {colour for _, _, colour in inked(browser)}, name


def test_a_picture_that_was_drawn_anew_is_seen(browser: FormulaBrowser, tmp_path: Path) -> None:
    for colour in (0xFFFF0000, 0xFF0000FF):
        picture = QImage(50, 50, QImage.Format.Format_RGB32)
        picture.fill(colour)
        assert picture.save(str(tmp_path / "a.png"))
        os.utime(tmp_path / "a.png", (colour % 1000, colour % 1000))
        browser.show_text("![a](a.png)", tmp_path)
        assert f"#{colour - 0xFF000000:06x}" in {found for _, _, found in inked(browser)}
