"""A setting of a study as a person writes it: the text that the command line takes, and what is wrong with it below."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from stepviz.engine.common.errors import InputError
from stepviz.studies.settings import Setting, Value
from stepviz.ui.core.guarded import guarded, guarded_filter
from stepviz.ui.core.theme import Theme, font, scaled

LINES = 3
EXPERIMENTS = "Experiments and tables (*.stepviz *.json *.csv *.tsv *.txt);;All files (*)"


class Field(QWidget):
    """An editor, and below it what the setting means, or what is wrong. ``edited`` is emitted with every change."""

    edited = Signal()

    def __init__(self, setting: Setting, theme: Theme, name: str) -> None:
        super().__init__()
        self.setting, self.theme = setting, theme
        self.lines = setting.free and setting.many
        self.editor: QLineEdit | QPlainTextEdit = QPlainTextEdit() if self.lines else QLineEdit()
        self.hint = QLabel()
        self.complaint = ""
        self.editor.setAccessibleName(name)
        self.editor.setToolTip(tip(setting))
        self.editor.textChanged.connect(self._note_edit)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.editor, 1)
        self.button = self._button(name)
        if self.button is not None:
            row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        self.hint.setWordWrap(True)
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        self.hint.setFont(font(9))
        self.hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.hint)
        self.write(setting.default)
        theme.changed.connect(self.retheme)
        self.retheme()

    @property
    def text(self) -> str:
        """Return what is written."""
        return self.editor.toPlainText() if isinstance(self.editor, QPlainTextEdit) else self.editor.text()

    def write(self, values: tuple[Value, ...]) -> None:
        """Write values as a person would."""
        texts = self.setting.write(values)
        self.put("\n".join(texts) if self.setting.free else texts[0].replace(",", ", "))

    def put(self, text: str) -> None:
        """Write a text."""
        if isinstance(self.editor, QPlainTextEdit):
            self.editor.setPlainText(text)
        else:
            self.editor.setText(text)
            self.editor.setCursorPosition(0)

    def values(self) -> tuple[Value, ...]:
        """Return the values that are written. Raises InputError for what is not allowed."""
        written = self.text.splitlines() if self.setting.free else [self.text]
        parsed = [value for line in written if line.strip() for value in self.setting.parse(line.strip())]
        return self.setting.check(parsed)

    def complain(self, text: str) -> None:
        """Say below what is wrong; nothing is where the text is empty."""
        if text != self.complaint:
            self.complaint = text
            self.retheme()

    def retheme(self) -> None:
        """Take the theme's colours, and the size of its type."""
        colours = self.theme.colours
        self.hint.setText(self.complaint or meaning(self.setting))
        self.hint.setStyleSheet(
            f"color: {colours.zero}; font-weight: 600;" if self.complaint else f"color: {colours.muted};"
        )
        self.editor.setAccessibleDescription(self.complaint or tip(self.setting))
        if isinstance(self.editor, QPlainTextEdit):
            self.editor.setFixedHeight(self.editor.fontMetrics().lineSpacing() * LINES + scaled(14))

    def recheck(self) -> None:
        """Say what is wrong with the value in itself, and nothing else."""
        try:
            self.values()
        except InputError as error:
            self.complain(str(error))
        else:
            self.complain("")

    def _note_edit(self) -> None:
        self.recheck()
        self.edited.emit()

    # The button beside some editors

    def _button(self, name: str) -> QToolButton | None:
        setting = self.setting
        button = QToolButton()
        button.setText("…")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if isinstance(self.editor, QPlainTextEdit):
            # Tab leads on, as everywhere.
            self.editor.setTabChangesFocus(True)
        else:
            self.editor.setClearButtonEnabled(setting.free)
        if setting.kind == "experiment" and isinstance(self.editor, QLineEdit):
            self.editor.setPlaceholderText("the lab's present settings")
            button.setAccessibleName(f"Choose a file for {name}")
            button.clicked.connect(self._choose_file)
        elif setting.names or setting.examples:
            menu = _TickMenu(self)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            button.setMenu(menu)
            button.setAccessibleName(f"Choose {name}" if setting.names else f"Add to {name}")
            menu.aboutToShow.connect(lambda: self._fill(menu))
        else:
            return None
        button.setToolTip(button.accessibleName())
        return button

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "The settings that are not varied", self.text, EXPERIMENTS)
        if name:
            self.put(str(Path(name)))

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        chosen = self.setting.parse(self.text) if self.setting.names else []
        for entry in self.setting.names or self.setting.examples:
            action = menu.addAction(entry.replace("&", "&&"))
            action.setCheckable(bool(self.setting.names))
            action.setChecked(entry in chosen)
            action.triggered.connect(lambda _on=False, entry=entry: self._take(entry))

    def _take(self, entry: str) -> None:
        if not self.setting.names:
            self.put("\n".join([*filter(str.strip, self.text.splitlines()), entry]))
            return
        chosen = set(self.setting.parse(self.text)) if self.setting.many else set()
        chosen ^= {entry}
        self.write(tuple(name for name in self.setting.names if name in chosen))


class _TickMenu(QMenu):
    """A menu that stays open while its entries are ticked."""

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Tick the entry under the mouse."""
        if not self._tick():
            super().mouseReleaseEvent(event)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Tick the entry with the space bar; Enter ticks and closes, as everywhere."""
        if event.key() != Qt.Key.Key_Space or not self._tick():
            super().keyPressEvent(event)

    @guarded_filter
    def event(self, event: QEvent) -> bool:  # Qt's name
        """Keep the space bar from the shortcuts of the window."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def _tick(self) -> bool:
        action = self.activeAction()
        if action is None or not action.isCheckable():
            return False
        action.trigger()
        return True


def meaning(setting: Setting) -> str:
    """Return what a setting means, and the numbers that it may have."""
    words = setting.meaning
    if setting.kind in ("whole", "number"):
        words += f"; {setting.allowed}"
    elif setting.examples:
        words += f"; one a line, for example {','.join(setting.examples[0].split(',')[:3])}"
    return words


def tip(setting: Setting) -> str:
    """Return all that is to be known of a setting."""
    words = f"{setting.meaning}: {setting.allowed}" if setting.allowed else setting.meaning
    if setting.many:
        words += ". One a line" if setting.free else ". Several with commas between: the study goes through them"
    return words
