"""What a person orders: a study, its settings, how many draws, where the files go; and the command that does it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stepviz.studies.settings import Setting, Value, Values
from stepviz.studies.study_table import STUDIES


@dataclass(frozen=True, slots=True)
class Order:
    """A study of ``STUDIES`` by its key, values of its settings that are allowed, and the folder for its files.

    ``seeds`` is the number of draws of each cell, ``seed`` the first seed.
    """

    study: str
    values: Values
    seeds: int
    seed: int
    output: Path


def as_command(order: Order, *, with_output: bool = True) -> str:
    """Return the ``stepviz study`` line that writes the same bytes, for a POSIX shell; defaults are left out."""
    study = STUDIES[order.study]
    words = ["stepviz", "study", study.key]
    for setting in study.settings:
        if order.values[setting.name] != setting.default:
            words += _written(setting, order.values[setting.name])
    if order.seeds != study.draws:
        words += ["--seeds", str(order.seeds)]
    if order.seed:
        words += ["--seed", str(order.seed)]
    if with_output:
        words += ["-o", str(order.output)]
    return shlex.join(words)


def _written(setting: Setting, values: tuple[Value, ...]) -> Iterator[str]:
    for value in setting.write(values):
        # A text that begins with a dash would be taken for the name of another option.
        yield from [f"--{setting.name}={value}"] if value.startswith("-") else [f"--{setting.name}", value]
