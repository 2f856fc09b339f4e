"""Where the arrow keys lead."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt

from stepviz.ui.start_page.neighbours import neighbour

# A column of three, and beside it two rows of three cards.
PLACES = [
    *(QRect(0, top, 100, 30) for top in (0, 40, 80)),
    *(QRect(left, top, 80, 90) for top in (0, 100) for left in (120, 210, 300)),
]


@pytest.mark.parametrize(
    ("here", "key", "there"),
    [
        (0, Qt.Key.Key_Down, 1), (1, Qt.Key.Key_Up, 0), (0, Qt.Key.Key_Up, None), (0, Qt.Key.Key_Left, None),
        (1, Qt.Key.Key_Right, 3), (3, Qt.Key.Key_Left, 0), (3, Qt.Key.Key_Right, 4), (5, Qt.Key.Key_Right, None),
        (4, Qt.Key.Key_Down, 7), (7, Qt.Key.Key_Up, 4), (8, Qt.Key.Key_Down, None), (6, Qt.Key.Key_Left, 2),
    ],
)  # fmt: skip
def test_an_arrow_leads_to_the_next_one_on_its_side(here: int, key: Qt.Key, there: int | None) -> None:
    assert neighbour(PLACES, here, key) == there
