"""``stepviz doctor``: what was found on this machine, and what that means for the lab."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from stepviz.engine.training.stepper import found_here
from stepviz.versions import installation, versions

PATIENCE = 30.0
NAMES_OF_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "QT_QPA_PLATFORM", "QT_SCALE_FACTOR")


def doctor() -> int:
    """Print what was found; 0 always: it reports, it does not judge."""
    _section("versions", [*versions().items(), ("installed as", installation())])
    _section(
        "Qt", [("platform plugins", ", ".join(_platform_plugins()) or "none found"), *_variables(), *_look_at_qt()]
    )
    _section("training", [("steps by", found_here())])
    _section("files", _files())
    return 0


def _section(title: str, rows: list[tuple[str, str]]) -> None:
    sys.stdout.write(f"{title}\n")
    for name, text in rows:
        sys.stdout.write(f"  {name:17} {text}\n")


def _platform_plugins() -> list[str]:
    from PySide6.QtCore import QLibraryInfo

    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)) / "platforms"
    names = (path.name.split(".")[0].removeprefix("libq").removeprefix("q") for path in folder.glob("*q*"))
    return sorted({name.removesuffix("-egl").removesuffix("-generic") for name in names})


def _variables() -> list[tuple[str, str]]:
    return [(name, os.environ[name]) for name in _VARIABLES if name in os.environ]


def _look_at_qt() -> list[tuple[str, str]]:
    """Return what a process of its own found out: where Qt aborts, it takes only that process with it."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "stepviz"]
    try:
        done = subprocess.run(
            [*program, "doctor", "--look-at-qt"], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return [("window", f"cannot be opened: Qt did not answer within {PATIENCE:.0f} s")]
    except OSError as error:
        return [("window", f"not tried: {error}")]
    try:
        found = msgspec.json.decode(done.stdout.splitlines()[-1], type=dict)
    except (IndexError, msgspec.DecodeError):
        reason = " ".join(done.stderr.split())[:300] or f"the process ended with code {done.returncode}"
        if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in NAMES_OF_SCREENS):
            reason = f"there is no display ({', '.join(NAMES_OF_SCREENS)} are not set)"
        return [("window", f"cannot be opened: {reason}")]
    font = found["font"]
    if font != found["font_wanted"]:
        font = f"{found['font_wanted']} is missing, {font or 'nothing'} stands in"
    return [
        ("window", f"can be opened on the platform {found['platform']}"),
        *(("screen", screen) for screen in found["screens"]),
        ("OpenGL", found["opengl"]),
        ("font", f"{font} ({found['font_families']} families in all)"),
    ]


def _files() -> list[tuple[str, str]]:
    from stepviz.shipped import resource
    from stepviz.ui.core.preferences import settings_path
    from stepviz.ui.window.error_log import log_path

    rows = []
    for part in ("datasets", "fonts", "icons", "lessons"):
        try:
            rows.append((part, str(resource(part))))
        except FileNotFoundError as error:
            rows.append((part, str(error)))
    for name, path in (("settings", settings_path()), ("log", log_path())):
        rows.append((name, f"{path} ({_can_write(path)})"))
    return rows


def _can_write(path: Path) -> str:
    nearest = next(folder for folder in (path, *path.parents) if os.path.exists(folder))
    try:
        # Trying is surer than asking: root is told that it may write where nobody can.
        if nearest == path:
            path.open("ab").close()
        else:
            tempfile.TemporaryFile(dir=nearest).close()
    except OSError as error:
        return f"cannot be written ({error.strerror}): nothing will be remembered there"
    return "is there" if nearest == path else "not there yet"
