"""The private virtual environment: made once, filled from a lock file with hashes, repaired after an interruption."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import private_folder
import system_libraries
from messages import SetupStopped, last_lines, say

CHECKOUT = Path(__file__).resolve().parent.parent
LOCKS = CHECKOUT / "packaging"
RUN_LOCK = LOCKS / "requirements.lock"
TEST_LOCK = LOCKS / "requirements-test.lock"
NEEDED_BYTES = 1_000_000_000
# Debian's wheel of pip reads the system's certificates as soon as it is imported, even where there are none.
RUN_PIP_WHEEL = """
import runpy, sys
wheel, certificates = sys.argv[1:3]
sys.path.insert(0, wheel)
sys.argv[:3] = ["pip"]
if certificates:
    from pip._vendor import certifi
    certifi.where = lambda: certificates
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True, slots=True)
class PythonEnvironment:
    """A virtual environment at ``folder``; the system packages unpacked without root are inside it."""

    folder: Path

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def site(self) -> Path:
        """Where its packages are."""
        return Path(sysconfig.get_path("purelib", "venv", vars={"base": str(self.folder)}))

    @property
    def private(self) -> Path:
        """Where system packages are unpacked."""
        return self.folder / "system"

    def is_ready(self, lock: Path) -> bool:
        """Return whether the environment was filled from exactly this lock file by this Python."""
        try:
            return self._mark(lock).read_text() == _state(lock) and self.python.exists()
        except FileNotFoundError:
            return False

    def prepare(self, lock: Path, *, with_checkout: bool = True) -> None:
        """Make the environment and fill it, with this checkout or without; SetupStopped says what failed."""
        if self.is_ready(lock):
            return
        self._check_space()
        if not self._works():
            self._make()
        self._install(lock)
        if with_checkout:
            (self.site / "stepviz-checkout.pth").write_text(f"{CHECKOUT}\n")
        # The tests' lock holds all that a run needs, so the window opens without another look.
        for filled in {lock, RUN_LOCK}:
            self._mark(filled).write_text(_state(filled))

    def _mark(self, lock: Path) -> Path:
        return self.folder / f"{lock.name}.ready"

    def _check_space(self) -> None:
        place = next(folder for folder in (self.folder, *self.folder.parents) if folder.exists())
        free = shutil.disk_usage(place).free
        if free < NEEDED_BYTES and not self.python.exists():
            raise SetupStopped(
                f"{place} has {free / 1e6:.0f} MB free; the environment needs {NEEDED_BYTES / 1e6:.0f} MB.\n"
                "  Make room, or set STEPVIZ_VENV to a folder on another disk."
            )

    def _works(self) -> bool:
        """Return whether there is an environment of this very Python; another one's packages would not load."""
        if not self.python.exists():
            return False
        question = [str(self.python), "-c", "import sys; print(sys.version, sys.base_prefix)"]
        answer = subprocess.run(question, capture_output=True, text=True, check=False)
        if answer.stdout.strip() != f"{sys.version} {sys.base_prefix}":
            return False
        return subprocess.run([*self.pip(), "--version"], capture_output=True, check=False).returncode == 0

    def _make(self) -> None:
        self._clear()
        say(f"making a private Python environment in {self.folder}")
        if importlib.util.find_spec("ensurepip") is None:
            self._provide_pip()
        options = [] if importlib.util.find_spec("ensurepip") else ["--without-pip"]
        made = subprocess.run(
            [sys.executable, "-m", "venv", *options, str(self.folder)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise SetupStopped(f"could not make the environment {self.folder}:\n{last_lines(made.stdout)}")

    def _clear(self) -> None:
        """Remove what an interrupted set-up or another Python left; unpacked system packages stay."""
        if not self.folder.exists():
            return
        ours = {"system", "pyvenv.cfg"}
        entries = {path.name for path in self.folder.iterdir()}
        if entries and not entries & ours:
            raise SetupStopped(f"{self.folder} is not a Python environment: it holds other files, and they are kept.")
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                if path.name != "system":
                    shutil.rmtree(path)
            else:
                path.unlink()

    def _provide_pip(self) -> None:
        """Debian keeps pip out of its Python: install it, or unpack the wheel of it."""
        system_libraries.provide([f"python3.{sys.version_info.minor}-venv"], self.private)
        importlib.invalidate_caches()

    def pip(self) -> list[str]:
        """The command that runs pip in this environment."""
        wheels = sorted(self.private.glob("usr/share/python-wheels/pip-*.whl"))
        if not wheels:
            return [str(self.python), "-m", "pip"]
        certificates = private_folder.certificates(self.private)
        return [str(self.python), "-c", RUN_PIP_WHEEL, str(wheels[-1]), str(certificates or "")]

    def _install(self, lock: Path) -> None:
        say("installing the Python packages of the lock file; the first time some 130 MB are downloaded")
        bundle = private_folder.certificates(self.private)
        certificates = {"PIP_CERT": str(bundle)} if bundle and "PIP_CERT" not in os.environ else {}
        command = [*self.pip(), "install", "--require-hashes", "--no-deps", "--only-binary", ":all:",
                   "--disable-pip-version-check", "--no-input", "--progress-bar", "off", "-r", str(lock)]  # fmt: skip
        process = subprocess.Popen(
            command, env=os.environ | certificates | {"PYTHONUTF8": "1"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        output = []
        assert process.stdout is not None
        for line in process.stdout:
            output.append(line)
            if line.strip().startswith("Downloading"):
                say("  " + line.strip().removeprefix("Downloading ").rpartition("/")[2])
        if process.wait():
            raise SetupStopped(explanation(output))


def explanation(output: Iterable[str]) -> str:
    """Turn the output of a pip that failed into what to do about it."""
    text = "".join(output)
    causes = (
        ("No space left", "the disk is full. Make room, or set STEPVIZ_VENV (and TMPDIR) to a folder on another disk."),
        ("DO NOT MATCH THE HASHES", "a download differs from the one that was locked, and was not installed."),
        ("CERTIFICATE_VERIFY", "the package index shows a certificate that this machine does not trust; "
         "with a certificate of your own network, set PIP_CERT to its file."),
        ("onnection", "the package index cannot be reached. Is there a network? (PIP_INDEX_URL sets another index, "
         "PIP_PROXY a proxy.) Start again: what was done is kept."),
        ("No matching distribution", f"the index has no package for Python {sys.version_info.major}."
         f"{sys.version_info.minor} on {sysconfig.get_platform()}, or cannot be reached."),
    )  # fmt: skip
    reason = next((advice for sign, advice in causes if sign in text), "pip failed.")
    return f"{reason}\n{last_lines(text)}"


def _state(lock: Path) -> str:
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    return f"{digest} {CHECKOUT} {sys.version} {sys.base_prefix}\n"
