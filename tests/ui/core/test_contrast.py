"""Text is read from the back row: its contrast is computed from the colours of both themes."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox
from pytestqt.qtbot import QtBot

from stepviz.ui.core.contrast import LEAST_FOR_GRAPHICS, LEAST_FOR_TEXT, contrast, ink_on
from stepviz.ui.core.theme import DARK, LIGHT, Colours, Theme
from stepviz.ui.race.lane_colours import lane_colour
from stepviz.ui.text.number_format import mix

THEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
# All in which words and numbers are written.
INKS = ("text", "muted", "accent", "train", "test", "zero", "active", "saturated", "starved")
# All that large graphics (lines, bars, signs, cells) are drawn in.
SHAPES = (*INKS, "mark", "first_class", "second_class")


def grounds(colours: Colours) -> dict[str, QColor]:
    """Return all that words are written on."""
    return {
        "window": QColor(colours.window),
        "surface": QColor(colours.surface),
        "raised": QColor(colours.raised),
        "status line of a run that is ill": mix(colours.surface, colours.zero, 0.10),
        "notice of a problem": mix(colours.raised, colours.zero, 0.08),
        "notice": mix(colours.raised, colours.accent, 0.08),
        "card of a finding": mix(colours.raised, colours.accent, 0.07),
        "button under the mouse": mix(colours.raised, colours.accent, 0.10),
    }


@THEMES
def test_text_stands_out_from_every_ground(colours: Colours) -> None:
    low = {
        f"{ink} on {name}": round(ratio, 2)
        for ink in INKS
        for name, ground in grounds(colours).items()
        if (ratio := contrast(getattr(colours, ink), ground)) < LEAST_FOR_TEXT
    }
    assert not low


@THEMES
def test_text_stands_out_from_what_is_chosen(colours: Colours) -> None:
    chosen = mix(colours.surface, colours.accent, 0.16)
    for ink in (colours.text, colours.muted, colours.accent):
        assert contrast(ink, chosen) >= LEAST_FOR_TEXT
    assert contrast(colours.on_accent, colours.accent) >= LEAST_FOR_TEXT
    # A unit's letter in the diagram.
    assert contrast(colours.text, mix(colours.raised, colours.active, 0.45)) >= LEAST_FOR_TEXT


@THEMES
def test_graphics_stand_out_from_panels(colours: Colours) -> None:
    low = {
        f"{name} on {ground}": round(ratio, 2)
        for name in SHAPES
        for ground in ("surface", "raised")
        if (ratio := contrast(getattr(colours, name), getattr(colours, ground))) < LEAST_FOR_GRAPHICS
    }
    assert not low
    for lane in range(12):
        assert contrast(lane_colour(colours, lane), colours.surface) >= LEAST_FOR_GRAPHICS


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_boxes_without_a_tick_are_seen(qtbot: QtBot, choice: str) -> None:
    theme = Theme(choice)
    box = QCheckBox()
    qtbot.addWidget(box)
    box.resize(box.sizeHint())
    picture, ground = box.grab().toImage(), QColor(theme.colours.window)
    middle = range(picture.width())
    strongest = max(contrast(picture.pixelColor(x, picture.height() // 2), ground) for x in middle)
    assert strongest >= LEAST_FOR_GRAPHICS


def test_ink_is_read_on_any_ground() -> None:
    for value in range(0, 256, 5):
        ground = QColor(value, value, value)
        assert contrast(ink_on(ground), ground) >= LEAST_FOR_TEXT


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#777777", "#777777") == 1.0
