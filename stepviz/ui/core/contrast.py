"""Contrast between two colours, as the guidelines for accessible content measure it."""

from __future__ import annotations

from PySide6.QtGui import QColor

# WCAG 2.1, success criteria 1.4.3 and 1.4.11.
LEAST_FOR_TEXT = 4.5
LEAST_FOR_GRAPHICS = 3.0
BLACK, WHITE = "#000000", "#ffffff"


def contrast(first: QColor | str, second: QColor | str) -> float:
    """Return the contrast ratio of two opaque colours, from 1 to 21 (WCAG 2.1, «contrast ratio»)."""
    dark, light = sorted((_luminance(QColor(first)), _luminance(QColor(second))))
    return (light + 0.05) / (dark + 0.05)


def ink_on(ground: QColor | str) -> str:
    """Return black or white, whichever is read better on ``ground``; the better one never has less than 4.5:1."""
    return max(BLACK, WHITE, key=lambda ink: contrast(ink, ground))


def _luminance(colour: QColor) -> float:
    red, green, blue = (_linear(part) for part in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
