"""The menus: every action of the window, with its key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from stepviz.engine.common.errors import InputError, in_words
from stepviz.export.as_text import as_command, as_python
from stepviz.ui.bars.activation_strip import KEYS
from stepviz.ui.core.run_pauser import RunPauser
from stepviz.ui.guide.opening import Guide
from stepviz.ui.lessons.presenter_notes import PresenterNotes
from stepviz.ui.window.comfort_actions import ComfortMenu
from stepviz.ui.window.help_dialogs import about_dialog, keys_dialog
from stepviz.ui.window.quit_key import QuitKey
from stepviz.ui.window.stepper_menu import add_stepper_menu

if TYPE_CHECKING:
    from stepviz.engine.settings.experiment import Experiment
    from stepviz.ui.film.films import Films
    from stepviz.ui.lessons.controller import LessonShow
    from stepviz.ui.one_step.opening import OneStep
    from stepviz.ui.race.opening import Races
    from stepviz.ui.studies.opening import Studies
    from stepviz.ui.window.main_window import MainWindow

THEMES = {"light": "Light", "dark": "Dark", "system": "As the desktop"}


class Menus:
    """Fills the menu bar of a main window. ``menus`` maps a title to its menu, in order."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.menus: dict[str, QMenu] = {}
        self.themes: dict[str, QAction] = {}
        self.rest = RunPauser(window.lab)
        self.races: Races | None = None
        self.studies: Studies | None = None
        self.films: Films | None = None
        self.one_step: OneStep | None = None
        self.guide = Guide(window, window.theme, window.panel_docks, self.open_lesson)
        window.closing.connect(self.guide.close)
        self._build_file()
        self._build_edit()
        self._build_run()
        self._build_activation()
        self._build_lab()
        self._build_view()
        self._build_help()

    def _menu(self, title: str) -> QMenu:
        menu = self._window.menuBar().addMenu(title)
        menu.setToolTipsVisible(True)
        self.menus[title.replace("&", "")] = menu
        return menu

    def _add(
        self, menu: QMenu, text: str, tip: str, callback: Callable[[], object], *keys: QKeySequence.StandardKey | str
    ) -> QAction:
        action = menu.addAction(text)
        action.setStatusTip(tip)
        action.setToolTip(tip)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda _checked=False: callback())
        return action

    def _build_file(self) -> None:
        menu, documents, keys = self._menu("&File"), self._window.documents, QKeySequence.StandardKey
        self._add(menu, "&New experiment", "Go back to the default settings", documents.start_anew, keys.New)
        self._add(menu, "&Open…", "Open an experiment, a recording or a CSV", documents.ask_to_open, keys.Open)
        self._add(menu, "Open &CSV…", "Train on a table of your own", documents.ask_for_csv, "Ctrl+Shift+O")
        tip = "Choose anew what is learned from the CSV"
        self._columns = self._add(menu, "Choose col&umns…", tip, documents.choose_columns)
        self._inside = self._add(menu, "Put the CSV &inside",
                                 "Keep the table in the experiment: its file is not needed any more",
                                 documents.put_data_inside)  # fmt: skip
        self._window.lab.experiment_changed.connect(self._offer_table)
        self._offer_table(self._window.lab.experiment)
        self.recent = menu.addMenu("Open &recent")
        self.recent.aboutToShow.connect(self._list_recent)
        menu.addSeparator()
        self._add(menu, "&Save", "Write the settings to the open file", documents.save, keys.Save)
        self._add(menu, "Save &as…", "Write the settings to another file", documents.save_as, "Ctrl+Shift+S")
        tip = "Write settings, weights and history; opened anywhere, the run goes on from here"
        self._add(menu, "Save s&ession…", tip, lambda: documents.save_session(self._window.audience.in_view),
                  "Ctrl+Alt+S")  # fmt: skip
        menu.addSeparator()
        self._add(menu, "Recor&d a film…", "Write a GIF or an MP4 of the run, the same number of steps a picture",
                  self.record)  # fmt: skip
        self._add(menu, "Save the r&un…", "Write losses, gradients, stuck units and weights for NumPy or as a table",
                  self._window.run_saving.ask)  # fmt: skip
        self._add(menu, "Save the &history…", "Write losses, gradients and stuck units over the steps as a table",
                  self._window.run_saving.ask_for_history)  # fmt: skip
        self._add(menu, "Copy as co&mmand", "Put a «stepviz train» line with these settings on the clipboard",
                  lambda: documents.copy_as(as_command))  # fmt: skip
        self._add(menu, "Copy as &Python", "Put a script that trains with these settings on the clipboard",
                  lambda: documents.copy_as(as_python))  # fmt: skip
        self._build_pytorch(menu)
        menu.addSeparator()
        quit_action = self._add(menu, "&Quit", "Close the lab; it is as you left it next time", self._window.close,
                                "Ctrl+Q")  # fmt: skip
        quit_action.setMenuRole(QAction.MenuRole.QuitRole)
        self.quit_key = QuitKey(quit_action, self._window)

    def _build_pytorch(self, menu: QMenu) -> None:
        from stepviz.export.pytorch.starts import from_here, from_start

        self.pytorch = menu.addMenu("Take the run to P&yTorch")
        self.pytorch.setToolTipsVisible(True)
        export, same = self._window.to_pytorch, "the same network, weights, batches and updates"
        for begin, words, tip in (
            (from_start, "from the start", "with these settings, from the first weights"),
            (from_here, "from this step", "from the present weights, with the memory of the optimiser"),
        ):
            self._add(self.pytorch, f"Copy as PyTorch, {words}", f"Put a script on the clipboard: {same}, {tip}",
                      partial(export.copy, begin))  # fmt: skip
            self._add(self.pytorch, f"Save as notebook, {words}…", f"Write a Jupyter notebook: {same}, {tip}",
                      partial(export.ask, begin))  # fmt: skip

    def _offer_table(self, experiment: Experiment) -> None:
        """Switch off what needs a CSV where the data are none."""
        table = experiment.data.name == "csv"
        self._columns.setEnabled(table)
        self._inside.setEnabled(table and not experiment.data.content)

    def _list_recent(self) -> None:
        self.recent.clear()
        for name in self._window.preferences.recent:
            self._add(self.recent, Path(name).name.replace("&", "&&"), name, partial(self._window.documents.open, name))
        if self.recent.isEmpty():
            self.recent.addAction("No file was opened yet").setEnabled(False)

    def _build_edit(self) -> None:
        menu, stack = self._menu("&Edit"), self._window.lab.undo_stack
        # Named here: a desktop's own list has keys that keyboards have not, and they would stand among all keys.
        for action, keys, tip in (
            (stack.createUndoAction(self._window, "Undo"), ("Ctrl+Z",), "Take the last change back"),
            (stack.createRedoAction(self._window, "Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "Make the change again"),
        ):
            action.setShortcuts([QKeySequence(key) for key in keys])
            action.setStatusTip(tip)
            menu.addAction(action)

    def _build_run(self) -> None:
        menu, transport = self._menu("&Run"), self._window.transport
        for group in (
            (transport.play, transport.step, transport.steps, transport.back),
            (transport.restart, transport.renew),
            (transport.slower, transport.faster),
        ):
            menu.addActions(group)
            menu.addSeparator()
        add_stepper_menu(menu, self._window)

    def _build_activation(self) -> None:
        menu, actions = self._menu("&Activation"), self._window.strip.activation_actions
        menu.aboutToShow.connect(self._window.strip.draw_icons)
        menu.addActions(actions[:KEYS])
        menu.addSeparator()
        menu.addActions(actions[KEYS:])

    def _build_lab(self) -> None:
        menu = self._menu("&Lab")
        menu.addAction(self._window.transport.home)
        self._add(menu, "&Race…", "Train 2 to 12 lanes from the same start; the lab's run rests meanwhile",
                  self.open_race, "Ctrl+R")  # fmt: skip
        self._add(menu, "&Studies…", "Run many trials; a table beside closed forms and papers, and pictures",
                  self.open_studies, "Ctrl+T")  # fmt: skip
        self._add(menu, "&One step, explained…", "Take the next update in four stages: forward, loss, backward, update",
                  self.explain_step, "Ctrl+E")  # fmt: skip
        self.lessons = menu.addMenu("&Lessons")
        self.lessons.setToolTipsVisible(True)
        self.lessons.aboutToShow.connect(self._list_lessons)
        self.show_of_lessons: LessonShow | None = None

    def _list_lessons(self) -> None:
        from stepviz.lessons.lesson_file import load_card
        from stepviz.lessons.library import shipped_lessons

        self.lessons.clear()
        for number, folder in enumerate(shipped_lessons(), 1):
            card = load_card(folder)
            title = f"{number}. {card.title} ({card.minutes:g} min)".replace("&", "&&")
            self._add(self.lessons, title, card.summary, partial(self.open_lesson, folder))

    def open_lesson(self, path: Path) -> None:
        """Show a lesson, read from its folder or file; what is wrong with it is said."""
        from stepviz.lessons.lesson_file import load_lesson
        from stepviz.ui.lessons.controller import LessonShow

        try:
            lesson = load_lesson(path)
        except (InputError, OSError) as error:
            self._window.notices.warn(in_words(error))
            return
        if self.show_of_lessons is None:
            self.show_of_lessons = LessonShow(self._window)
        self.show_of_lessons.open(lesson, path)

    def record(self, what: str = "") -> None:
        """Ask for a film of an instrument (of the window where none is named), and make it."""
        if self.films is None:
            from stepviz.ui.film.films import Films

            self.films = Films(self._window)
        self.films.ask(what)

    def open_race(self) -> None:
        """Show the race window, made when it is first asked for."""
        if self.races is None:
            from stepviz.ui.race.opening import Races

            self.races = Races(self._window, self.rest)
        self.races.open()

    def explain_step(self) -> None:
        """Show the dialog that takes an update in four stages, made when it is first asked for."""
        if self.one_step is None:
            from stepviz.ui.one_step.opening import OneStep

            self.one_step = OneStep(self._window, self.rest)
        self.one_step.open()

    def open_studies(self) -> None:
        """Show the window of studies, made when it is first asked for."""
        if self.studies is None:
            from stepviz.ui.studies.opening import Studies

            self.studies = Studies(self._window, self.rest)
        self.studies.open()

    def _build_view(self) -> None:
        menu, window = self._menu("&View"), self._window
        menu.addAction(window.editor_dock.toggleViewAction())
        menu.addSeparator()
        menu.addActions([dock.toggleViewAction() for dock in window.panel_docks.values()])
        menu.addSeparator()
        themes, group = menu.addMenu("&Theme"), QActionGroup(window)
        for choice, text in THEMES.items():
            action = self._add(themes, text, f"Colours: {text.lower()}", partial(window.set_theme, choice))
            action.setCheckable(True)
            action.setChecked(choice == window.preferences.theme)
            group.addAction(action)
            self.themes[choice] = action
        self._add(menu, "&Larger type", "For a projector, and the back row", lambda: window.scale_type(1),
                  "Ctrl++", "Ctrl+=")  # fmt: skip
        self._add(menu, "&Smaller type", "To have more room", lambda: window.scale_type(-1), "Ctrl+-")
        self.comfort = ComfortMenu(menu, window)
        menu.addSeparator()
        self.stage = self._add(menu, "&Presenter mode", "The whole screen and large type; B goes dark, Escape leaves",
                               window.presenter.toggle, "F5")  # fmt: skip
        self.stage.setCheckable(True)
        window.presenter.changed.connect(self.stage.setChecked)
        self.notes = PresenterNotes(window, self._add(
            menu, "Presenter &notes", "Notes, next scene and time, on the other screen if there is one",
            lambda: None, "Shift+F5",
        ))  # fmt: skip
        self.full_screen = self._add(menu, "&Full screen", "Use the whole screen", window.toggle_full_screen, "F11")
        self.full_screen.setCheckable(True)
        tip = "As a second double-click on its title does; the start page goes first"
        self._add(menu, "&Put the enlarged instrument back", tip, window.step_back, "Escape")
        self._add(menu, "&Reset layout", "Put all instruments where they were at the first start",
                  window.reset_layout)  # fmt: skip

    def _build_help(self) -> None:
        menu, window = self._menu("&Help"), self._window
        self._add(menu, "&Guide", "Every instrument, setting and word, with a search", self.guide.open, "Shift+F1")
        self._add(menu, "&Help here", "What the instrument that was clicked shows; all keys where none was",
                  self._help_here, "F1")  # fmt: skip
        self._add(menu, "&Keys", "All keys of the lab", self._show_keys)
        about = self._add(menu, "&About stepviz", "What it is, and the versions", lambda: about_dialog(window).show())
        about.setMenuRole(QAction.MenuRole.AboutRole)

    def _help_here(self) -> None:
        key = self.guide.instrument_in_focus()
        if key is None:
            self._show_keys()
        else:
            self.guide.open_instrument(key)

    def _show_keys(self) -> None:
        keys_dialog([(title, menu.actions()) for title, menu in self.menus.items()], self._window).show()
