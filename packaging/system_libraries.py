"""The system libraries a Qt window loads, and how Debian provides missing ones: installed, or unpacked privately."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from messages import SetupStopped, last_lines, say

# What Qt's own wheels leave to the system, found by starting the window in a minimal Debian.
WINDOW_LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND_LIBRARIES = {
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
APT_LISTS = Path("/var/lib/apt/lists")
# Otherwise apt-get calls an update without a network a success.
WHOLE_UPDATE = ["-o", "APT::Update::Error-Mode=any"]
UNPACKED = "unpacked-packages.txt"


def loads(library: str) -> bool:
    """Return whether the system's loader finds the library and all that it needs."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_packages(environment: Mapping[str, str], is_there: Callable[[str], bool] = loads) -> list[str]:
    """Return the Debian packages of the libraries that a window needs and the system does not have."""
    if not sys.platform.startswith("linux"):
        return []
    wayland = WAYLAND_LIBRARIES if environment.get("WAYLAND_DISPLAY") else {}
    return [package for library, package in (WINDOW_LIBRARIES | wayland).items() if not is_there(library)]


def provide(packages: Iterable[str], private: Path) -> None:
    """Install the packages, or unpack them into ``private`` where nobody with the right to install is there.

    Raises SetupStopped with the command for an administrator where neither works.
    """
    wanted = sorted(set(packages) - unpacked(private))
    if not wanted:
        return
    say("the system lacks " + ", ".join(wanted))
    problem = "there is no apt-get, so these are the names Debian gives them"
    if shutil.which("apt-get"):
        problem = _install(wanted)
        if problem:
            problem = _unpack(wanted, private)
    if problem:
        raise SetupStopped(
            f"could not get the system packages {', '.join(wanted)}:\n{problem}\n"
            "  Is there a network? If so, ask an administrator to run once:\n"
            f"    apt-get update && apt-get install --no-install-recommends {' '.join(wanted)}"
        )


def unpacked(private: Path) -> set[str]:
    """Return the packages that an earlier start unpacked completely."""
    try:
        return set((private / UNPACKED).read_text().split())
    except FileNotFoundError:
        return set()


def _install(packages: list[str]) -> str:
    """Install for the whole system; return what went wrong, or nothing."""
    administrator = _administrator()
    if administrator is None:
        return "no right to install"
    say("installing them with apt-get")
    apt = [*administrator, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
    install = [*apt, "install", "-y", "--no-install-recommends", *packages]
    problem = _run(install) if _has_lists(APT_LISTS) else "no package lists yet"
    if problem:
        stale = _run([*apt, *WHOLE_UPDATE, "update"])
        # The source that cannot be reached may not be the one that matters.
        problem = _run(install)
        problem = problem and (stale or problem)
    return problem


def _administrator() -> list[str] | None:
    """Return what to put before a command to run it as root without a password, or None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and not _run(["sudo", "-n", "true"]):
        return ["sudo", "-n"]
    return None


def _unpack(packages: list[str], private: Path) -> str:
    """Download the packages and what they depend on, and unpack them; return what went wrong, or nothing."""
    say(f"no right to install: unpacking a private copy in {private}")
    downloads = private / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    problem = _download(packages, downloads, []) if _has_lists(APT_LISTS) else "no package lists yet"
    if problem:
        own_lists = _own_apt_folders(private / "apt")
        stale = _run(["apt-get", "-q", *own_lists, *WHOLE_UPDATE, "update"])
        problem = _download(packages, downloads, own_lists)
        problem = problem and (stale or problem)
    for archive in sorted(downloads.glob("*.deb")):
        problem = problem or _run(["dpkg", "-x", str(archive), str(private)])
    shutil.rmtree(downloads, ignore_errors=True)
    if not problem:
        (private / UNPACKED).write_text("\n".join(sorted(unpacked(private) | set(packages))) + "\n")
    return problem


def _download(packages: list[str], folder: Path, options: list[str]) -> str:
    simulation = subprocess.run(
        ["apt-get", "-s", "-q", *options, "install", "--no-install-recommends", *packages],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, env=os.environ | {"LC_ALL": "C"},
    )  # fmt: skip
    names = newly_installed(simulation.stdout)
    if simulation.returncode or not names:
        return last_lines(simulation.stderr) or "    apt-get names no package to download"
    return _run(["apt-get", "-q", *options, "download", *names], folder)


def newly_installed(simulation: str) -> list[str]:
    """Return the packages that ``apt-get -s install`` would add.

    Upgrades carry the version they replace in brackets and are left out: a second libc beside the system's own would
    break every program started with it.
    """
    return re.findall(r"^Inst (\S+) \(", simulation, re.MULTILINE)


def _own_apt_folders(folder: Path) -> list[str]:
    """Return options with which apt-get keeps its lists in ``folder``, so that they can be fetched without root."""
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return ["-o", f"Dir::State::lists={folder / 'lists'}", "-o", f"Dir::Cache={folder / 'cache'}"]


def _has_lists(folder: Path) -> bool:
    return any(folder.glob("*_Packages*"))


def _run(command: list[str], folder: Path | None = None) -> str:
    """Run a command silently; return the end of what it said if it failed, or nothing."""
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip
    return (last_lines(done.stdout) or "    " + " ".join(command)) if done.returncode else ""
