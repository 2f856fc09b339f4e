"""The frame around each instrument: a dock with a title bar that a person can drag, enlarge and hide."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QMouseEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QSizePolicy, QToolButton, QWidget

from stepviz.instruments import INSTRUMENTS
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.icons import icon
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.docks.cover_sheet import CoverSheet
from stepviz.ui.export.export_menu import ExportMenu
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.instruments.panel_class import panel_class
from stepviz.ui.text.number_format import mix

HEIGHT, HEIGHT_OF_TYPE = 28, 25
# What the buttons and the margins take beside a title.
ROOM_BESIDE = 106
# Above this scale of type the buttons grow with it.
GROWS_FROM = 1.4


class TitleBar(QWidget):
    """A title, its summary where there is room, and the buttons; drag it to move the dock, double-click to enlarge.

    ``enlarge_clicked`` is None for a dock that cannot be enlarged.
    """

    double_clicked = Signal()

    def __init__(self, title: str, summary: str, theme: Theme, *, enlarges: bool) -> None:
        super().__init__()
        self.theme = theme
        self.enlarged = self.pointed_at = False
        self.setToolTip(summary)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.name = title
        self.title = QLabel(title)
        self.title.setMinimumWidth(20)
        self.title.setFont(font(10.5, bold=True))
        self.summary = QLabel(summary)
        self.summary.setFont(font(9.5))
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.enlarge = _button(f"Enlarge {title}") if enlarges else None
        self.take = _button(f"Take away a picture or the numbers of {title}") if enlarges else None
        self.hide_button = _button(f"Hide {title}; the View menu brings it back")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 4, 0)
        row.setSpacing(3)
        row.addWidget(self.title)
        row.addSpacing(7)
        row.addWidget(self.summary, 1)
        for button in (self.take, self.enlarge, self.hide_button):
            if button is not None:
                row.addWidget(button)
        theme.changed.connect(self.retheme)
        self.retheme()

    def show_enlarged(self, enlarged: bool) -> None:
        """Show whether the dock fills the window."""
        self.enlarged = enlarged
        self.retheme()

    def point_at(self, pointed_at: bool) -> None:
        """Show whether this is where to look."""
        self.pointed_at = pointed_at
        self.title.setAccessibleDescription("Look here" if pointed_at else "")
        self._fit_words()
        self.update()

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return a size that lets a panel be narrow."""
        return QSize(120, self.height())

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the same height: docks go by this one."""
        return QSize(super().sizeHint().width(), self.height())

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Show as much of the words as fits."""
        super().resizeEvent(event)
        self._fit_words()

    def _fit_words(self) -> None:
        beside = round(ROOM_BESIDE * _growth())
        metrics, room = self.title.fontMetrics(), max(20, self.width() - beside)
        self.title.setText(
            metrics.elidedText(f"▸ {self.name}" if self.pointed_at else self.name, Qt.TextElideMode.ElideRight, room)
        )
        wanted = (
            self.summary.fontMetrics().horizontalAdvance(self.summary.text())
            + self.title.sizeHint().width()
            + beside
            + 10
        )
        colour = QColor(self.theme.colours.muted)
        colour.setAlpha(255 if wanted <= self.width() else 0)
        palette = self.summary.palette()
        palette.setColor(QPalette.ColorRole.WindowText, colour)
        self.summary.setPalette(palette)

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Enlarge or restore (Qt would set the dock afloat)."""
        event.accept()
        self.double_clicked.emit()

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the bar."""
        colours = self.theme.colours
        painter = QPainter(self)
        raised = mix(colours.raised, colours.accent, 0.25) if self.pointed_at else QColor(colours.raised)
        painter.fillRect(self.rect(), raised)
        edge, height = (colours.accent, 3) if self.pointed_at else (colours.border, 1)
        painter.fillRect(0, self.height() - height, self.width(), height, QColor(edge))
        painter.end()

    def retheme(self) -> None:
        """Take the theme's colours, and the height that its type needs."""
        colours = self.theme.colours
        self.setFixedHeight(max(HEIGHT, scaled(HEIGHT_OF_TYPE)))
        for button in self.findChildren(QToolButton):
            button.setIconSize(QSize(16, 16) * _growth())
            button.setFixedSize(QSize(23, 23) * _growth())
        self.hide_button.setIcon(_icon("close", self.theme))
        if self.take is not None:
            self.take.setIcon(_icon("take", self.theme))
        if self.enlarge is not None:
            self.enlarge.setIcon(_icon("restore" if self.enlarged else "enlarge", self.theme))
            name = "Restore" if self.enlarged else "Enlarge"
            self.enlarge.setToolTip(f"{name} {self.name} (double-click the title)")
            self.enlarge.setAccessibleName(f"{name} {self.name}")
        palette = self.title.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(colours.text))
        self.title.setPalette(palette)
        self._fit_words()
        self.update()


class Dock(QDockWidget):
    """A dock with our title bar. ``wants_size`` is emitted when the person wants it enlarged, or restored."""

    wants_size = Signal()

    def __init__(
        self, name: str, title: str, summary: str, theme: Theme, *, enlarges: bool, parent: QMainWindow
    ) -> None:
        super().__init__(title, parent)
        self.setObjectName(f"dock-{name}")
        features = QDockWidget.DockWidgetFeature
        self.setFeatures(features.DockWidgetClosable | features.DockWidgetMovable | features.DockWidgetFloatable)
        self.bar = TitleBar(title, summary, theme, enlarges=enlarges)
        self.bar.hide_button.clicked.connect(lambda _checked=False: self.close())
        if self.bar.enlarge is not None:
            self.bar.enlarge.clicked.connect(lambda _checked=False: self.wants_size.emit())
            self.bar.double_clicked.connect(self.wants_size)
        self.setTitleBarWidget(self.bar)
        self.toggleViewAction().setStatusTip(summary)
        # Who asks for an instrument wants to see it, not the tab of one that came up behind another.
        self.toggleViewAction().triggered.connect(lambda shown: self.raise_() if shown else None)


class PanelDock(Dock):
    """The dock of an instrument, which is built when it is first seen."""

    def __init__(self, name: str, lab: Lab, theme: Theme, parent: QMainWindow) -> None:
        instrument = INSTRUMENTS[name]
        super().__init__(name, instrument.title, instrument.summary, theme, enlarges=True, parent=parent)
        self._lab, self._theme = lab, theme
        self.instrument = instrument
        self.panel: Panel | None = None
        self.seen = False
        # A click anywhere in it says which instrument F1 is about.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._cover: CoverSheet | None = None
        self._covered_by = ""
        self.take_away = ExportMenu(name, lab, lambda: self.panel, self)
        assert self.bar.take is not None
        self.bar.take.clicked.connect(lambda _checked=False: self._open_menu())
        self.visibilityChanged.connect(self._see)

    def _see(self, visible: bool) -> None:
        self.seen = visible
        if visible and self.widget() is None:
            panel = panel_class(self.instrument.key)(self._lab, self._theme)
            # Other docks come into view or leave it meanwhile: ``panel`` is there for them when it shows the frame.
            self.setWidget(panel)
            self._show_last_frame(panel)
            self.panel = panel
            self._exchange()
        elif visible and self.panel is not None:
            self._show_last_frame(self.panel)

    def _open_menu(self) -> None:
        # Not the button's own menu, which Qt marks with an arrow over the icon.
        button = self.bar.take
        assert button is not None
        self.take_away.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _show_last_frame(self, panel: Panel) -> None:
        if self._lab.frame is not None and not self.covered:
            panel.show_frame(self._lab.frame)

    def show_frame(self, frame: Frame) -> None:
        """Hand a frame to the panel where it can be seen."""
        if self.seen and self.panel is not None and not self.covered:
            self.panel.show_frame(frame)

    def show_picture(self, frame: Frame) -> None:
        """Let the panel draw a frame where it can be seen."""
        if self.seen and self.panel is not None and not self.covered:
            self.panel.show_picture(frame)

    def show_numbers(self, whole: Frame) -> None:
        """Let the panel write the numbers of a whole frame where it can be seen."""
        if self.seen and self.panel is not None and not self.covered:
            self.panel.show_numbers(whole)

    @property
    def covered(self) -> bool:
        """Return whether the instrument may not be seen for now."""
        return bool(self._covered_by)

    def cover(self, words: str) -> None:
        """Show ``words`` in the place of the instrument, which gets no frames; empty: show the instrument again."""
        if words == self._covered_by:
            return
        self._covered_by = words
        assert self.bar.take is not None
        self.bar.take.setEnabled(not words)
        self._exchange()
        if self.seen and self.panel is not None:
            self._show_last_frame(self.panel)

    def _exchange(self) -> None:
        """Put the instrument into the dock, or the sheet that covers it: what is covered nobody hears or tabs to."""
        if self.panel is None:
            return
        content: QWidget = self.panel
        if self.covered:
            self._cover = self._cover or CoverSheet(self._theme)
            self._cover.lie_over(self.panel, self._covered_by)
            content = self._cover
        if self.widget() is not content:
            self.setWidget(content)
            content.show()


def _growth() -> float:
    return max(1.0, scaled(100) / (100 * GROWS_FROM))


def _button(tip: str) -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(";")[0])
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _icon(name: str, theme: Theme) -> QIcon:
    return icon(name, theme.colours, theme.colours.muted)
