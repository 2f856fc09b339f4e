"""The words of a picture as SVG and where they stand in it, and what is drawn there."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from PySide6.QtGui import QFont, QFontMetricsF

from stepviz.ui.core.theme import FAMILY

# Letters may touch their neighbours' boxes, or reach this far (in pixels) over an edge that is drawn past them.
TOLERANCE = 2.0
CAPITALS = 0.73


@dataclass(frozen=True, slots=True)
class Word:
    """Words that were painted as one, and their box in the picture, up to the height of capitals."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Word) -> bool:
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        # What is painted twice, as an outline and on it, is one word.
        same = self.text == other.text and wide > 0.9 * (self.right - self.left)
        return wide > TOLERANCE and high > TOLERANCE and not same


def words_in(svg: Path) -> tuple[tuple[float, float], list[Word]]:
    """Return width and height of a picture, and its words."""
    root = ET.fromstring(svg.read_text())
    _, _, width, height = (float(number) for number in root.attrib["viewBox"].split())
    return (width, height), list(_words(root, np.eye(3)))


def overlapping(words: list[Word]) -> list[tuple[Word, Word]]:
    return [(one, other) for one, other in combinations(words, 2) if one.overlaps(other)]


def longest_curve(svg: Path) -> int:
    """Return how many points the longest curve of a picture has."""
    root = ET.fromstring(svg.read_text())
    paths = [len(re.findall("[MLC]", element.get("d", ""))) for element in root.findall(".//{*}g/{*}path")]
    lines = [element.get("points", "").count(",") for element in root.findall(".//{*}polyline")]
    return max((*paths, *lines), default=0)


def count_dots(svg: Path) -> int:
    root = ET.fromstring(svg.read_text())
    return len(root.findall(".//{*}circle")) + len(root.findall(".//{*}ellipse"))


def _words(element: ET.Element, place: np.ndarray) -> Iterator[Word]:
    place = place @ _matrix(element.get("transform", ""))
    if element.tag.endswith("}text") and (text := (element.text or "").strip()):
        x, y, size = (float(element.attrib[name]) for name in ("x", "y", "font-size"))
        # By itself a letter has no length of its own in the file.
        width = float(element.get("textLength", 0)) or _metrics(element, size).horizontalAdvance(text)
        corners = np.array([[x, x + width, x, x + width], [y, y, y - CAPITALS * size, y - CAPITALS * size], [1] * 4])
        (left, top), (right, bottom) = (place @ corners)[:2].min(axis=1), (place @ corners)[:2].max(axis=1)
        yield Word(text, float(left), float(top), float(right), float(bottom))
    for child in element:
        yield from _words(child, place)


def _metrics(element: ET.Element, size: float) -> QFontMetricsF:
    type_ = QFont(FAMILY)
    type_.setPixelSize(round(size))
    type_.setWeight(QFont.Weight(int(element.get("font-weight", 400))))
    return QFontMetricsF(type_)


def _matrix(transform: str) -> np.ndarray:
    """Return the matrix (3, 3) of a transform as Qt writes it: none, or one matrix."""
    if not transform:
        return np.eye(3)
    found = re.fullmatch(r"matrix\(([^)]*)\)", transform.strip())
    assert found, transform
    a, b, c, d, e, f = (float(number) for number in found[1].split(","))
    return np.array([[a, c, e], [b, d, f], [0, 0, 1]])
