"""SVG as Qt writes it, made so that browsers and drawing programs show what Qt's own reader shows."""

from __future__ import annotations

import html
import re

from PySide6.QtGui import QFont, QFontMetricsF

from stepviz.ui.core.theme import FAMILY

_CLIP = re.compile(r'<clipPath id="(\w+)">\s*<path ')
_CLIPPED = re.compile(r'<g clip-path="url\(#(\w+)\)"><g [^>]*?transform="([^"]*)"')
_TEXT = re.compile(
    rf'<text (?P<before>[^>]*?)font-family="{FAMILY}" font-size="(?P<size>[\d.]+)" font-weight="(?P<weight>\d+)"'
    r"(?P<after>[^>]*)>(?P<words>[^<]*)<"
)
# A widget's pixels are taken as a 96th of an inch, as desktops do.
DOTS_PER_INCH, POINTS_PER_INCH = 96, 72


def portable(svg: str) -> str:
    """Return the picture with its clips where they belong, and words as wide as they are in the shipped font.

    Qt writes a clip in the coordinates of what is drawn first within it, and leaves out their transform: read by the
    standard, most of a curve is cut away. Without the font another one, often wider, would run over its frame.
    """
    places: dict[str, str] = {}
    for name, transform in _CLIPPED.findall(svg):
        places.setdefault(name, transform)
    svg = _CLIP.sub(lambda found: _placed(found, places), svg)
    return _TEXT.sub(_fitted, svg).replace(f'font-family="{FAMILY}"', f'font-family="{FAMILY}, sans-serif"')


def _placed(found: re.Match[str], places: dict[str, str]) -> str:
    transform = places.get(found[1])
    return found[0] if transform is None else f'{found[0]}transform="{transform}" '


def _fitted(found: re.Match[str]) -> str:
    words = html.unescape(found["words"])
    if len(words.strip()) < 2:
        return found[0]
    # As the window measures it: letters on screen are set at whole pixels.
    type_ = QFont(FAMILY)
    type_.setPointSizeF(float(found["size"]) * POINTS_PER_INCH / DOTS_PER_INCH)
    type_.setWeight(QFont.Weight(int(found["weight"])))
    width = QFontMetricsF(type_).horizontalAdvance(words)
    return found[0].replace("<text ", f'<text textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs" ', 1)
