"""``stepviz study``: run a study without a window."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from stepviz.command_line.stepper_option import add_stepper, use_stepper
from stepviz.engine.common.errors import InputError
from stepviz.export.columns import Table
from stepviz.studies.backends import Backend, ClusterLostError, cluster, processes
from stepviz.studies.run import MOST_SEEDS, Outcome, Progress, run_study
from stepviz.studies.settings import Setting, Value
from stepviz.studies.study import Study
from stepviz.studies.study_table import STUDIES

CLUSTER_LOST = 1


def study(arguments: Sequence[str]) -> int:
    """Do what ``stepviz study …`` asks for and return the exit code: 1 where the cluster was lost on the way.

    Raises InputError for settings that cannot be used, OSError for an output folder that cannot be written, and
    KeyboardInterrupt after saying that what is finished is kept.
    """
    options = _parser().parse_args(arguments)
    chosen: Study | None = options.study
    if chosen is None:
        for entry in STUDIES.values():
            print(f"{entry.key:18}{entry.title}\n{'':18}{entry.paper}")
        return 0
    use_stepper(options)
    if options.dask and options.jobs:
        raise InputError("--jobs", options.jobs, "no such option with --dask: the cluster knows its workers")
    given = {name: values for name in _names(chosen) if (values := getattr(options, name)) is not None}
    output: Path = options.output or Path(f"study-{chosen.key}")
    # Before an hour of work, not after it.
    output.mkdir(parents=True, exist_ok=True)
    backend = cluster(options.dask) if options.dask else processes(options.jobs)
    try:
        outcome = _run_with_bar(chosen, given, options.seeds, options.seed, output, backend)
    except KeyboardInterrupt:
        sys.stderr.write(f"stepviz: what is finished is kept in {output}; the same command goes on from there\n")
        raise
    except ClusterLostError as error:
        sys.stderr.write(
            f"stepviz: {error}; what is finished is kept in {output}. Start the scheduler again, or leave out "
            "--dask to compute here: the same command then goes on from there\n"
        )
        return CLUSTER_LOST
    from stepviz.ui.plotting.svg_to_png import write_png_files

    files = [*outcome.files, *write_png_files(outcome.files)]
    _print(outcome.table)
    print()
    for file in files:
        print(file)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "stepviz study", description="Run a study: many trials, a table and pictures. Without a name: list them."
    )
    parser.set_defaults(study=None)
    commands = parser.add_subparsers(metavar="NAME")
    for entry in STUDIES.values():
        command = commands.add_parser(entry.key, help=entry.title, description=f"{entry.asks} ({entry.paper})")
        command.set_defaults(study=entry)
        for setting in entry.settings:
            _add(command, setting)
        command.add_argument(
            "--seeds", metavar="N", type=_count, help=f"how many {entry.drawn} per cell (default: {entry.draws})"
        )
        command.add_argument("--seed", metavar="S", type=_seed, default=0, help="the first seed (default: 0)")
        command.add_argument(
            "-o", "--output", metavar="DIR", type=Path,
            help=f"for the files, and for what is finished on the way (default: study-{entry.key})",
        )  # fmt: skip
        command.add_argument("--jobs", metavar="N", type=_count, default=0, help="processes (default: one per core)")
        add_stepper(command)
        command.add_argument("--dask", metavar="ADDRESS", help="compute on the Dask cluster of this scheduler")
    return parser


def _add(command: argparse.ArgumentParser, setting: Setting) -> None:
    usual = ",".join(map(str, setting.default)) or "none"
    limits = ": " + ", ".join(setting.names) if setting.names else ""
    name, again = f"--{setting.name}", setting.free and setting.many
    limits += "; can be given again" if again else ""
    meaning = f"{setting.meaning}{limits} (default: {usual})".replace("%", "%%")
    metavar = ("FILE" if setting.kind == "experiment" else "TEXT") if setting.free else "VALUE"
    command.add_argument(
        name, metavar=f"{metavar},…" if setting.many and not setting.free else metavar, type=setting.parse,
        action="extend" if again else "store", dest=setting.name, help=meaning,
    )  # fmt: skip


def _names(chosen: Study) -> list[str]:
    return [setting.name for setting in chosen.settings]


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_SEEDS):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 1 to {MOST_SEEDS}")
    return int(text)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 11):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 0")
    return int(text)


def _run_with_bar(
    chosen: Study, given: dict[str, list[Value]], seeds: int | None, seed: int, output: Path, backend: Backend
) -> Outcome:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (
        TextColumn(chosen.key), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(elapsed_when_finished=False),
    )  # fmt: skip
    with Bar(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(chosen.key, total=None, rate="")

        def show(progress: Progress) -> None:
            seconds = bar.tasks[0].elapsed or 0.0
            rate = f"{(progress.done - progress.kept) / seconds:,.3g} {chosen.drawn}/s" if seconds > 0.1 else ""
            kept = f", {progress.kept:,} kept from before" if progress.kept else ""
            bar.update(task, completed=progress.done, total=progress.total, rate=f"{rate}{kept}")

        return run_study(chosen.key, given, seeds, output, show, seed=seed, backend=backend)


def _print(table: Table) -> None:
    """Print the table in columns; the files hold its numbers in full."""
    cells = [[name, *map(_shown, column)] for name, column in table.columns.items()]
    widths = [max(map(len, column)) for column in cells]
    for line in zip(*cells, strict=True):
        print("  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)))


def _shown(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
