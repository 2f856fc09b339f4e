"""Set up, then open the window, leave pictures of it, or run the tests."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import compiled_step
import private_folder
import system_libraries
from messages import SetupStopped, say
from python_environment import CHECKOUT, RUN_LOCK, TEST_LOCK, PythonEnvironment
from virtual_screen import display_answers, find_server, virtual_screen
from watch_tests import run_watch_tests

PICTURES = Path("stepviz-pictures")
TOUR = {
    "1-start-light.png": ["--theme", "light", "--quit-after", "5"],
    "2-start-dark.png": ["--theme", "dark", "--quit-after", "5"],
    "3-later-light.png": ["--theme", "light", "--quit-after", "15"],
}
ENDS_BY_ITSELF = {"-h", "--help", "--version", "--screenshot", "--quit-after"}
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("mypy", "packaging"),
    ("lint-imports",),
    # Every claim of the shipped lessons, on twenty draws: about a minute.
    ("python", "-m", "stepviz", "verify", "--brief", "--seeds", "20"),
)

# Tests are dealt out file by file: beyond that many processes the longest files decide when all is over.
MOST_PROCESSES = 4


def main(arguments: list[str]) -> int:
    """Do what the command line asks for and return the exit code."""
    # As an exception, so that the X server this started ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    environment = PythonEnvironment(Path(os.environ.get("STEPVIZ_VENV") or CHECKOUT / ".venv").absolute())
    try:
        if arguments[:1] == ["test"]:
            return run_tests(environment, arguments[1:])
        if arguments[:1] == ["test-watch"]:
            set_up(environment, TEST_LOCK)
            variables = os.environ | private_folder.variables(environment.private, os.environ)
            return run_watch_tests(environment, variables | {"QT_QPA_PLATFORM": "offscreen"}, arguments[1:])
        return run_program(environment, arguments)
    except SetupStopped as stopped:
        say(str(stopped))
    except OSError as error:
        say(f"the set-up cannot go on: {error}. Start again once that is mended: what was done is kept.")
    except KeyboardInterrupt:
        say("interrupted. Start again to go on: what was done is kept.")
        return 130
    return 1


def run_program(environment: PythonEnvironment, arguments: list[str]) -> int:
    """Open the window; without a display leave pictures of it instead."""
    set_up(environment, RUN_LOCK)
    variables = os.environ | private_folder.variables(environment.private, os.environ)
    command = [str(environment.python), "-m", "stepviz", *arguments]
    if os.environ.get("QT_QPA_PLATFORM") or display_answers(variables):
        sys.stdout.flush()
        os.execve(command[0], command, variables)
    provide_virtual_screen(environment)
    if ends_by_itself(arguments):
        with virtual_screen(environment.private, os.environ) as screen:
            return subprocess.run(command, env=variables | screen, check=False).returncode
    say(f"there is no display to open a window on: leaving pictures of the running lab in {PICTURES.absolute()}")
    return take_pictures(environment, arguments)


def ends_by_itself(arguments: list[str]) -> bool:
    """Return whether the program ends without a person who closes its window: a command, or told to quit."""
    command = bool(arguments) and not arguments[0].startswith("-") and not Path(arguments[0]).exists()
    return command or any(argument.partition("=")[0] in ENDS_BY_ITSELF for argument in arguments)


def take_pictures(environment: PythonEnvironment, arguments: list[str]) -> int:
    """Run the lab on a screen in memory and keep a picture of each station of a short tour."""
    PICTURES.mkdir(exist_ok=True)
    program = [str(environment.python), "-m", "stepviz", "--fresh", "--size", "1600x900"]
    with virtual_screen(environment.private, os.environ) as screen:
        variables = os.environ | private_folder.variables(environment.private, os.environ) | screen
        for name, options in TOUR.items():
            picture = PICTURES / name
            picture.unlink(missing_ok=True)
            code = subprocess.run(
                [*program, *options, "--screenshot", str(picture), *arguments], env=variables, check=False
            ).returncode
            if code or not picture.exists():
                say(f"no picture {picture}: the lab ended with code {code}")
                return code or 1
            say(f"  {picture}")
    return 0


def run_tests(environment: PythonEnvironment, arguments: list[str]) -> int:
    """Run the checks and the tests, all of them, and fail if any failed."""
    set_up(environment, TEST_LOCK)
    compiled_step.provide_compiler(environment)
    provide_virtual_screen(environment)
    provide_screen_reader_bus(environment)
    provide_locales(environment)
    variables = os.environ | private_folder.variables(environment.private, os.environ)
    failed = []
    for check in CHECKS:
        say("running " + " ".join(check))
        command = [str(environment.python.parent / check[0]), *check[1:]]
        if subprocess.run(command, cwd=CHECKOUT, env=variables, stdin=subprocess.DEVNULL, check=False).returncode:
            failed.append(" ".join(check))
    # All of them take long; a few that were named are over before a second process has begun.
    count = 1 if arguments else processes()
    with ExitStack() as screens:
        # Each has a screen of its own: windows on one screen take the keys from each other.
        screen, *others = (screens.enter_context(virtual_screen(environment.private, os.environ)) for _ in range(count))
        if "STEPVIZ_NO_SCREEN" in screen:
            say(f"{screen['STEPVIZ_NO_SCREEN']}: tests that look at real pixels are skipped")
        else:
            variables["STEPVIZ_SCREENS"] = " ".join(each.get("DISPLAY", "") for each in (screen, *others))
        say("running pytest")
        side_by_side = ["-n", str(count), "--dist", "loadfile"] if count > 1 else []
        command = [str(environment.python), "-m", "pytest", *side_by_side, *arguments]
        if subprocess.run(
            command, cwd=CHECKOUT, env=variables | screen, stdin=subprocess.DEVNULL, check=False
        ).returncode:
            failed.append("pytest")
    say("failed: " + ", ".join(failed) if failed else "all checks and tests passed")
    return 1 if failed else 0


def processes() -> int:
    """Return how many processes of tests run side by side: one for each core that this one may use."""
    cores = len(os.sched_getaffinity(0)) if sys.platform.startswith("linux") else os.cpu_count() or 1
    return min(cores, MOST_PROCESSES)


def set_up(environment: PythonEnvironment, lock: Path) -> None:
    """Provide system libraries, Python packages and the compiled step; costs next to nothing once they are there."""
    if sys.version_info >= (3, 14):
        say("tried with Python 3.11 to 3.13 only; going on with a newer one")
    system_libraries.provide(system_libraries.missing_packages(os.environ), environment.private)
    environment.prepare(lock)
    compiled_step.provide()


def provide_virtual_screen(environment: PythonEnvironment) -> None:
    """Get Xvfb if it can be had: without it the program still runs, on no screen at all."""
    if sys.platform.startswith("linux") and find_server(environment.private) is None:
        try:
            system_libraries.provide(["xvfb"], environment.private)
        except SetupStopped:
            say("no Xvfb to be had: going on without a screen")


def provide_locales(environment: PythonEnvironment) -> None:
    """Get the sources of locales, of which tests make those that they name; without root they are skipped."""
    there = shutil.which("localedef") is None or Path("/usr/share/i18n/locales/tr_TR").exists()
    if sys.platform.startswith("linux") and not there and os.geteuid() == 0:
        try:
            system_libraries.provide(["locales"], environment.private)
        except SetupStopped:
            say("no locales to be had: the program in other locales is not tested")


def provide_screen_reader_bus(environment: PythonEnvironment) -> None:
    """Get what a screen reader speaks through; only installed for the whole system it works, so not without root."""
    there = shutil.which("dbus-run-session") and Path("/usr/libexec/at-spi-bus-launcher").exists()
    if sys.platform.startswith("linux") and not there and os.geteuid() == 0:
        try:
            system_libraries.provide(["at-spi2-core", "dbus-daemon"], environment.private)
        except SetupStopped:
            say("no at-spi2-core to be had: what a screen reader finds is not tested")
