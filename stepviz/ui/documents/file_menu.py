"""The entries of the File menu that open, save and copy the experiment."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtGui import QKeySequence

from stepviz.engine.settings.experiment import Experiment
from stepviz.export.as_text import as_command, as_python
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.menu_bar import MenuBar, entry
from stepviz.ui.core.remembered import Remembered
from stepviz.ui.docks.visible_panels import VisiblePanels
from stepviz.ui.documents.documents import Documents


class FileMenu:
    """Adds the entries. ``recent`` is the menu of files that were opened before."""

    def __init__(
        self, menus: MenuBar, lab: Lab, documents: Documents, remembered: Remembered, visible: VisiblePanels
    ) -> None:
        self._documents, self._remembered = documents, remembered
        keys = QKeySequence.StandardKey
        add = partial(menus.add, "File/open")
        add("&New experiment", "Go back to the default settings", documents.start_anew, keys.New)
        add("&Open…", "Open an experiment, a recording or a CSV", documents.ask_to_open, keys.Open)
        add("Open &CSV…", "Train on a table of your own", documents.ask_for_csv, "Ctrl+Shift+O")
        self._columns = add("Choose col&umns…", "Choose anew what is learned from the CSV", documents.choose_columns)
        self._inside = add("Put the CSV &inside", "Keep the table in the experiment: its file is not needed any more",
                           documents.put_data_inside)  # fmt: skip
        lab.experiment_changed.connect(self._offer_table)
        self._offer_table(lab.experiment)
        self.recent = menus.add_menu("File/open", "Open &recent")
        self.recent.setToolTipsVisible(False)
        self.recent.aboutToShow.connect(self._list_recent)
        add = partial(menus.add, "File/save")
        add("&Save", "Write the settings to the open file", documents.save, keys.Save)
        add("Save &as…", "Write the settings to another file", documents.save_as, "Ctrl+Shift+S")
        tip = "Write settings, weights and history; opened anywhere, the run goes on from here"
        add("Save s&ession…", tip, lambda: documents.save_session(visible.in_view), "Ctrl+Alt+S")
        add = partial(menus.add, "File/clipboard")
        add("Copy as co&mmand", "Put a «stepviz train» line with these settings on the clipboard",
            lambda: documents.copy_as(as_command))  # fmt: skip
        add("Copy as &Python", "Put a script that trains with these settings on the clipboard",
            lambda: documents.copy_as(as_python))  # fmt: skip

    def _offer_table(self, experiment: Experiment) -> None:
        """Switch off what needs a CSV where the data are none."""
        table = experiment.data.name == "csv"
        self._columns.setEnabled(table)
        self._inside.setEnabled(table and not experiment.data.content)

    def _list_recent(self) -> None:
        self.recent.clear()
        for name in self._remembered.preferences.recent:
            title = Path(name).name.replace("&", "&&")
            self.recent.addAction(entry(self.recent, title, name, partial(self._documents.open, name)))
        if self.recent.isEmpty():
            self.recent.addAction("No file was opened yet").setEnabled(False)
