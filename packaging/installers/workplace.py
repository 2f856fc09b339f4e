"""Where a release is built: the last commit unpacked, and an environment with the locked tools and packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from messages import SetupStopped, last_lines, say
from python_environment import CHECKOUT, LOCKS, PythonEnvironment

BUILD_LOCK = LOCKS / "requirements-build.lock"
# The packages of Debian that bring a tool, where they are not called like it.
DEBIAN = {
    "appstreamcli": "appstream", "desktop-file-validate": "desktop-file-utils", "dpkg-deb": "dpkg",
    "icupkg": "icu-devtools", "ld": "binutils", "makensis": "nsis", "objcopy": "binutils",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Workplace:
    """``source`` is the clean tree, ``tools`` the environment of the build, ``folder`` holds what is made on the way.

    ``commit`` names what is built, ``moment`` is its time (seconds since 1970): every file of a release carries it.
    """

    folder: Path
    source: Path
    tools: PythonEnvironment
    version: str
    commit: str
    moment: int

    @classmethod
    def prepare(cls) -> Workplace:
        """Unpack the last commit into ``build/release`` and fill the environment beside it."""
        folder = CHECKOUT / "build" / "release"
        source = fresh_folder(folder / "source")
        archive = folder / "source.tar"
        run(["git", "archive", "--output", archive, "HEAD"], folder=CHECKOUT)
        run(["tar", "-xf", archive, "-C", source], folder=folder)
        changed = run(["git", "status", "--porcelain"], folder=CHECKOUT).strip()
        if changed:
            say("changes that are not committed are left out of what is built")
        tools = PythonEnvironment(folder / "tools")
        tools.prepare(BUILD_LOCK, with_checkout=False)
        commit, moment = run(["git", "log", "-1", "--format=%H %ct"], folder=CHECKOUT).split()
        return cls(folder, source, tools, _version(source), commit, int(moment))

    @property
    def dist(self) -> Path:
        """Where finished files go."""
        folder = CHECKOUT / "dist"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def packaging(self) -> Path:
        """The clean tree's own packaging folder."""
        return self.source / "packaging"

    def tool(self, name: str, *arguments: str | Path, folder: Path | None = None, **variables: str) -> str:
        """Run a tool of the build's environment."""
        return run([self.tools.python.parent / name, *arguments], folder=folder or self.source, variables=variables)

    def python(self, *arguments: str | Path, folder: Path | None = None, **variables: str) -> str:
        """Run the Python of the build's environment."""
        return run([self.tools.python, *arguments], folder=folder or self.source, variables=variables)

    def set_times(self, folder: Path) -> None:
        """Give every file below ``folder`` the time of the commit."""
        for path in (folder, *folder.rglob("*")):
            os.utime(path, (self.moment, self.moment), follow_symlinks=False)


def run(command: list[str | Path], *, folder: Path, variables: Mapping[str, str] | None = None) -> str:
    """Run a command and return what it wrote; SetupStopped with the end of it where it failed."""
    words = [str(word) for word in command]
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin"
    if shutil.which(words[0], path=path) is None:
        raise SetupStopped(f"{words[0]} is needed here. On Debian: apt-get install {DEBIAN.get(words[0], words[0])}")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": path}
    environment |= dict(variables or {})
    done = subprocess.run(
        words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SetupStopped(f"{' '.join(words)[:300]} failed:\n{last_lines(done.stdout, 25)}")
    return done.stdout


def fresh_folder(path: Path) -> Path:
    """Return the folder, empty."""
    if path.exists():
        shutil.rmtree(path)
    path.mkdir(parents=True)
    return path


def _version(source: Path) -> str:
    found = re.search(r'^__version__ = "([^"]+)"$', (source / "stepviz" / "__init__.py").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]
