"""A scene of a lesson on screen: its words, its question, its claims as they are decided, and the way on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from stepviz.lessons.player import Player
from stepviz.ui.formula_text import FormulaBrowser
from stepviz.ui.theme import Theme, font

SIGNS = {"open": "○", "holds": "✓", "fails": "✗"}


class LessonView(QWidget):
    """Shows what a Player knows. ``back``, ``again``, ``forward``: buttons; ``predicted`` a choice, -1 for none."""

    back = Signal()
    again = Signal()
    forward = Signal()
    predicted = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.setObjectName("lesson")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Lesson")
        self.heading = QLabel(self)
        self.heading.setWordWrap(True)
        self.heading.setFont(font(14, bold=True))
        self.place = QLabel(self)
        self.words = FormulaBrowser(self)
        self.words.setFont(font(12))
        self.words.setAccessibleName("Text of the scene")
        self.question = QLabel(self)
        self.question.setWordWrap(True)
        self.question.setFont(font(12, bold=True))
        self.choices = QVBoxLayout()
        self.claims = QLabel(self)
        self.claims.setWordWrap(True)
        self.claims.setFont(font(11))
        self.claims.setTextFormat(Qt.TextFormat.RichText)
        self.claims.setAccessibleName("Claims of the scene")
        self.back_button = self._button("◀ Back", "The scene before (PageUp)", self.back)
        self.again_button = self._button("Reset scene", "Begin the scene again", self.again)
        self.forward_button = self._button("Next ▶", "The next scene (PageDown)", self.forward)
        row = QHBoxLayout()
        for button in (self.back_button, self.again_button, self.forward_button):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.addWidget(self.place)
        column.addWidget(self.heading)
        column.addWidget(self.words, 1)
        column.addWidget(self.question)
        column.addLayout(self.choices)
        column.addWidget(self.claims)
        column.addLayout(row)
        self._buttons: list[QPushButton] = []
        self._shown: tuple[object, ...] = ()
        theme.changed.connect(self.retheme)
        self.retheme()

    def _button(self, text: str, tip: str, pressed: SignalInstance) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _checked=False: pressed.emit())
        return button

    def show_scene(self, player: Player) -> None:
        """Show the scene that a player stands at, from its beginning."""
        lesson, scene = player.lesson, player.scene
        self.place.setText(f"{lesson.title} · scene {player.index + 1} of {len(lesson.scenes)}")
        self.heading.setText(scene.title)
        for button in self._buttons:
            self.choices.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        if scene.question is not None:
            for number, choice in enumerate(scene.question.choices):
                button = QPushButton(choice.text, self)
                button.setAccessibleName(f"Answer: {choice.text}")
                button.clicked.connect(lambda _checked=False, number=number: self.predicted.emit(number))
                self.choices.addWidget(button)
                self._buttons.append(button)
        self._shown = ()
        self.show_progress(player)

    def show_progress(self, player: Player) -> None:
        """Show what has been decided since."""
        verdicts = player.verdicts
        state = (player.index, player.waits_for_prediction, player.explains, player.answer, player.goes_on,
                 tuple(map(str, verdicts)), self.theme.colours)  # fmt: skip
        if state == self._shown:
            return
        self._shown = state
        scene, waits = player.scene, player.waits_for_prediction
        parts = (scene.text, scene.explanation) if player.explains else (scene.text,)
        at = self.words.verticalScrollBar().value()
        self.words.show_text("\n\n".join(filter(None, parts)), player.lesson.card.folder)
        self.words.verticalScrollBar().setValue(at)
        self.question.setVisible(scene.question is not None)
        if scene.question is not None:
            self.question.setText(scene.question.text)
            self._show_answer(player)
        colours = self.theme.colours
        tints = {"open": colours.muted, "holds": colours.active, "fails": colours.zero}
        lines = [
            f'<p style="margin:4px 0"><span style="color:{tints[verdict.state]}"><b>{SIGNS[verdict.state]}</b></span> '
            f'{_escaped(claim.text)}<br><span style="color:{tints[verdict.state]}">{_escaped(str(verdict))}</span></p>'
            for claim, verdict in zip(scene.claims, verdicts, strict=True)
        ]
        self.claims.setText("" if waits else "".join(lines))
        self.claims.setVisible(bool(lines) and not waits)
        self.back_button.setEnabled(player.index > 0)
        self.forward_button.setEnabled(not player.at_end)
        self.forward_button.setDefault(player.record.over)
        over = player.record.over and not player.at_end
        self.forward_button.setStyleSheet(
            f"background: {colours.accent}; color: {colours.on_accent}; font-weight: 600" if over else ""
        )

    def _show_answer(self, player: Player) -> None:
        for number, button in enumerate(self._buttons):
            button.setEnabled(player.waits_for_prediction)
            sign = ""
            if player.answer is not None:
                sign = "✓ " if number == player.answer else "✗ " if number == player.prediction else ""
            elif number == player.prediction:
                sign = "▸ "
            assert player.scene.question is not None
            button.setText(sign + player.scene.question.choices[number].text)

    def retheme(self) -> None:
        """Take the colours of the theme."""
        colours = self.theme.colours
        self.setStyleSheet(
            f"#lesson {{ background: {colours.surface}; }} QTextBrowser {{ background: {colours.surface};"
            f" color: {colours.text}; }} QPushButton {{ padding: 6px 10px; text-align: left; }}"
            # An answer that was given is still to be read.
            f" QPushButton:disabled {{ color: {colours.muted}; }}"
        )
        self.place.setStyleSheet(f"color: {colours.muted}")
        self._shown = ()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
