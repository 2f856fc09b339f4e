"""The command line: what stands on it, and who answers. Imports wait until they are needed."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from stepviz import __version__

DESCRIPTION = "See why gradient descent cannot train step units, and what every usual remedy really does."
COMMANDS = """commands:
  stepviz [FILE]        open the window (this page's options)
  stepviz train [FILE]  train without a window
  stepviz diagnose [FILE]  say why a run does not learn, by trying cures on copies of it
  stepviz table FILE    say what is read from a table (CSV), and what is learned from it by default
  stepviz race [FILE]   train several lanes from the same start, without a window
  stepviz export [FILE] write a run as a script or a notebook for PyTorch
  stepviz study [NAME]  run many trials; a table and pictures
  stepviz watch FILE    show the recording of a training of your own, or say in words what is wrong with it
  stepviz render        leave pictures and a page of a lesson or an experiment
  stepviz verify        say which claims of the lessons hold
  stepviz new-lesson    write an example of a lesson, to begin with
  stepviz picture       make the picture that the gallery shows of a lesson
  stepviz doctor        say what Qt, OpenGL, fonts and folders were found
  stepviz bench         say how fast this machine is
  stepviz tour          leave pictures of the lab and of every instrument

A file called like a command is opened as ./train."""

BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit code: 2 for input that cannot be used."""
    from stepviz.engine.common.errors import InputError, in_words

    _provide_outputs()
    given = list(sys.argv[1:] if arguments is None else arguments)
    answer = ANSWERS.get(given[0]) if given else None
    try:
        return answer(given[1:]) if answer is not None else _window(given)
    except BrokenPipeError:
        # Whoever read our output has gone: not an error.
        sys.stderr.close()
        return 0
    except (InputError, OSError) as error:
        sys.stderr.write(f"stepviz: {in_words(error)}\n")
        return BAD_INPUT
    except KeyboardInterrupt:
        sys.stderr.write("stepviz: interrupted\n")
        return 130


def _provide_outputs() -> None:
    """Let what is written go nowhere where there is no terminal: Windows gives such a program no outputs at all.

    To a terminal or file that has no sign for «10⁻⁷» goes a question mark in its place, not a traceback.
    """
    for name in ("stdout", "stderr"):
        output = getattr(sys, name)
        if output is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for as long as it runs
        elif isinstance(output, io.TextIOWrapper):
            output.reconfigure(errors="replace")


def _window(arguments: list[str]) -> int:
    from stepviz.engine.common.errors import InputError, in_words

    parser = argparse.ArgumentParser(
        "stepviz", description=DESCRIPTION, epilog=COMMANDS, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "file", metavar="FILE", nargs="?", type=Path, help="an experiment, a session, a CSV, a recording, or a lesson"
    )
    _window_options(parser)
    parser.add_argument("--fresh", action="store_true", help="as at the first start; nothing is remembered")
    parser.add_argument("--start-page", action="store_true", help="open with lessons and recent files to choose from")
    parser.add_argument("--version", action="version", version=f"stepviz {__version__}")
    # Menus and desktops start the program with it: nobody sees there what it writes, so the window says it.
    parser.add_argument("--from-menu", action="store_true", help=argparse.SUPPRESS)
    options = _parsed(parser, arguments)
    experiment = session = lesson = table = None
    complaint = ""
    try:
        if options.file is not None and options.file.suffix.lower() == ".stepviz-run":
            return _recording(options.file, options)
        if options.file is not None and _is_lesson(options.file):
            from stepviz.lessons.library import find_lesson

            lesson, options.file = find_lesson(str(options.file)), None
        elif options.file is not None and options.file.suffix.lower() == ".stepviz-class":
            from stepviz.lessons.handout import load_handout

            load_handout(options.file)
            # The window reads it as any file that a person opens there.
            table, options.file = options.file, None
        elif options.file is not None and options.file.suffix.lower() == ".stepviz-session":
            from stepviz.runtime.session_file import load_session

            session = load_session(options.file)
            experiment = session.moment.setup.experiment
        elif options.file is not None:
            from stepviz.engine.settings.experiment import DataSettings, Experiment
            from stepviz.engine.setup.open_file import is_experiment, open_file, read_table

            unattended = options.screenshot is not None or options.quit_after is not None
            if unattended or is_experiment(options.file):
                experiment = open_file(options.file)
            else:
                # Read twice: what cannot be used is said here, and the window asks about the rest.
                read_table(DataSettings(), options.file)
                experiment, table, options.file = Experiment(), options.file, None
    except (InputError, OSError) as error:
        if not options.from_menu:
            raise
        complaint, options.file = f"The file was not opened. {in_words(error)}", None
    from stepviz.app import run

    return run(
        experiment, options.file, theme=options.theme, size=options.size, fresh=options.fresh,
        screenshot=options.screenshot, quit_after=options.quit_after, session=session,
        complaint=complaint, lesson=lesson, table=table, start_page=options.start_page,
    )  # fmt: skip


def _parsed(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    """Return the options, and see to the one that all commands that train have."""
    from stepviz.command_line.stepper_option import add_stepper, use_stepper

    add_stepper(parser)
    options = parser.parse_args(arguments)
    use_stepper(options)
    return options


def _window_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--theme", choices=("light", "dark", "system"), help="the colours")
    parser.add_argument("--size", metavar="WxH", type=_size, help="the size of the window, for example 1600x900")
    parser.add_argument("--screenshot", metavar="FILE", type=Path, help="leave a picture of the window, then close")
    parser.add_argument("--quit-after", metavar="SECONDS", type=_seconds, help="close the window by itself")


def _recording(path: Path | None, options: argparse.Namespace) -> int:
    from stepviz.recording_app import run

    return run(
        path, theme=options.theme, size=options.size, screenshot=options.screenshot, quit_after=options.quit_after
    )


def _is_lesson(path: Path) -> bool:
    """Return whether a person means a lesson: its folder, its file, its name or its number."""
    from stepviz.lessons import SUFFIXES

    if path.is_dir() or path.suffix.lower() in SUFFIXES:
        return True
    return not path.exists() and not path.suffix and path.name == str(path)


def _train(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("stepviz train", description="Train without a window.")
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="an experiment, or a CSV of your own")
    parser.add_argument("--steps", metavar="N", type=_count, default=1000, help="updates to do (default: 1000)")
    parser.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], dest="changes",
        help="another setting, for example learning_rate=0.1, data.name=xor, layers.*.activation.name=step",
    )  # fmt: skip
    parser.add_argument(
        "--at", metavar=("STEP", "FIELD=VALUE"), nargs="+", action="append", default=[], dest="switches",
        help="after so many updates other settings, the weights kept, for example --at 300 learning_rate=0.01; "
             "parameters.7=0.5 writes a weight by its number",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write the run: .npz, or a table .csv")
    options = _parsed(parser, arguments)
    from stepviz.command_line.train import train

    return train(
        options.file,
        options.changes,
        options.steps,
        switches=options.switches,
        as_json=options.json,
        output=options.output,
    )


def _table(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        "stepviz table", description="Say what is read from a table (CSV), and what is learned from it by default."
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="a CSV of your own")
    parser.add_argument(
        "--set", metavar="data.FIELD=VALUE", action="append", default=[], dest="changes",
        help="another choice, for example data.target=size, data.decimal=, or 'data.gaps=[\"-999\"]'",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    options = parser.parse_args(arguments)
    from stepviz.command_line.table import table

    return table(options.file, options.changes, as_json=options.json)


def _race(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("stepviz race", description="Train 2 to 12 lanes from the same start.")
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="an experiment, or a CSV of your own")
    parser.add_argument(
        "--vary", metavar="SETTING=VALUE,…", default="activations",
        help="what the lanes differ in, for example activation=step,relu or l2=0,0.1; or a race by its name, "
             "for example rules or rates (default: activations)",
    )  # fmt: skip
    parser.add_argument("--seeds", metavar="N", type=_count, default=1, help="runs of each lane (default: 1)")
    parser.add_argument("--steps", metavar="N", type=_count, default=2000, help="updates to do (default: 2000)")
    parser.add_argument("--target", metavar="KIND=VALUE", default="", help="accuracy=0.95 or loss=0.1")
    parser.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], dest="changes",
        help="another setting for all lanes, for example data.name=xor",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = _parsed(parser, arguments)
    from stepviz.command_line.race import race

    return race(
        options.file, options.changes, options.vary, options.seeds, options.steps, options.target,
        as_json=options.json,
    )  # fmt: skip


def _export(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        "stepviz export", description="Write a run as a script or a notebook for PyTorch: the same network and updates."
    )
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="an experiment, a session, or a CSV")
    parser.add_argument("--pytorch", metavar="FILE", type=Path, help="the script to write")
    parser.add_argument("--notebook", metavar="FILE", type=Path, help="the notebook to write (.ipynb)")
    parser.add_argument("--steps", metavar="N", type=_count, default=1000, help="updates to do (default: 1000)")
    parser.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], dest="changes",
        help="another setting, for example data.name=gate-xor",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    from stepviz.command_line.export import export

    return export(options.file, options.changes, options.steps, options.pytorch, options.notebook)


def _diagnose(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        "stepviz diagnose", description="Train a run, then say why it does not learn, by trying cures on copies of it."
    )
    parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="an experiment, a session, or a CSV")
    parser.add_argument(
        "--steps", metavar="N", type=_count, help="updates to do first (default: 1000; of a session none)"
    )
    parser.add_argument(
        "--set", metavar="FIELD=VALUE", action="append", default=[], dest="changes",
        help="another setting, for example learning_rate=0.1, data.name=xor, layers.*.activation.name=step",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the diagnosis as JSON")
    parser.add_argument("--causes", action="store_true", help="list the causes that can be named, and leave")
    options = parser.parse_args(arguments)
    from stepviz.command_line.diagnose import diagnose_file, print_causes

    if options.causes:
        return print_causes(as_json=options.json)
    return diagnose_file(options.file, options.changes, options.steps, as_json=options.json)


def _doctor(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("stepviz doctor", description="Say what was found on this machine.")
    parser.add_argument("--look-at-qt", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.look_at_qt:
        from stepviz.command_line.qt_probe import main as look

        return look()
    from stepviz.command_line.doctor import doctor

    return doctor()


def _bench(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("stepviz bench", description="Say how fast this machine is, as ratios.")
    parser.add_argument("--json", action="store_true", help="print the table as JSON")
    parser.add_argument("--window", action="store_true", help="measure the live window instead (half a minute)")
    options = _parsed(parser, arguments)
    if options.window:
        from stepviz.benchmarks.window import main as bench_window

        return bench_window()
    from stepviz.benchmarks.engine import main as bench

    return bench(json=options.json)


def _watch(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        "stepviz watch", description="Show a recording that stepviz_watch writes; it is followed as it grows."
    )
    parser.add_argument("path", metavar="FILE", help="a recording (.stepviz-run); - reads the standard input")
    parser.add_argument("--text", action="store_true", help="say in words what it shows, without a window")
    _window_options(parser)
    parser.add_argument("--json", action="store_true", help="the same as JSON")
    options = parser.parse_args(arguments)
    if not options.text and not options.json:
        return _recording(None if options.path == "-" else Path(options.path), options)
    from stepviz.command_line.watch import watch_in_text

    return watch_in_text(options.path, as_json=options.json)


def _tour(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("stepviz tour", description="Leave pictures of the lab and of every instrument.")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="where to put them")
    options = parser.parse_args(arguments)
    from stepviz.rendering.readme_pictures import tour

    for path in tour(options.folder):
        print(path)
    return 0


def _render(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        "stepviz render", description="Leave pictures and one page of a lesson or an experiment, without a window."
    )
    parser.add_argument("source", metavar="LESSON|EXPERIMENT", help="a lesson (name, number or folder), or a file")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, default=Path("rendered"), help="where to put them")
    parser.add_argument("--steps", metavar="N", type=_count, default=1000, help="of an experiment (default: 1000)")
    parser.add_argument("--pdf", action="store_true", help="a handout to print too")
    parser.add_argument("--paper", choices=("a4", "letter"), default="a4", help="of the handout (default: a4)")
    options = _parsed(parser, arguments)
    from stepviz.command_line.render import render

    paper = options.paper if options.pdf else ""
    for path in render(options.source, options.output, max(1, options.steps), paper):
        print(path)
    return 0


def _verify(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("stepviz verify", description="Run lessons and say which of their claims hold.")
    parser.add_argument(
        "lessons", metavar="LESSON", nargs="*", help="a folder, or a shipped lesson by name or number (default: all)"
    )
    parser.add_argument("--seeds", metavar="N", type=_seeds, default=1, help="draws of data and weights (default: 1)")
    parser.add_argument("--brief", action="store_true", help="of the claims, print only those that fail")
    options = _parsed(parser, arguments)
    from stepviz.command_line.verify import verify

    return verify(options.lessons, options.seeds, brief=options.brief)


def _study(arguments: list[str]) -> int:
    from stepviz.command_line.study import study

    return study(arguments)


def _picture(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("stepviz picture", description="Make the pictures of lessons for the gallery.")
    parser.add_argument(
        "lessons", metavar="LESSON", nargs="*", help="a folder, or a shipped lesson by name or number (default: all)"
    )
    options = parser.parse_args(arguments)
    from stepviz.command_line.picture import picture

    for path in picture(options.lessons):
        print(path)
    return 0


def _new_lesson(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("stepviz new-lesson", description="Write an example of a lesson, to begin with.")
    parser.add_argument("folder", metavar="DIR", type=Path, help="a new folder")
    options = parser.parse_args(arguments)
    from stepviz.command_line.new_lesson import new_lesson

    return new_lesson(options.folder)


ANSWERS: dict[str, Callable[[list[str]], int]] = {
    "train": _train,
    "diagnose": _diagnose,
    "table": _table,
    "race": _race,
    "export": _export,
    "study": _study,
    "verify": _verify,
    "render": _render,
    "new-lesson": _new_lesson,
    "picture": _picture,
    "doctor": _doctor,
    "bench": _bench,
    "tour": _tour,
    "watch": _watch,
}


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 0 < int(width) <= 20_000 and 0 < int(height) <= 20_000):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a size such as 1600x900")
    return int(width), int(height)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 1e6:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number of seconds")
    return seconds


def _seeds(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 1000):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number from 1 to 1000")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= 10**9):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a whole number up to 1000000000")
    return int(text)
