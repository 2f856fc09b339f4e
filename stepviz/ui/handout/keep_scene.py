"""«Keep this as a scene»: the present settings, steps and instruments become a scene in a lesson's folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from stepviz.engine.common.errors import InputError, in_words
from stepviz.ui.shell import ShellLayout

ABOUT = (
    "The scene begins with the present settings and weights drawn anew from their seed, trains as many steps as this "
    "run has, and shows the instruments that are open. It goes into a lesson's folder, behind the scenes there."
)


class SceneDialog(QDialog):
    """Asks for the words of the scene; its button «Choose the folder…» accepts."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keep this as a scene")
        self.setMinimumWidth(440)
        about = QLabel(ABOUT)
        about.setWordWrap(True)
        self.title, self.text = QLineEdit(), QPlainTextEdit()
        self.title.setMaxLength(80)
        self.text.setPlaceholderText("What there is to see (Markdown; formulas between dollar signs)")
        self.text.setTabChangesFocus(True)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.addRow("Title", self.title)
        form.addRow("Text", self.text)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, Qt.Orientation.Horizontal)
        self.choose = self.buttons.addButton("Choose the folder…", QDialogButtonBox.ButtonRole.AcceptRole)
        self.choose.setEnabled(False)
        self.title.textChanged.connect(lambda text: self.choose.setEnabled(bool(text.strip())))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.addWidget(about)
        whole.addLayout(form)
        whole.addWidget(self.buttons)


class SceneKeeping(QObject):
    """Keeps scenes of a main window; ``dialog`` is the one that asks, while it is open."""

    def __init__(self, shell: ShellLayout) -> None:
        super().__init__(shell.main)
        self._shell, self._window, self._lab = shell, shell.main, shell.lab
        self.dialog: SceneDialog | None = None
        tip = "Put the present state, with a text, into the folder of a lesson of your own"
        self.action = shell.menus.add("File/class", "&Keep this as a scene…", tip, self.ask)

    def ask(self) -> None:
        """Let the person say what the scene is about, and where it goes."""
        self.dialog = SceneDialog(self._window)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.accepted.connect(self._keep)
        self.dialog.open()

    def _keep(self) -> None:
        assert self.dialog is not None
        title, text = self.dialog.title.text(), self.dialog.text.toPlainText()
        self.dialog = None
        start = str(self._shell.documents.folder)
        folder = QFileDialog.getExistingDirectory(self._window, "The folder of the lesson", start)
        if folder:
            self.write(Path(folder), title, text)

    def write(self, folder: Path, title: str, text: str) -> None:
        """Write the scene, and say where it is, or why it cannot be kept."""
        # Not before it is wanted: it reads Markdown.
        from stepviz.lessons.scene_writer import keep_scene

        frame = self._lab.frame
        steps = frame.whole.last_step if frame is not None else 0
        try:
            panels = self._shell.audience.in_view
            lesson = keep_scene(folder, title, text, self._lab.experiment, steps, panels)
        except (InputError, OSError) as error:
            self._lab.refused.emit(in_words(error))
            return
        count = len(lesson.scenes)
        self._lab.told.emit(f"Scene {count} of the lesson in {folder} is «{lesson.scenes[-1].title}»")
