"""The hand of the monkey: what it can do with a mouse, a keyboard and a window, each thing drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QContextMenuEvent, QDropEvent, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QFileDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

from stepviz.app import LiveLab
from stepviz.ui.window.main_window import MainWindow

RUBBISH = ("", "nan", "1e999", "-1", "0", "1,5", "1.5", "٣", "999999999999999999999", "abc", "x" * 300, "<b>%s</b>{0}",
           "../../etc", "-", "1e", "∞", "0x10", "\t", "学", "8 8", "2-8-8-1", "1e-300", "3.4e38", "#")  # fmt: skip
KEYS = (Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Left,
        Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown, Qt.Key.Key_Delete, Qt.Key.Key_Menu, Qt.Key.Key_Period, Qt.Key.Key_F6, Qt.Key.Key_F10,
        Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_B, Qt.Key.Key_S)  # fmt: skip
MODIFIERS = (Qt.KeyboardModifier.NoModifier,) * 6 + (
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip
SIZES = ((1, 1), (300, 200), (640, 480), (800, 600), (1024, 768), (1366, 768), (1920, 1080), (2600, 500), (500, 1500),
         (3840, 2160))  # fmt: skip
# The end comes when it is time for it; and keys that an ordinary keyboard has not, which QTest cannot press.
UNTOUCHED = ("Ctrl+Q", "Undo", "Redo", "Open", "New", "Save")
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
INTERACTIVE = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QTabBar)


class Hand:
    """Does one thing at a time. ``opened``: files to open; ``saved``: names to save to; ``lessons``: lessons."""

    def __init__(self, live: LiveLab, opened: list[Path], saved: list[Path], lessons: list[Path]) -> None:
        self._live, self._window = live, live.window
        self._opened, self._saved, self._lessons = opened, saved, lessons
        self.told = ""
        # How often each is done, beside the others.
        self._ways: dict[Callable[[Random], None], int] = {
            self.click: 24, self.double_click: 4, self.menu_of_widget: 4, self.drag: 9, self.wheel: 5, self.key: 8,
            self.shortcut: 9, self.type: 7, self.menu_action: 10, self.resize: 4, self.choose: 6, self.spin: 4,
            self.open_file: 3, self.open_lesson: 2, self.dock: 4, self.undo: 2, self.change_fast: 3, self.drop: 1,
            self.window_state: 1, self.focus: 2, self.close_window: 1, self.scene: 3,
        }  # fmt: skip

    def act(self, random: Random) -> None:
        """Do something; a dialog that waits for an answer gets one first."""
        self.told = ""
        modal, popup = QApplication.activeModalWidget(), QApplication.activePopupWidget()
        if isinstance(modal, QFileDialog):
            self._answer(modal, random)
        elif isinstance(modal, QMessageBox) and isinstance(modal.parent(), QFileDialog):
            modal.reject()
        elif isinstance(popup, QMenu) and random.random() < 0.7:
            self._pick(popup, random)
        else:
            (way,) = random.choices(list(self._ways), list(self._ways.values()))
            self._tell(way.__name__)
            way(random)

    def _tell(self, *words: object) -> None:
        self.told += " ".join(str(word) for word in words) + " "

    # Where

    def _root(self, random: Random) -> QWidget | None:
        front = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if front is not None:
            return front
        windows = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.width() > 1 and _usable(w)]
        windows.sort(key=lambda w: (type(w).__name__, w.windowTitle(), w.objectName()))
        return random.choice(windows) if windows else None

    def _some(self, random: Random, *kinds: type[QWidget]) -> QWidget | None:
        root = self._root(random)
        if root is None:
            return None
        found = [w for w in root.findChildren(QWidget) if isinstance(w, kinds) and w.isEnabled() and w.isVisible()
                 and _usable(w)]  # fmt: skip
        chosen = random.choice(found) if found else None
        self._tell(_name(chosen))
        return chosen

    def _place(self, random: Random) -> tuple[QWidget, QPoint] | None:
        """Return a widget and a place in it: something to press, or whatever lies at a place of a window."""
        if random.random() < 0.6:
            widget = self._some(random, *INTERACTIVE)
            if widget is not None:
                return widget, _inside(widget, random)
        root = self._root(random)
        if root is None:
            return None
        place = _inside(root, random)
        widget = root.childAt(place) or root
        self._tell(_name(widget), "in", _name(root))
        return (widget, widget.mapFrom(root, place)) if widget.isEnabled() and _usable(widget) else None

    # With the mouse

    def click(self, random: Random) -> None:
        if (found := self._place(random)) is not None:
            QTest.mouseClick(found[0], LEFT, random.choice(MODIFIERS), found[1])

    def double_click(self, random: Random) -> None:
        if (found := self._place(random)) is not None:
            QTest.mouseDClick(found[0], LEFT, Qt.KeyboardModifier.NoModifier, found[1])

    def menu_of_widget(self, random: Random) -> None:
        if (found := self._place(random)) is None:
            return
        widget, place = found
        QTest.mousePress(widget, RIGHT, Qt.KeyboardModifier.NoModifier, place)
        if isValid(widget):
            event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, widget.mapToGlobal(place))
            QApplication.sendEvent(widget, event)
        if isValid(widget):
            QTest.mouseRelease(widget, RIGHT, Qt.KeyboardModifier.NoModifier, place)

    def drag(self, random: Random) -> None:
        if (found := self._place(random)) is None:
            return
        widget, place = found
        button = random.choice((LEFT, LEFT, LEFT, RIGHT, Qt.MouseButton.MiddleButton))
        QTest.mousePress(widget, button, random.choice(MODIFIERS), place)
        for _ in range(random.randint(1, 12)):
            place += QPoint(random.randint(-60, 60), random.randint(-60, 60))
            if not isValid(widget) or not widget.isVisible():
                return
            QTest.mouseMove(widget, place)
            QApplication.sendPostedEvents()
        if isValid(widget):
            QTest.mouseRelease(widget, button, Qt.KeyboardModifier.NoModifier, place)

    def wheel(self, random: Random) -> None:
        if (found := self._place(random)) is None:
            return
        widget, place = found
        for _ in range(random.randint(1, 6)):
            if not isValid(widget):
                return
            delta = QPoint(0, random.choice((-1200, -120, -15, 15, 120, 1200)))
            event = QWheelEvent(QPointF(place), QPointF(widget.mapToGlobal(place)), QPoint(), delta,
                                Qt.MouseButton.NoButton, random.choice(MODIFIERS), Qt.ScrollPhase.NoScrollPhase,
                                False)  # fmt: skip
            QApplication.sendEvent(widget, event)

    def focus(self, random: Random) -> None:
        if (widget := self._some(random, QWidget)) is not None:
            widget.setFocus(Qt.FocusReason.TabFocusReason)

    # With the keyboard

    def key(self, random: Random) -> None:
        target = QApplication.focusWidget() or self._root(random)
        for _ in range(random.randint(1, 8)):
            if target is None or not isValid(target):
                return
            key = random.choice(KEYS)
            self._tell(key.name)
            QTest.keyClick(target, key, random.choice(MODIFIERS))
            target = QApplication.focusWidget()

    def shortcut(self, random: Random) -> None:
        if QApplication.activeModalWidget() is not None:
            return
        actions = [action for action in self._window.findChildren(QAction) if action.shortcuts()]
        keys = random.choice(random.choice(actions).shortcuts())
        self._tell(keys.toString())
        target = QApplication.focusWidget() or self._window
        if keys.toString() not in UNTOUCHED:
            for _ in range(random.choice((1, 1, 1, 2, 9))):
                if isValid(target):
                    QTest.keySequence(target, keys)

    def type(self, random: Random) -> None:
        if (field := self._some(random, QLineEdit, QPlainTextEdit)) is None:
            return
        field.setFocus()
        if random.random() < 0.7:
            QTest.keySequence(field, QKeySequence.StandardKey.SelectAll)
        text = random.choice(RUBBISH)
        self._tell(repr(text))
        for letter in text:
            if not isValid(field):
                return
            QTest.keyClicks(field, letter) if letter.isascii() else _commit(field, letter)
        if isValid(field):
            QTest.keyClick(field, random.choice((Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape)))

    # Fields and menus

    def spin(self, random: Random) -> None:
        if (box := self._some(random, QAbstractSpinBox, QAbstractSlider)) is not None:
            for _ in range(random.randint(1, 30)):
                if isValid(box):
                    QTest.keyClick(box, random.choice(KEYS[5:13]))

    def choose(self, random: Random) -> None:
        box = self._some(random, QComboBox)
        if isinstance(box, QComboBox) and box.count():
            for _ in range(random.choice((1, 1, 3))):
                if not isValid(box):
                    return
                box.setCurrentIndex(random.randrange(box.count()))
                if isValid(box):
                    box.activated.emit(box.currentIndex())

    def menu_action(self, random: Random) -> None:
        if QApplication.activeModalWidget() is None and QApplication.activePopupWidget() is None:
            self._pick(random.choice(list(self._window.menus.menus.values())), random)

    def _pick(self, menu: QMenu, random: Random) -> None:
        if not menu.isVisible():
            menu.aboutToShow.emit()
        actions = [a for a in menu.actions() if a.isEnabled() and not a.isSeparator() and "Quit" not in a.text()]
        if not actions:
            menu.close()
            return
        action = random.choice(actions)
        self._tell("pick", action.text())
        inner = action.menu()
        if isinstance(inner, QMenu):
            self._pick(inner, random)
            return
        # As Qt does it: the menu goes, then the action comes.
        menu.close()
        if isValid(action):
            action.trigger()

    def _answer(self, dialog: QFileDialog, random: Random) -> None:
        opens = dialog.acceptMode() == QFileDialog.AcceptMode.AcceptOpen
        path = random.choice(self._opened if opens else self._saved)
        self._tell("answer", dialog.windowTitle(), path.name)
        field = dialog.findChild(QLineEdit)
        if random.random() < 0.25 or field is None:
            dialog.reject()
            return
        field.setText(str(path))
        dialog.accept()
        if isValid(dialog) and dialog.isVisible() and QApplication.activeModalWidget() is dialog:
            dialog.reject()

    # The lab as a whole

    def open_file(self, random: Random) -> None:
        path = random.choice(self._opened)
        self._tell(path.name)
        if QApplication.activeModalWidget() is None:
            self._window.documents.open(path)

    def drop(self, random: Random) -> None:
        if QApplication.activeModalWidget() is not None:
            return
        data = QMimeData()
        data.setUrls(
            [QUrl.fromLocalFile(str(path)) for path in random.choices(self._opened, k=random.choice((1, 1, 2)))]
        )
        event = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self._window, event)

    def open_lesson(self, random: Random) -> None:
        path = random.choice([*self._lessons, *self._opened])
        self._tell(path.name)
        if QApplication.activeModalWidget() is None:
            self._window.lessons.open(path)

    def scene(self, random: Random) -> None:
        """Go through a lesson as a lecturer does who looks for a scene."""
        for _ in range(random.randint(1, 6)):
            target = QApplication.focusWidget() or self._window
            QTest.keyClick(target, random.choice((Qt.Key.Key_PageDown, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp)))

    def dock(self, random: Random) -> None:
        docks = [dock for dock in self._window.findChildren(QDockWidget) if isValid(dock)]
        dock = random.choice(docks)
        self._tell(dock.objectName())
        if QApplication.activeModalWidget() is not None:
            return
        match random.randrange(5):
            case 0:
                dock.toggleViewAction().trigger()
            case 1 if dock.features() & QDockWidget.DockWidgetFeature.DockWidgetFloatable:
                dock.setFloating(not dock.isFloating())
            case 2:
                dock.close()
            case 3:
                dock.show()
                dock.raise_()
            case 4:
                if (bar := dock.titleBarWidget()) is not None and bar.isVisible():
                    QTest.mouseDClick(bar, LEFT, Qt.KeyboardModifier.NoModifier, _inside(bar, random))

    def undo(self, random: Random) -> None:
        stack = self._live.lab.undo_stack
        for _ in range(random.randint(1, 40)):
            random.choice((stack.undo, stack.undo, stack.redo))()

    def change_fast(self, random: Random) -> None:
        """Choose again and again from the lists of the editor and the buttons of the strip, faster than any frame."""
        if QApplication.activeModalWidget() is not None:
            return
        window = self._window
        boxes = [box for box in window.editor.findChildren(QComboBox) if box.count() > 1]
        for _ in range(random.randint(5, 40)):
            if random.random() < 0.4:
                random.choice(window.strip.activation_actions).trigger()
                continue
            box = random.choice(boxes)
            # A row of a layer that was taken away lives on for a turn of the event loop.
            if isValid(box) and box.isEnabled() and box.isVisible():
                box.setCurrentIndex(random.randrange(box.count()))
                box.activated.emit(box.currentIndex())
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def resize(self, random: Random) -> None:
        root = self._root(random)
        if root is not None and root.windowFlags() & Qt.WindowType.Popup != Qt.WindowType.Popup:
            size = random.choice(SIZES)
            self._tell(_name(root), size)
            root.window().resize(*size)

    def window_state(self, random: Random) -> None:
        state = random.choice(
            (Qt.WindowState.WindowMinimized, Qt.WindowState.WindowMaximized, Qt.WindowState.WindowNoState)
        )
        self._window.setWindowState(state)
        if state == Qt.WindowState.WindowMinimized:
            self._window.setWindowState(Qt.WindowState.WindowNoState)

    def close_window(self, random: Random) -> None:
        root = self._root(random)
        if root is not None and not isinstance(root, MainWindow):
            self._tell(_name(root))
            root.close()


def _usable(widget: QWidget) -> bool:
    # In a file dialog a monkey could delete files.
    return not isinstance(widget.window(), QFileDialog) and isValid(widget)


def _inside(widget: QWidget, random: Random) -> QPoint:
    return QPoint(random.randrange(max(1, widget.width())), random.randrange(max(1, widget.height())))


def _name(widget: QWidget | None) -> str:
    if widget is None:
        return "nothing"
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return f"{type(widget).__name__}({widget.objectName() or widget.accessibleName() or text})"


def _commit(widget: QWidget, text: str) -> None:
    from PySide6.QtGui import QInputMethodEvent

    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(widget, event)
