"""The dialog: what a person clicks, ticks and types, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QLineEdit, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from stepviz.engine.data.csv_source import with_content
from stepviz.engine.settings.experiment import DataSettings
from stepviz.engine.setup.open_file import read_table, read_table_in_use
from stepviz.ui.table_wizard.column_models import GAPS, KIND, MIDDLE, RANGE, USE
from stepviz.ui.table_wizard.table_wizard import TableWizard

PEOPLE = "name,height,weight,size\n" + "".join(f"p{n},{150 + n},{50 + n / 4},{'SML'[n % 3]}\n" for n in range(24))


class Bench:
    """A dialog on a window of its own."""

    def __init__(self, qtbot: QtBot, folder: Path, text: str = PEOPLE, *, inside: bool = False) -> None:
        self.window = QMainWindow()
        qtbot.addWidget(self.window)
        path = folder / "people.csv"
        path.write_text(text, encoding="utf-8")
        columns, settings = read_table(DataSettings(test_share=0.25), path)
        if inside:
            columns, settings = read_table_in_use(with_content(settings))
        self.path, self.accepted = path, 0
        self.wizard = TableWizard(columns, settings, self.window)
        self.wizard.accepted.connect(self._count)
        with qtbot.waitExposed(self.wizard):
            self.wizard.open()

    def _count(self) -> None:
        self.accepted += 1

    def shown(self, row: int, column: int) -> str:
        """Return what the upper table says."""
        return str(self.wizard.columns.use.model().index(row, column).data())


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Bench:
    return Bench(qtbot, tmp_path)


def pick(combo: QComboBox, index: int) -> None:
    """Choose an entry as a click on it does."""
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def test_the_end_of_the_header_is_no_lighter_than_the_dialog(bench: Bench) -> None:
    header = bench.wizard.columns.use.horizontalHeader()
    assert header.viewport().palette().window().color() == bench.wizard.palette().window().color()


def test_it_says_what_becomes_of_each_column(bench: Bench) -> None:
    assert [bench.shown(USE, column) for column in range(4)] == ["cannot be used", "input", "input", "target"]
    assert [bench.shown(RANGE, column) for column in (0, 1)] == ["24 different", "150 … 173"]
    assert [bench.shown(KIND, column) for column in (0, 1, 3)] == ["identifier", "number", "text"]
    assert [bench.shown(GAPS, column) for column in range(4)] == ["0", "0", "0", "0"]
    assert bench.wizard.notes.text() == "Columns left out: 'name': its 24 texts are all different."
    assert bench.shown(RANGE, 3) == "3 classes"
    assert bench.wizard.words.text() == "2 inputs → 3 classes, 24 examples, 6 of them to test"
    dataset = bench.wizard.dataset
    assert dataset is not None
    assert float(bench.shown(MIDDLE, 1)) == pytest.approx(dataset.input_scaling.mean[0], rel=1e-3)
    rows = bench.wizard.columns.rows.model()
    assert [rows.index(1, column).data() for column in range(4)] == ["p1", "151", "50.25", "M"]
    assert rows.headerData(1, Qt.Orientation.Vertical) == "3"


def test_a_click_on_a_box_and_space_on_it_tick_a_column(qtbot: QtBot, bench: Bench) -> None:
    table = bench.wizard.columns.use
    place = table.visualRect(table.model().index(USE, 1))
    box = QPoint(place.left() + 12, place.center().y())
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=box)
    assert bench.wizard.choice.settings.inputs == ("weight",)
    assert bench.wizard.words.text().startswith("1 input → ")
    assert bench.shown(MIDDLE, 1) == ""
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert bench.wizard.choice.settings.inputs == ("height", "weight")


def test_a_click_on_the_header_ticks_too_but_never_text(qtbot: QtBot, bench: Bench) -> None:
    header = bench.wizard.columns.use.horizontalHeader()
    for column in (0, 2, 3):
        middle = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(middle, header.height() // 2))
    assert bench.wizard.choice.settings.inputs == ("height",)


def test_without_inputs_it_cannot_be_taken(qtbot: QtBot, bench: Bench) -> None:
    qtbot.mouseClick(bench.wizard.none, Qt.MouseButton.LeftButton)
    assert bench.wizard.words.text() == (
        "Cannot be learned: the inputs: found none, expected at least one column ticked"
    )
    qtbot.keyClick(bench.wizard, Qt.Key.Key_Return)
    qtbot.mouseClick(bench.wizard.learn, Qt.MouseButton.LeftButton)
    assert (bench.accepted, bench.wizard.isVisible()) == (0, True)
    qtbot.mouseClick(bench.wizard.every, Qt.MouseButton.LeftButton)
    qtbot.keyClick(bench.wizard, Qt.Key.Key_Return)
    assert bench.accepted == 1


def test_another_target_another_task_another_scaling(bench: Bench) -> None:
    wizard = bench.wizard
    pick(wizard.target, 2)
    assert wizard.words.text().startswith("1 input → the number «weight»")
    assert wizard.task.currentText() == "a number (regression)"
    assert wizard.names.isHidden()
    assert "typical error in your units" in wizard.target_words.text()
    pick(wizard.task, 0)
    assert wizard.words.text().startswith("1 input → 24 classes")
    assert not wizard.names.isHidden()
    pick(wizard.scaling, wizard.scaling.findData("none"))
    assert (bench.shown(MIDDLE, 1), bench.shown(MIDDLE + 1, 1)) == ("0", "1")
    wizard.accept()
    assert wizard.settings == replace(
        read_table(DataSettings(test_share=0.25), bench.path)[1],
        target="weight", inputs=("height",), task="classification", scaling="none",
    )  # fmt: skip


def test_a_target_that_cannot_be_learned_says_why_and_the_next_choice_helps(bench: Bench) -> None:
    pick(bench.wizard.target, 0)
    pick(bench.wizard.task, 1)
    assert "line 2: column 'name': found the text 'p0', expected a number, for a regression" in (
        bench.wizard.words.text()
    )
    pick(bench.wizard.target, 3)
    assert bench.wizard.words.text().startswith("2 inputs → 3 classes")


def test_a_class_is_renamed_in_its_cell_and_no_name_stands_twice(qtbot: QtBot, bench: Bench) -> None:
    names = bench.wizard.names
    names.setFocus()
    names.setCurrentIndex(names.model().index(0, 0))
    for text in ("large", "S"):
        names.edit(names.currentIndex())
        editor = names.findChild(QLineEdit)
        assert editor is not None
        editor.selectAll()
        qtbot.keyClicks(editor, text)
        qtbot.keyClick(editor, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: names.findChild(QLineEdit) is None)
    assert bench.wizard.target_words.text() == "Another class is called «S»"
    assert bench.accepted == 0
    bench.wizard.accept()
    assert bench.wizard.settings.class_names == ("large", "M", "S")


def test_the_data_may_travel_inside(bench: Bench) -> None:
    pick(bench.wizard.place, bench.wizard.place.findData(True))
    bench.wizard.accept()
    settings = bench.wizard.settings
    assert (settings.path, settings.content, settings.checksum) == ("people.csv", PEOPLE, "")


def test_of_data_inside_the_file_is_not_known_any_more(qtbot: QtBot, tmp_path: Path) -> None:
    bench = Bench(qtbot, tmp_path, inside=True)
    place = bench.wizard.place
    model = place.model()
    assert isinstance(model, QStandardItemModel)
    assert place.currentData() is True
    assert not model.item(place.findData(False)).isEnabled()
    bench.wizard.accept()
    assert bench.wizard.settings.content == PEOPLE


@pytest.mark.parametrize("columns", [2, 65, 785])
def test_it_fits_the_smallest_screen_whatever_the_table(qtbot: QtBot, tmp_path: Path, columns: int) -> None:
    names = ",".join(f"a rather long name of column {n}" for n in range(columns))
    row = ",".join("12345.678" for _ in range(columns - 1))
    bench = Bench(qtbot, tmp_path, f"{names}\n{row},0.5\n{row},0.25\n")
    least = bench.wizard.minimumSizeHint()
    assert least.width() <= 964
    assert least.height() <= 658
    above, below = bench.wizard.columns.use, bench.wizard.columns.rows
    below.horizontalScrollBar().setValue(below.horizontalScrollBar().maximum())
    last = columns - 1
    assert above.columnViewportPosition(last) == below.columnViewportPosition(last)
    assert above.viewport().width() == below.viewport().width()


def test_every_control_has_a_name_and_a_tip(bench: Bench) -> None:
    wizard = bench.wizard
    controls: list[QWidget] = [wizard.target, wizard.task, wizard.scaling, wizard.place, wizard.every, wizard.none,
                               wizard.learn, wizard.names, wizard.columns.use]  # fmt: skip
    assert all(control.accessibleName() and control.toolTip() for control in controls)
