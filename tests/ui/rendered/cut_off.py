"""What a person cannot read of an instrument as it stands: words wider than their widget, lists that scroll."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QStyle,
    QStyleOptionComboBox,
    QTableView,
    QWidget,
)

# Room for the arrow that a tool button with a menu has, and for margins that a style leaves.
SLACK = 1


def cut_off(panel: QWidget) -> list[str]:
    """Return what of a panel's own words is cut off, in words."""
    return [complaint for widget in panel.findChildren(QWidget) if widget.isVisible() for complaint in _cut(widget)]


def _cut(widget: QWidget) -> Iterator[str]:
    match widget:
        case QLabel():
            yield from _label(widget)
        case QAbstractButton():
            yield from _line(widget, widget.text().replace("&", ""), widget.width())
        case QComboBox():
            option = QStyleOptionComboBox()
            widget.initStyleOption(option)
            field = widget.style().subControlRect(
                QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, widget
            )
            yield from _line(widget, widget.currentText(), field.width())
        case QLineEdit() if not isinstance(widget.parent(), QAbstractSpinBox):
            yield from _line(widget, widget.text() or widget.placeholderText(), widget.width())
        case QAbstractSpinBox():
            yield from _line(widget, widget.text(), widget.width())
        case QTableView():
            yield from _table(widget)
        case QAbstractScrollArea():
            for bar in (widget.horizontalScrollBar(), widget.verticalScrollBar()):
                if bar.isVisible() and bar.maximum() > bar.minimum():
                    yield f"{type(widget).__name__} {widget.accessibleName()!r} scrolls"


def _line(widget: QWidget, text: str, room: int) -> Iterator[str]:
    if widget.fontMetrics().horizontalAdvance(text) > room + SLACK:
        yield f"{type(widget).__name__} {text!r} needs more than {room} pixels"


def _label(label: QLabel) -> Iterator[str]:
    room, text = label.contentsRect(), label.text()
    if label.textFormat() == Qt.TextFormat.RichText or not text:
        return
    if not label.wordWrap():
        for line in text.split("\n"):
            yield from _line(label, line, room.width())
        return
    flags = int(label.alignment()) | int(Qt.TextFlag.TextWordWrap)
    needs = label.fontMetrics().boundingRect(QRect(0, 0, room.width(), 100_000), flags, text)
    if needs.height() > room.height() + SLACK or needs.width() > room.width() + SLACK:
        yield f"{text!r} needs {needs.width()} x {needs.height()} of {room.width()} x {room.height()} pixels"


def _table(table: QTableView) -> Iterator[str]:
    header = table.horizontalHeader()
    for column in range(table.model().columnCount()):
        needs = max(table.sizeHintForColumn(column), header.fontMetrics().horizontalAdvance(
            str(table.model().headerData(column, Qt.Orientation.Horizontal))))  # fmt: skip
        if needs > table.columnWidth(column) + SLACK:
            yield f"column {column} is {table.columnWidth(column)} pixels wide, needs {needs}"
    for bar in (table.horizontalScrollBar(), table.verticalScrollBar()):
        if bar.isVisible():
            yield f"{table.accessibleName()}: scrolls by {bar.maximum()}"
