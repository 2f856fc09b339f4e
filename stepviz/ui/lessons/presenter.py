"""On stage: the whole screen, large type, only what is needed, a pointer for the back row, a key to go dark."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QByteArray, QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QCursor, QKeyEvent, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from stepviz.probes.twins.probe import TwinOptions
from stepviz.ui.bars.stage_controls import StageControls
from stepviz.ui.core.guarded import guarded, guarded_filter
from stepviz.ui.core.theme import Theme
from stepviz.ui.shell import ShellLayout

# So large is type on a screen of this size; the larger the screen, the larger the type.
TYPE, SCREEN = 1.25, (1366, 768)
SMALLEST_TYPE, LARGEST_TYPE = 0.8, 2.5
POINTER = 56
SETTLES_MS = 250
HIGHEST = 16_777_215
# «B» on a keyboard, «.» on most clickers.
BLANK_KEYS = (Qt.Key.Key_B, Qt.Key.Key_Period)


@dataclass(frozen=True, slots=True)
class _Before:
    type_scale: float
    full_screen: bool
    editor: bool
    layout: QByteArray
    lesson: bool
    twins: TwinOptions


class Presenter(QObject):
    """Takes the window on stage and back. ``changed`` carries whether it is there."""

    changed = Signal(bool)

    def __init__(self, shell: ShellLayout) -> None:
        super().__init__(shell.main)
        self._shell, self._window = shell, shell.main
        self._before: _Before | None = None
        self.curtain = Curtain(shell.main)
        tip = "The whole screen and large type; B goes dark, Escape leaves"
        entry = shell.menus.add("View/presenter", "&Presenter mode", tip, self.toggle, "F5")
        entry.setCheckable(True)
        self.changed.connect(entry.setChecked)
        self.controls = StageControls(shell.transport, shell.theme)
        shell.status.add(self.controls)
        shell.lab.frame_shown.connect(self.controls.show_frame)

    @property
    def on_stage(self) -> bool:
        """Return whether the window is on stage."""
        return self._before is not None

    def toggle(self) -> None:
        """Go on stage, or leave it."""
        if self.on_stage:
            self.leave()
        else:
            self.enter()

    def enter(self) -> None:
        """Use the whole screen for what the class is to see."""
        if self._before is not None:
            return
        window, shell = self._window, self._shell
        scale, docks = shell.remembered.preferences.type_scale, shell.layout_of_docks
        twins: TwinOptions = shell.lab.options("twins")
        self._before = _Before(
            scale, window.isFullScreen(), shell.editor_dock.isVisible(), docks.state(), docks.lent, twins
        )
        # On stage nothing changes that nobody has asked for.
        shell.lab.look_at("twins", replace(twins, on=False))
        shell.editor_dock.hide()
        shell.transport.hide()
        self.controls.show()
        # Hidden it would take the keys of its actions with it.
        window.menuBar().setMaximumHeight(0)
        screen = window.screen().size()
        shell.theme.scale_type(stage_type(screen.width(), screen.height(), scale))
        shell.status.show_large(True)
        window.setWindowState(window.windowState() | Qt.WindowState.WindowFullScreen)
        QApplication.setOverrideCursor(large_pointer(shell.theme))
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]  # there is one: it has a window
        self.changed.emit(True)

    def leave(self) -> None:
        """Put everything back as it was."""
        if self._before is None:
            return
        before, self._before = self._before, None
        window, shell = self._window, self._shell
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]  # there is one: it has a window
        QApplication.restoreOverrideCursor()
        self.curtain.hide()
        shell.lab.look_at("twins", before.twins)
        if not before.full_screen:
            window.setWindowState(window.windowState() & ~Qt.WindowState.WindowFullScreen)
        shell.status.show_large(False)
        shell.theme.scale_type(before.type_scale)
        window.menuBar().setMaximumHeight(HIGHEST)
        shell.transport.show()
        self.controls.hide()
        shell.editor_dock.setVisible(before.editor)
        self._put_back(before)
        # The window manager makes the window small again when it has time, and the docks share out its room then.
        QTimer.singleShot(SETTLES_MS, self, lambda: self._put_back(before))
        self.changed.emit(False)

    def _put_back(self, before: _Before) -> None:
        """Let the docks take their places of before; not where a lesson came or went meanwhile."""
        docks = self._shell.layout_of_docks
        if docks.lent != before.lesson or self.on_stage:
            return
        docks.put_back(before.layout)

    def toggle_blank(self) -> None:
        """Go dark, or come back."""
        if self.curtain.isVisible():
            self.curtain.hide()
        else:
            self.curtain.show()
            self.curtain.raise_()

    @guarded_filter
    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Take the keys of a clicker before anything else does, on stage alone."""
        if event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) or not isinstance(event, QKeyEvent):
            return False
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if not plain or not self._window.isActiveWindow():
            return False
        key = Qt.Key(event.key())
        dark = self.curtain.isVisible()
        leaving = key == Qt.Key.Key_Escape and not self._shell.may_step_back
        if not (key in BLANK_KEYS or dark or leaving):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif key in BLANK_KEYS or dark:
            if not event.isAutoRepeat():
                self.toggle_blank()
        else:
            self.leave()
        return True


def stage_type(width: int, height: int, own: float) -> float:
    """Return the scale of type on a screen of so many pixels (at its own scale factor), for a person who has ``own``.

    A projector shows any screen equally large: what counts is which share of it a letter takes.
    """
    fitting = TYPE * min(width / SCREEN[0], height / SCREEN[1])
    return min(max(fitting, SMALLEST_TYPE, own if own > 1.0 else 0.0), LARGEST_TYPE)


class Curtain(QWidget):
    """A dark sheet over the window; a click or any key takes it away."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setGeometry(over.rect())
        # A window grows while it is dark, when another projector is plugged in.
        over.installEventFilter(self)
        self.setAccessibleName("The screen is dark: press B")
        self.setAutoFillBackground(True)
        palette = self.palette()
        palette.setColor(self.backgroundRole(), QColor("black"))
        self.setPalette(palette)
        self.hide()

    @guarded_filter
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Stay as large as what it covers."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    @guarded
    def mousePressEvent(self, _event: object) -> None:  # Qt's name
        """Come back."""
        self.hide()


def large_pointer(theme: Theme) -> QCursor:
    """Return an arrow that the back row can see, its tip in the upper left corner."""
    pixmap = QPixmap(POINTER, POINTER)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    arrow = QPainterPath(QPointF(3, 3))
    for x, y in ((3, 44), (13, 35), (20, 51), (28, 47), (21, 32), (34, 32)):
        arrow.lineTo(x, y)
    arrow.closeSubpath()
    painter.setPen(QPen(QColor("white"), 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.drawPath(arrow)
    painter.fillPath(arrow, QColor(theme.colours.zero))
    painter.end()
    return QCursor(pixmap, 3, 3)
