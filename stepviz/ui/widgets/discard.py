"""Taking away a control that a person may have typed into."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def discard(widget: QWidget) -> None:
    """Take a widget away for good, with what was typed there and not confirmed.

    A number box that loses the focus says its value, and the layer or the function that it was of may be no more.
    """
    for part in [widget, *widget.findChildren(QWidget)]:
        part.blockSignals(True)
    widget.hide()
    widget.deleteLater()
