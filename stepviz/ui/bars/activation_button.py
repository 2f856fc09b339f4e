"""A button that shows an activation: its curve, its derivative's, its name, its key, and the layers that have it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QIcon, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from stepviz.engine.catalogue.activations import Activation
from stepviz.engine.catalogue.parameters import resolve
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Colours, Theme, font, scaled
from stepviz.ui.plotting.activation_curves import Curve, sample, split_zeros
from stepviz.ui.text.number_format import mix

# Of the name: from its top to the button's lower edge.
WIDTH, HEIGHT, NAME = 92, 66, 21
REACH = 3.2
LOWEST, HIGHEST = -1.35, 1.75


class ActivationButton(QAbstractButton):
    """One activation of the strip. It is checked where a layer has it; a click changes nothing by itself."""

    def __init__(self, activation: Activation, key: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.activation = activation
        self.key = key
        self.theme = theme
        self.layers = ""
        self.setText(activation.label)
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.fit()
        self.setAccessibleName(f"{activation.label} activation")
        pressed = f" (key {key})" if key else ""
        self.setToolTip(f"{activation.label}: {activation.formula}; {activation.derivative_formula}{pressed}")

    def show_layers(self, layers: str, checked: bool) -> None:
        """Show which layers have this activation: all that are shown (empty text), or those named."""
        if (layers, checked) != (self.layers, self.isChecked()):
            self.layers = layers
            self.setChecked(checked)
            self.update()

    def fit(self) -> None:
        """Take the room that the size of the type asks for."""
        self.setMinimumWidth(scaled(WIDTH))
        self.setMaximumWidth(scaled(WIDTH) + 28)
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the least size at which the name fits."""
        return QSize(scaled(WIDTH), scaled(HEIGHT))

    def nextCheckState(self) -> None:  # Qt's name
        """Leave the mark to the settings: a switch may be refused."""

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the button."""
        colours = self.theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_frame(painter, colours)
        name = scaled(NAME)
        inside = QRectF(8, 6, self.width() - 16, self.height() - name - 6)
        paint_thumbnail(painter, inside, self.activation, colours, faded=not self.isEnabled())
        checked = self.isChecked()
        painter.setFont(font(9.5, bold=checked))
        painter.setPen(QColor(colours.text if self.isEnabled() else colours.muted))
        text = QFontMetricsF(painter.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width() - 6)
        painter.drawText(QRectF(0, self.height() - name, self.width(), scaled(17)), Qt.AlignmentFlag.AlignCenter, text)
        painter.setFont(font(9, bold=True))
        if self.key:
            painter.setPen(QColor(colours.accent if checked else colours.muted))
            painter.drawText(QRectF(7, 4, scaled(20), scaled(16)), Qt.AlignmentFlag.AlignLeft, self.key)
        if self.layers:
            painter.setPen(QColor(colours.accent))
            painter.drawText(QRectF(20, 4, self.width() - 27, scaled(16)), Qt.AlignmentFlag.AlignLeft, self.layers)
        painter.end()

    def _paint_frame(self, painter: QPainter, colours: Colours) -> None:
        box = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        fill = QColor(colours.raised)
        if self.isChecked():
            fill = mix(colours.surface, colours.accent, 0.16)
        elif self.isDown() or (self.underMouse() and self.isEnabled()):
            fill = mix(colours.raised, colours.accent, 0.10)
        painter.setBrush(fill)
        painter.setPen(
            QPen(QColor(colours.accent if self.isChecked() else colours.border), 2 if self.isChecked() else 1)
        )
        painter.drawRoundedRect(box, 6, 6)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent))
            painter.drawRoundedRect(QRectF(10, self.height() - 5, self.width() - 20, 3), 1.5, 1.5)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.text), 1, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(box.adjusted(2.5, 2.5, -2.5, -2.5), 4, 4)


def paint_thumbnail(
    painter: QPainter, box: QRectF, activation: Activation, colours: Colours, *, faded: bool = False
) -> None:
    """Paint an activation with its default parameters: f solid, f' thin, and in the colour of zero where it is 0."""
    value, derivative = _curves(activation.key, activation)
    painter.save()
    painter.setClipRect(box)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colours.border), 1))
    zero = _place(box, 0.0, 0.0)
    painter.drawLine(QPointF(box.left(), zero.y()), QPointF(box.right(), zero.y()))
    painter.drawLine(QPointF(zero.x(), box.top()), QPointF(zero.x(), box.bottom()))
    painter.setPen(QPen(QColor(colours.muted if faded else colours.accent), 2.4))
    painter.drawPath(_path(value, box))
    zero_part, other_part = split_zeros(derivative)
    for part, colour in ((other_part, colours.test), (zero_part, colours.zero)):
        painter.setPen(QPen(QColor(colours.muted if faded else colour), 1.2))
        painter.drawPath(_path(part, box))
    painter.restore()


def thumbnail_icon(activation: Activation, colours: Colours) -> QIcon:
    """Return the thumbnail as an icon for menus."""
    pixmap = QPixmap(96, 64)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(QColor(colours.surface))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_thumbnail(painter, QRectF(1, 1, 46, 30), activation, colours)
    painter.end()
    return QIcon(pixmap)


@lru_cache(maxsize=64)
def _curves(_key: str, activation: Activation) -> tuple[Curve, Curve]:
    values = resolve({}, activation.parameters, activation.key)
    kinks = activation.kinks(values)
    return (
        sample(activation.value, values, -REACH, REACH, kinks),
        sample(activation.derivative, values, -REACH, REACH, kinks),
    )


def _place(box: QRectF, z: float, y: float) -> QPointF:
    across = (z + REACH) / (2 * REACH)
    up = (y - LOWEST) / (HIGHEST - LOWEST)
    return QPointF(box.left() + across * box.width(), box.bottom() - up * box.height())


def _path(curve: Curve, box: QRectF) -> QPainterPath:
    path = QPainterPath()
    fresh = True
    for z, y in zip(curve.z.tolist(), np.clip(curve.y, 2 * LOWEST, 2 * HIGHEST).tolist(), strict=True):
        if z != z:
            fresh = True
        elif fresh:
            path.moveTo(_place(box, z, y))
            fresh = False
        else:
            path.lineTo(_place(box, z, y))
    return path
