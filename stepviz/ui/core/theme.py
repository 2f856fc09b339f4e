"""Colours and type of the window: one light and one dark palette, safe for colour-blind eyes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyle

from stepviz.shipped import resource

FAMILY = "Inter"
BASE_SIZE = 10.0
# Widgets with a box to tick.
WITH_BOXES = ("QCheckBox", "QRadioButton")

# There is one window, and painted type asks for its size at each painting.
_type_scale = 1.0


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of one theme, as #rrggbb.

    ``zero`` is the colour of an exact zero and of flat units, and of nothing else on screen. Class and state colours
    are from Okabe and Ito's palette, which colour-blind people can tell apart.
    """

    dark: bool
    window: str
    surface: str
    raised: str
    border: str
    text: str
    muted: str
    grid: str
    accent: str
    on_accent: str
    train: str
    test: str
    zero: str
    active: str
    saturated: str
    starved: str
    mark: str
    map_middle: str
    first_class: str = "#0072b2"
    second_class: str = "#e69f00"

    def state(self, code: int) -> str:
        """Return the colour of a unit's state by its code in ``probes.stuck_units``."""
        return (self.active, self.saturated, self.zero, self.starved, self.zero, self.saturated, self.muted)[code]


LIGHT = Colours(
    dark=False, window="#eef1f5", surface="#ffffff", raised="#f5f7fa", border="#cfd6de", text="#11161c",
    muted="#505b67", grid="#d5dbe2", accent="#0b63b0", on_accent="#ffffff", train="#0b63b0", test="#a04f00",
    zero="#c80057", active="#007052", saturated="#856200", starved="#7a3fb0", mark="#505b67", map_middle="#ffffff",
    second_class="#c47d00",
)  # fmt: skip
DARK = Colours(
    dark=True, window="#0d1116", surface="#151b22", raised="#1c242d", border="#2d3843", text="#eef2f6",
    muted="#a3b0bd", grid="#2b3540", accent="#56b4e9", on_accent="#08131c", train="#56b4e9", test="#f0a33a",
    zero="#ff5c9a", active="#2fc99a", saturated="#f0c23a", starved="#b58cf0", mark="#a3b0bd", map_middle="#10161c",
    first_class="#1a80bb",
)  # fmt: skip

# Ten classes: Paul Tol's «muted» set and a grey, in an order whose neighbours differ most.
CLASS_COLOURS = (
    "#332288", "#ddcc77", "#cc6677", "#44aa99", "#aa4499", "#88ccee", "#999933", "#882255", "#117733", "#a0a0a0",
)  # fmt: skip


class Theme(QObject):
    """The theme in force; ``changed`` is emitted after it was switched (by the person, or by the desktop)."""

    changed = Signal()

    def __init__(self, choice: str = "system") -> None:
        super().__init__()
        self.choice = "system"
        self.reduced_motion = False
        self.colours = LIGHT
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow)
        self.choose(choice)

    def choose(self, choice: str) -> None:
        """Switch to ``light``, ``dark`` or ``system`` (the desktop's)."""
        self.choice = choice
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        QGuiApplication.styleHints().setColorScheme(schemes.get(choice, Qt.ColorScheme.Unknown))
        self._follow()

    def _follow(self) -> None:
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        if self.choice in ("light", "dark"):
            dark = self.choice == "dark"
        self.colours = DARK if dark else LIGHT
        palette = _palette(self.colours)
        QGuiApplication.setPalette(palette)
        for kind in WITH_BOXES:
            # Its stub says bytes, of which it knows no class.
            QApplication.setPalette(with_boxes(palette), kind)  # type: ignore[arg-type]  # see above
        pg.setConfigOptions(background=self.colours.surface, foreground=self.colours.text)
        self.changed.emit()

    def reduce_motion(self, reduced: bool | None) -> None:
        """Let nothing move by itself, or let it; None does as the desktop says, where Qt knows."""
        if reduced is None:
            reduced = not QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animate)
        self.reduced_motion = reduced
        for effect in (Qt.UIEffect.UI_AnimateMenu, Qt.UIEffect.UI_FadeMenu, Qt.UIEffect.UI_AnimateCombo,
                       Qt.UIEffect.UI_AnimateTooltip, Qt.UIEffect.UI_FadeTooltip):  # fmt: skip
            QApplication.setEffectEnabled(effect, not reduced)
        self.changed.emit()

    def scale_type(self, scale: float) -> None:
        """Make all type ``scale`` times as large as it was drawn for; a widget's own type is changed with it."""
        global _type_scale
        ratio, _type_scale = scale / _type_scale, scale
        QApplication.setFont(font(BASE_SIZE))
        for widget in QApplication.allWidgets():
            if widget.testAttribute(Qt.WidgetAttribute.WA_SetFont):
                own = widget.font()
                own.setPointSizeF(own.pointSizeF() * ratio)
                widget.setFont(own)
        self.changed.emit()

    def map_table(self) -> np.ndarray:
        """Return the colour table (256, 3) uint8 of a decision map: first class, middle, second class."""
        return _ramp(self.colours.first_class, self.colours.map_middle, self.colours.second_class)


def _ramp(*stops: str) -> np.ndarray:
    parts = [QColor(stop) for stop in stops]
    colours = np.array([[part.red(), part.green(), part.blue()] for part in parts], dtype=np.float64)
    at = np.linspace(0, 1, len(stops))
    places = np.linspace(0, 1, 256)
    return np.stack([np.interp(places, at, colours[:, channel]) for channel in range(3)], axis=1).astype(np.uint8)


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, value in (
        (roles.Window, colours.window), (roles.WindowText, colours.text), (roles.Base, colours.surface),
        (roles.AlternateBase, colours.raised), (roles.Text, colours.text), (roles.Button, colours.raised),
        (roles.ButtonText, colours.text), (roles.BrightText, colours.zero), (roles.Highlight, colours.accent),
        (roles.HighlightedText, colours.on_accent), (roles.Link, colours.accent),
        (roles.ToolTipBase, colours.raised), (roles.ToolTipText, colours.text),
        (roles.PlaceholderText, colours.muted), (roles.Mid, colours.border), (roles.Dark, colours.border),
        (roles.Light, colours.raised), (roles.Midlight, colours.border), (roles.Shadow, colours.window),
        (roles.Accent, colours.accent),
    ):  # fmt: skip
        palette.setColor(role, QColor(value))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        faded = QColor(colours.muted)
        faded.setAlpha(130)
        palette.setColor(QPalette.ColorGroup.Disabled, role, faded)
    return palette


def with_boxes(palette: QPalette) -> QPalette:
    """Return the palette with which boxes without a tick are seen: the style darkens the window's for their outline."""
    result = QPalette(palette)
    result.setColor(QPalette.ColorRole.Window, palette.color(QPalette.ColorRole.PlaceholderText))
    return result


@cache
def load_fonts() -> str:
    """Load the shipped font and return its family name: a machine without fonts must not show empty boxes."""
    for path in sorted((resource("fonts")).glob("*.[to]tf")):
        QFontDatabase.addApplicationFont(str(path))
    return FAMILY


def scaled(pixels: float) -> int:
    """Return a length at normal scale as it is at the scale of the type, for what is made to hold type."""
    return round(pixels * _type_scale)


def font(size: float, *, bold: bool = False, tabular: bool = False) -> QFont:
    """Return the window's font in points (at normal scale); ``tabular`` gives all digits one width."""
    result = QFont(load_fonts())
    result.setPointSizeF(size * _type_scale)
    if bold:
        result.setWeight(QFont.Weight.DemiBold)
    if tabular:
        result.setFeature(QFont.Tag("tnum"), 1)
    return result
