"""What the presenter alone sees: notes of this scene, the title of the next one, and the time."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QScreen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from stepviz.lessons.player import Player
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.screen_room import fit
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.lessons.stopwatch import Stopwatch
from stepviz.ui.text.formula_text import FormulaBrowser

SIZE = (760, 560)
NO_NOTES = "*This scene has no notes.*"
NO_LESSON = "*The notes of a lesson stand here: open one from the Lab menu.*"


class NotesWindow(QWidget):
    """A window of its own. ``moved`` carries 1 (next scene), -1 (the one before) or 0 (this one anew).

    ``blank``: the projected window is to go dark, or come back. ``closed``: by the person.
    """

    moved = Signal(int)
    blank = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, over: QWidget) -> None:
        super().__init__(over, Qt.WindowType.Window)
        self.theme = theme
        self.setWindowTitle("Presenter notes")
        self.setAccessibleName("Presenter notes")
        # The keys of the clicker are for the window that is projected, until the person chooses this one.
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAutoFillBackground(True)
        self.place, self.heading, self.next = QLabel(), QLabel(), QLabel()
        self.heading.setFont(font(18, bold=True))
        self.place.setFont(font(13))
        self.next.setFont(font(14, bold=True))
        for label in (self.place, self.heading, self.next):
            label.setWordWrap(True)
        self.next.setAccessibleName("The next scene")
        self.notes = FormulaBrowser()
        self.notes.setFont(font(16))
        self.notes.setAccessibleName("Notes of this scene")
        self.watch = Stopwatch(theme)
        self.back_button = self._button("◀ Back", "The scene before (PageUp)", -1)
        self.again_button = self._button("Reset scene", "Begin the scene again", 0)
        self.forward_button = self._button("Next ▶", "The next scene (PageDown)", 1)
        self.blank_button = QPushButton("Go dark")
        self.blank_button.setToolTip("Darken the projected window, or bring it back (B)")
        self.blank_button.clicked.connect(lambda _checked=False: self.blank.emit())
        buttons = QHBoxLayout()
        for button in (self.back_button, self.again_button, self.forward_button, self.blank_button):
            button.setFont(font(13))
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 14, 20, 14)
        column.setSpacing(10)
        column.addWidget(self.watch)
        column.addWidget(self.place)
        column.addWidget(self.heading)
        column.addWidget(self.notes, 1)
        column.addWidget(self.next)
        column.addLayout(buttons)
        fit(self, *SIZE)
        theme.changed.connect(self.retheme)
        self.show_scene(None)
        self.retheme()

    def _button(self, text: str, tip: str, step: int) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _checked=False: self.moved.emit(step))
        return button

    def show_scene(self, player: Player | None) -> None:
        """Show the notes of the scene that a player stands at; None: no lesson is open."""
        for button in (self.back_button, self.again_button, self.forward_button):
            button.setEnabled(player is not None)
        if player is None:
            self.place.setText("")
            self.heading.setText("No lesson is open")
            self.notes.show_text(NO_LESSON)
            self.next.setText("")
            return
        lesson, scenes = player.lesson, player.lesson.scenes
        self.watch.plan(lesson.card.minutes)
        self.place.setText(f"{lesson.title} · scene {player.index + 1} of {len(scenes)}")
        self.heading.setText(player.scene.title)
        self.notes.show_text(player.scene.notes or NO_NOTES, lesson.card.folder)
        self.next.setText("The last scene" if player.at_end else f"Next: {scenes[player.index + 1].title}")
        self.back_button.setEnabled(player.index > 0)
        self.forward_button.setEnabled(not player.at_end)

    def show_beside(self, stage: QWidget) -> None:
        """Show it on another screen than ``stage``, over all of it; with one screen as an ordinary window."""
        other = other_screen(stage)
        if other is not None:
            self.setGeometry(other.availableGeometry())
        self.show()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Do what the keys of a clicker do in the projected window."""
        steps = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}
        if event.key() in steps:
            self.moved.emit(steps[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_B, Qt.Key.Key_Period):
            self.blank.emit()
        else:
            super().keyPressEvent(event)

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:  # Qt's name
        """Say so."""
        event.accept()
        self.closed.emit()

    def retheme(self) -> None:
        """Take the theme's colours."""
        colours = self.theme.colours
        self.place.setStyleSheet(f"color: {colours.muted}")
        self.next.setStyleSheet(f"color: {colours.accent}")


def other_screen(stage: QWidget) -> QScreen | None:
    """Return a screen that ``stage`` is not on, None where there is but one."""
    return next((screen for screen in QGuiApplication.screens() if screen is not stage.screen()), None)
