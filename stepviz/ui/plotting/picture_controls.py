"""What of an instrument's controls belongs into its picture: not the buttons, but what they are set to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QToolButton, QWidget

CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox)
# The property of a button whose text is a setting in force.
STATES = "states_a_setting"


@contextmanager
def without_controls(widget: QWidget) -> Iterator[list[tuple[QWidget, QRect, str]]]:
    """Hide the controls in a widget meanwhile; yield them, each with its place and what it is set to.

    A window is left as it is: its picture shows how it is used.
    """
    found: list[tuple[QWidget, QRect, str]] = []
    if not widget.isWindow():
        for control in widget.findChildren(QWidget):
            if isinstance(control, CONTROLS) and control.isVisibleTo(widget) and not _inside_control(control, widget):
                place = QRect(control.mapTo(widget, QPoint(0, 0)), control.size())
                found.append((control, place, _setting(control)))
    try:
        for control, _, _ in found:
            control.setVisible(False)
        yield found
    finally:
        for control, _, _ in found:
            control.setVisible(True)


def write_settings(painter: QPainter, controls: list[tuple[QWidget, QRect, str]]) -> None:
    """Write what the controls are set to in their places."""
    painter.save()
    for control, place, text in controls:
        if text:
            painter.setFont(control.font())
            painter.setPen(control.palette().windowText().color())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
    painter.restore()


def _setting(control: QWidget) -> str:
    match control:
        case QComboBox():
            return control.currentText()
        case QAbstractSpinBox():
            return control.text()
        case QToolButton() if control.menu() is not None or control.property(STATES):
            return control.text().strip()
        case QAbstractButton() if control.isCheckable() and control.isChecked():
            return control.text()
    return ""


def _inside_control(control: QWidget, widget: QWidget) -> bool:
    """Return whether it is a part of another control, as the scroll bar of a list is."""
    above = control.parentWidget()
    while above is not None and above is not widget:
        if isinstance(above, CONTROLS):
            return True
        above = above.parentWidget()
    return False
