"""What is chosen of a table so far, and what comes of it: a data set, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_choice import usual_task
from stepviz.engine.data.csv_columns import CsvColumns, clean
from stepviz.engine.data.csv_dataset import csv_dataset, shortened, spelled_out, what_is_learned
from stepviz.engine.data.csv_rows import complete_rows
from stepviz.engine.data.csv_source import put_inside
from stepviz.engine.data.csv_table import why_no_input
from stepviz.engine.data.csv_targets import targets_of
from stepviz.engine.data.dataset import Dataset, Task
from stepviz.engine.settings.experiment import DataSettings
from stepviz.engine.settings.limits import MOST_CONTENT, ChosenTask


class TableChoice:
    """A choice in the making; every change computes ``dataset`` and ``complaint`` anew, of which one is empty.

    ``settings`` name the target and all inputs. ``found_classes`` are the classes as the file calls them, with how many
    examples each has; empty for a regression.
    """

    def __init__(self, columns: CsvColumns, settings: DataSettings) -> None:
        self.columns = columns
        self.settings = spelled_out(columns, settings)
        self.inside = bool(settings.content)
        self.dataset: Dataset | None = None
        self.complaint = ""
        self.found_classes: tuple[tuple[str, int], ...] = ()
        self._usable = [why_no_input(columns, column) for column in range(len(columns.names))]
        # Asked for at each painting.
        self._ranges = [column.range() for column in columns.columns]
        self._different = [0 if column.is_numeric else column.different() for column in columns.columns]
        self._look()

    # What there is to say

    @property
    def words(self) -> str:
        """Return what will be learned, in words; empty where nothing can be."""
        return what_is_learned(self.dataset) if self.dataset else ""

    @property
    def target(self) -> int:
        """Return the place of the target's column."""
        return self.columns.names.index(self.settings.target)

    @property
    def fits_inside(self) -> bool:
        """Return whether the table may travel inside the experiment."""
        return len(self.columns.data) <= MOST_CONTENT

    @property
    def has_file(self) -> bool:
        """Return whether it is known where the file is."""
        return not self.settings.content

    def is_input(self, column: int) -> bool:
        """Return whether a column is an input."""
        return self.columns.names[column] in self.settings.inputs

    def why_no_input(self, column: int) -> str:
        """Return why a column cannot be an input; empty where it can."""
        if column == self.target:
            return "It is the target"
        complaint = self._usable[column]
        return "" if complaint is None else str(complaint)

    def why_not_used(self, column: int) -> str:
        """Return why a column is not an input by default, or cannot be one; empty where it is one or the target."""
        return "" if column == self.target or self.is_input(column) else self.columns.columns[column].why_not

    def kind_of(self, column: int) -> str:
        """Return what the cells of a column are, with their unit."""
        found = self.columns.columns[column]
        return f"{found.kind}, {found.unit}" if found.unit else found.kind

    def gaps_of(self, column: int) -> int:
        """Return how many rows have no value in a column."""
        return self.columns.columns[column].gaps

    def different_in(self, column: int) -> int:
        """Return how many different values there are in a column that does not hold numbers only."""
        return self._different[column]

    def range_of(self, column: int) -> tuple[float, float] | None:
        """Return the least and the largest number of a column; None where not all are numbers."""
        return self._ranges[column]

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what else there is to say: rows and columns that are left out, and why."""
        return self.dataset.notes if self.dataset else self.columns.notes

    def numbers_of(self, column: int) -> tuple[float, float] | None:
        """Return what is subtracted from a column and what it is divided by; None where it is not scaled."""
        if self.dataset is None:
            return None
        name = self.columns.names[column]
        if name in self.settings.inputs:
            scaling, place = self.dataset.input_scaling, self.settings.inputs.index(name)
        elif column == self.target and self.dataset.task == "regression":
            scaling, place = self.dataset.target_scaling, 0
        else:
            return None
        return float(scaling.mean[place]), float(scaling.sd[place])

    # Changes

    def use(self, wanted: Collection[int]) -> None:
        """Make these columns the inputs, and no other; those that cannot be one are passed over."""
        usable = [column for column in sorted(wanted) if not self.why_no_input(column)]
        self._put(inputs=tuple(self.columns.names[column] for column in usable))

    def toggle(self, column: int) -> None:
        """Make a column an input, or no longer."""
        self.use({place for place in range(len(self.columns.names)) if self.is_input(place)} ^ {column})

    def take_target(self, column: int) -> None:
        """Make a column the target; the one before becomes an input, where it can."""
        if column == self.target:
            return
        used = {place for place in range(len(self.columns.names)) if self.is_input(place)} | {self.target}
        self.settings = replace(self.settings, target=self.columns.names[column], task="auto", class_names=())
        self.use(used - {column})
        task = usual_task(self.columns, column, self._inputs())
        if task != "auto":
            self._put(task=task)

    def take_task(self, task: Task) -> None:
        """Say whether the target is a class or a number."""
        self._put(task=self._task_to_note(task), class_names=())

    def take_scaling(self, key: str) -> None:
        """Choose how columns are scaled."""
        self._put(scaling=key)

    def rename(self, place: int, name: str) -> str:
        """Call a class otherwise (by nothing: as in the file); return the reason why not, where it cannot be."""
        found = [found for found, _ in self.found_classes]
        names = list(self.settings.class_names or found)
        name = clean(name) or found[place]
        if name in names[:place] + names[place + 1 :]:
            return f"Another class is called «{name}»"
        names[place] = name
        self._put(class_names=() if names == found else tuple(names))
        return ""

    def result(self) -> DataSettings:
        """Return the settings that were chosen. Raises InputError for a table that is too long to travel inside."""
        settings = shortened(self.columns, self.settings)
        if self.inside:
            return settings if settings.content else put_inside(settings, self.columns.data)
        return settings

    def _task_to_note(self, task: Task) -> ChosenTask:
        try:
            _, names = targets_of(self.columns, self.target)
        except InputError:
            return task
        return "auto" if bool(names) == (task == "classification") else task

    def _inputs(self) -> list[int]:
        return [place for place in range(len(self.columns.names)) if self.is_input(place)]

    def _put(self, **changes: object) -> None:
        self.settings = replace(self.settings, **changes)
        self._look()

    def _look(self) -> None:
        self.dataset, self.complaint, self.found_classes = None, "", ()
        try:
            kept, _ = complete_rows(self.columns, [*self._inputs(), self.target])
            targets, names = targets_of(self.columns, self.target, self.settings.task, kept)
            if names:
                counts = np.bincount(np.asarray(targets, dtype=np.int64), minlength=len(names))
                self.found_classes = tuple(zip(names, map(int, counts), strict=True))
            if not self.settings.inputs:
                raise InputError("the inputs", "none", "at least one column ticked")
            self.dataset = csv_dataset(self.columns, self.settings)
        except InputError as error:
            self.complaint = str(error)
