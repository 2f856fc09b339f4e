"""Opening and saving, without a dialog in the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QFileDialog, QMainWindow
from pytestqt.qtbot import QtBot

from stepviz.engine.data.datasets import load_data
from stepviz.engine.settings.experiment import Choice, Experiment
from stepviz.engine.setup.experiment_file import encode, load
from stepviz.engine.setup.open_file import open_file
from stepviz.export.as_text import as_command
from stepviz.runtime.commands import Change, Command
from stepviz.runtime.run import Run
from stepviz.runtime.session_file import session_of
from stepviz.ui.core.lab import Lab
from stepviz.ui.documents.documents import Documents
from stepviz.ui.table_wizard.table_wizard import TableWizard

RINGS = "x,y,class\n" + "\n".join(f"{n % 7},{n % 5},{'in' if n % 3 else 'out'}" for n in range(40))


class Outcome:
    """What the documents told."""

    def __init__(self, documents: Documents) -> None:
        self.opened: list[str] = []
        self.failed: list[str] = []
        documents.opened.connect(self.opened.append)
        documents.failed.connect(self.failed.append)


def pick(combo: QComboBox, key: str) -> None:
    """Choose an entry as a click on it does."""
    index = combo.findData(key)
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def wizard_on(qtbot: QtBot, documents: Documents, path: Path) -> TableWizard:
    """Return the dialog that opens for a table."""
    documents.open(path)
    qtbot.waitUntil(lambda: documents.wizard is not None)
    assert documents.wizard is not None
    return documents.wizard


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def sent() -> list[Command]:
    return []


@pytest.fixture
def documents(window: QMainWindow, sent: list[Command]) -> Documents:
    return Documents(Lab(Experiment(), sent.append), window)


def test_an_experiment_is_opened_from_its_first_weights_and_can_be_undone(
    qtbot: QtBot, documents: Documents, sent: list[Command], tmp_path: Path
) -> None:
    path = tmp_path / "mine.stepviz"
    wanted = Experiment(seed=5, optimizer=Choice("sgd"))
    path.write_bytes(encode(wanted))
    outcome = Outcome(documents)
    documents.open(path)
    qtbot.waitUntil(lambda: bool(outcome.opened))
    assert sent == [Change(wanted, "Open mine.stepviz", anew=True)]
    assert (documents.path, documents.modified) == (path, False)
    assert documents.title == "mine.stepviz[*] – stepviz"
    documents._lab.undo_stack.undo()
    assert documents._lab.experiment == Experiment()
    assert documents.modified


def test_a_csv_becomes_the_data_and_gets_a_loss_that_serves_it(
    qtbot: QtBot, documents: Documents, tmp_path: Path
) -> None:
    path = tmp_path / "rings.csv"
    path.write_text(RINGS)
    documents._lab.put(Experiment(loss="softmax-cross-entropy"), "")
    outcome = Outcome(documents)
    wizard_on(qtbot, documents, path).accept()
    assert outcome.opened == [str(path)]
    experiment = documents._lab.experiment
    assert (experiment.data.name, experiment.data.path) == ("csv", str(path))
    assert experiment.loss in ("binary-cross-entropy", "softmax-cross-entropy")
    assert documents.path is None
    assert documents.title.startswith("rings.csv[*]")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.stepviz", b"{", "a.stepviz, line 1"),
        ("a.stepviz", b'{"format": "stepviz experiment", "version": 9}', "version: found 9"),
        ("a.csv", b"x,y\n1,abc\n2,3\n", "line 2"),
        ("a.csv", b"", "empty"),
        ("noise.bin", b"\x00\x01\x02", "NUL"),
    ],
)
def test_a_bad_file_gets_a_message_and_the_run_is_untouched(
    qtbot: QtBot, documents: Documents, sent: list[Command], tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    outcome = Outcome(documents)
    documents.open(path)
    qtbot.waitUntil(lambda: bool(outcome.failed))
    assert message in outcome.failed[0]
    assert (sent, documents._lab.experiment, documents.path) == ([], Experiment(), None)


@pytest.mark.parametrize("name", ["gone.stepviz", "gone.csv", "folder"])
def test_what_is_no_file_gets_a_message(qtbot: QtBot, documents: Documents, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    outcome = Outcome(documents)
    documents.open(tmp_path / name)
    qtbot.waitUntil(lambda: bool(outcome.failed))
    assert name in outcome.failed[0]


def test_save_writes_what_open_reads_and_takes_the_mark_away(documents: Documents, tmp_path: Path) -> None:
    path = tmp_path / "mine.stepviz"
    documents._lab.change(Experiment(seed=3), "Seed")
    assert documents.modified
    documents.write(path)
    assert not documents.modified
    assert load(path) == Experiment(seed=3)
    documents._lab.change(replace(Experiment(seed=3), l1=0.1), "L1")
    assert documents.modified
    documents.save()
    assert load(path).l1 == 0.1


def test_what_was_copied_is_told(documents: Documents) -> None:
    told: list[str] = []
    documents._lab.told.connect(told.append)
    documents.copy_as(as_command)
    assert told == [f"Copied: {QGuiApplication.clipboard().text()}"]
    assert told[0].startswith("Copied: stepviz train --steps 1")


def test_save_as_adds_the_suffix(documents: Documents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    documents.save()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.stepviz"]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    documents.save_as()
    assert documents.path == tmp_path / "mine.stepviz"


def test_where_nothing_can_be_written_a_message_says_so(documents: Documents, tmp_path: Path) -> None:
    outcome = Outcome(documents)
    (tmp_path / "file").touch()
    documents.write(tmp_path / "file" / "mine.stepviz")
    assert "cannot be written" in outcome.failed[0]
    assert documents.path is None


def test_new_goes_back_to_the_defaults_and_can_be_undone(documents: Documents, sent: list[Command]) -> None:
    documents._lab.change(Experiment(seed=3), "Seed")
    documents.start_anew()
    assert documents._lab.experiment == Experiment()
    assert sent[-1] == Change(Experiment(), "New experiment", anew=True)
    documents._lab.undo_stack.undo()
    assert documents._lab.experiment.seed == 3


def test_a_csv_is_put_inside_the_experiment_which_then_needs_no_file(
    qtbot: QtBot, documents: Documents, tmp_path: Path
) -> None:
    path = tmp_path / "rings.csv"
    path.write_text(RINGS)
    outcome = Outcome(documents)
    wizard_on(qtbot, documents, path).accept()
    documents.put_data_inside()
    path.unlink()
    documents.write(tmp_path / "all.stepviz")
    assert load(tmp_path / "all.stepviz").data.content == RINGS
    assert documents._lab.undo_stack.undoText() == "Put the CSV inside the experiment"
    documents.put_data_inside()
    assert outcome.failed == ["The data are inside the experiment already"]


def test_only_a_csv_as_it_was_chosen_is_put_inside(qtbot: QtBot, documents: Documents, tmp_path: Path) -> None:
    outcome = Outcome(documents)
    documents.put_data_inside()
    path = tmp_path / "rings.csv"
    path.write_text(RINGS)
    wizard_on(qtbot, documents, path).accept()
    path.write_text(RINGS + "\n1,1,in")
    documents.put_data_inside()
    assert outcome.failed[0] == "The data are no CSV file"
    assert "the file has changed since" in outcome.failed[1]
    assert documents._lab.experiment.data.path == str(path)


def test_cancel_leaves_everything_as_it_was(
    qtbot: QtBot, documents: Documents, sent: list[Command], tmp_path: Path
) -> None:
    path = tmp_path / "rings.csv"
    path.write_text(RINGS)
    outcome = Outcome(documents)
    wizard = wizard_on(qtbot, documents, path)
    pick(wizard.scaling, "range")
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    assert documents.wizard is None
    assert (sent, documents._lab.experiment, outcome.opened, outcome.failed) == ([], Experiment(), [], [])
    assert documents._lab.undo_stack.count() == 0


def test_enter_takes_the_table_as_it_stands_in_one_step_that_can_be_undone(
    qtbot: QtBot, documents: Documents, sent: list[Command], tmp_path: Path
) -> None:
    path = tmp_path / "rings.csv"
    path.write_text(RINGS)
    wizard = wizard_on(qtbot, documents, path)
    qtbot.keyClick(wizard, Qt.Key.Key_Return)
    data = documents._lab.experiment.data
    assert data == open_file(path).data
    assert [command.anew for command in sent if isinstance(command, Change)] == [True]
    assert documents._lab.undo_stack.count() == 1
    documents._lab.undo_stack.undo()
    assert documents._lab.experiment == Experiment()


def test_other_columns_are_chosen_anew_and_begin_again_other_names_go_on(
    qtbot: QtBot, documents: Documents, sent: list[Command], tmp_path: Path
) -> None:
    path = tmp_path / "rings.csv"
    path.write_text(RINGS)
    wizard_on(qtbot, documents, path).accept()
    sent.clear()
    documents.choose_columns()
    qtbot.waitUntil(lambda: documents.wizard is not None)
    wizard = documents.wizard
    assert wizard is not None
    wizard.choice.rename(0, "the inner")
    wizard.accept()
    assert documents._lab.experiment.data.class_names == ("the inner", "out")
    assert [type(command) for command in sent] == [Change]
    assert documents._lab.undo_stack.undoText() == "Choose columns"
    documents.choose_columns()
    qtbot.waitUntil(lambda: documents.wizard is not None)
    assert documents.wizard is not None
    assert documents.wizard.choice.settings.class_names == ("the inner", "out")
    documents.wizard.columns.toggle(1)
    documents.wizard.accept()
    assert documents._lab.experiment.data.inputs == ("x",)
    assert [command.anew for command in sent if isinstance(command, Change)] == [False, True]


def test_columns_of_a_file_that_has_changed_or_of_no_file_are_not_chosen(
    qtbot: QtBot, documents: Documents, tmp_path: Path
) -> None:
    outcome = Outcome(documents)
    documents.choose_columns()
    path = tmp_path / "rings.csv"
    path.write_text(RINGS)
    wizard_on(qtbot, documents, path).accept()
    path.write_text(RINGS + "\n1,1,in")
    documents.choose_columns()
    qtbot.waitUntil(lambda: len(outcome.failed) == 2)
    assert outcome.failed[0] == "The data are no CSV file"
    assert "the file has changed since" in outcome.failed[1]
    assert documents.wizard is None


def test_the_same_file_opened_again_keeps_what_was_chosen_of_it(
    qtbot: QtBot, documents: Documents, tmp_path: Path
) -> None:
    path = tmp_path / "rings.csv"
    path.write_text(RINGS)
    wizard = wizard_on(qtbot, documents, path)
    pick(wizard.scaling, "range")
    wizard.accept()
    path.write_text(RINGS + "\n1,1,in")
    wizard = wizard_on(qtbot, documents, path)
    assert wizard.choice.settings.scaling == "range"
    wizard.accept()
    assert len(load_data(documents._lab.experiment.data).inputs) == 41


def test_the_title_names_the_session_that_was_opened_until_an_experiment_is(
    qtbot: QtBot, documents: Documents, tmp_path: Path
) -> None:
    path = tmp_path / "evening.stepviz-session"
    run = Run(Experiment(seed=3))
    run.step(5)
    documents.go_on(session_of(run), path)
    assert documents.title == "evening.stepviz-session[*] – stepviz"
    documents.name_lesson("Steps [*]")
    assert documents.title == "Steps [*][*][*] – stepviz"
    documents.name_lesson("")
    documents.write(tmp_path / "mine.stepviz")
    assert documents.title == "mine.stepviz[*] – stepviz"
