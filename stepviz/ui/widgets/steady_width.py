"""A button whose text changes keeps its width: what stands beside it stays under the pointer."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QToolButton

ZOOMS = ("0.0088×", "8.8·10⁻⁸×", "8,888×")


def hold_width(button: QToolButton, texts: Iterable[str] = ZOOMS) -> None:
    """Give a button the width that the widest of ``texts`` and its own need in its present font."""
    own, widest = button.text(), 0
    for text in (*texts, own):
        button.setText(text)
        widest = max(widest, button.sizeHint().width())
    button.setText(own)
    button.setFixedWidth(widest)
