"""The keys and the versions: two windows that stay beside the lab, never in front of its work."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QIcon, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from stepviz.shipped import resource
from stepviz.ui.core.menu_bar import MenuBar
from stepviz.ui.core.screen_room import fit
from stepviz.ui.core.theme import font, scaled
from stepviz.ui.guide.guide import Guide
from stepviz.versions import installation, versions

PURPOSE = "See why gradient descent cannot train step units, and what every usual remedy really does."


def add_help(menus: MenuBar, window: QWidget, guide: Guide) -> None:
    """Add the entries of the Help menu."""

    def show_keys() -> None:
        keys_dialog([(title, menu.actions()) for title, menu in menus.menus.items()], window).show()

    def help_here() -> None:
        key = guide.instrument_in_focus()
        if key is None:
            show_keys()
        else:
            guide.open_instrument(key)

    menus.add("Help/help", "&Guide", "Every instrument, setting and word, with a search", guide.open, "Shift+F1")
    menus.add("Help/help", "&Help here", "What the instrument that was clicked shows; all keys where none was",
              help_here, "F1")  # fmt: skip
    menus.add("Help/help", "&Keys", "All keys of the lab", show_keys)
    about = menus.add("Help/help", "&About stepviz", "What it is, and the versions",
                      lambda: about_dialog(window).show())  # fmt: skip
    about.setMenuRole(QAction.MenuRole.AboutRole)


def keys_dialog(groups: Iterable[tuple[str, Iterable[QAction]]], parent: QWidget) -> QDialog:
    """Return a window that lists the keys of the menus' own actions, menu by menu."""
    dialog = _dialog("Keys", parent)
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(18, 8, 18, 12)
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(5)
    row = 0
    for title, actions in groups:
        keyed = [action for action in actions if action.shortcuts()]
        if not keyed:
            continue
        heading = QLabel(title)
        heading.setFont(font(11, bold=True))
        grid.addWidget(heading, row, 0, 1, 3)
        row += 1
        for action in keyed:
            # The desktop knows up to five keys for some actions: the usual ones come first.
            keys = QLabel(",  ".join(shown(key) for key in action.shortcuts()[:2]))
            keys.setFont(font(10.5, bold=True))
            name = QLabel(action.text().replace("&", ""))
            tip = QLabel(action.statusTip())
            tip.setForegroundRole(tip.foregroundRole())
            for column, label in enumerate((keys, name, tip)):
                label.setTextFormat(Qt.TextFormat.PlainText)
                grid.addWidget(label, row, column)
            row += 1
        grid.setRowMinimumHeight(row, 8)
        row += 1
    note = QLabel("Double-click a title to enlarge that instrument, or to put it back.")
    grid.addWidget(note, row, 0, 1, 3)
    scroll = QScrollArea()
    scroll.setWidget(table)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    column_layout = QVBoxLayout(dialog)
    column_layout.addWidget(scroll, 1)
    column_layout.addWidget(_closing(dialog))
    wanted = table.sizeHint()
    fit(dialog, wanted.width() + 60, min(scaled(640), wanted.height() + 80))
    return dialog


def shown(key: QKeySequence) -> str:
    """Return a key as it stands on the keyboard."""
    return key.toString(QKeySequence.SequenceFormat.NativeText)


def about_dialog(parent: QWidget) -> QDialog:
    """Return a window with what the program is, and the versions, which can be copied."""
    dialog = _dialog("About stepviz", parent)
    found = {**versions(), "installed as": installation()}
    picture = QLabel()
    picture.setPixmap(QIcon(str(resource("icons", "stepviz.svg"))).pixmap(QSize(72, 72)))
    picture.setAlignment(Qt.AlignmentFlag.AlignTop)
    name = QLabel("stepviz")
    name.setFont(font(20, bold=True))
    purpose = QLabel(PURPOSE)
    purpose.setWordWrap(True)
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    for row, (what, version) in enumerate(found.items()):
        grid.addWidget(QLabel(what), row, 0)
        value = QLabel(version)
        value.setFont(font(10, tabular=True))
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(value, row, 1)
    text = QVBoxLayout()
    for widget in (name, purpose):
        text.addWidget(widget)
    text.addSpacing(8)
    text.addLayout(grid)
    text.addStretch(1)
    row_layout = QHBoxLayout()
    row_layout.setContentsMargins(12, 12, 12, 4)
    row_layout.setSpacing(18)
    row_layout.addWidget(picture)
    row_layout.addLayout(text, 1)
    buttons = _closing(dialog)
    copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
    copy.setToolTip("Copy the versions, for a report")
    lines = "\n".join(f"{what}: {version}" for what, version in found.items())
    copy.clicked.connect(lambda _checked=False: QGuiApplication.clipboard().setText(lines))
    column = QVBoxLayout(dialog)
    column.addLayout(row_layout, 1)
    column.addWidget(buttons)
    return dialog


def _dialog(title: str, parent: QWidget) -> QDialog:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setModal(False)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


def _closing(dialog: QDialog) -> QDialogButtonBox:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    return buttons
