"""How the tables of the window look and behave, whatever is in them."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractItemView, QTableView


def make_plain(table: QTableView, name: str) -> None:
    """Let a table show whole rows without a grid, scroll smoothly, leave Tab alone, and be called ``name``."""
    table.setAccessibleName(name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.verticalHeader().hide()
    table.horizontalHeader().setHighlightSections(False)
