"""Builds the kernel with a C compiler: ``python -m stepviz.engine.kernel``; without one, NumPy does the steps.

Standard library only: the launcher and the build of a wheel run this file by itself. The name of the library holds a
hash of all that it is made from, so that an old one is never loaded; it is put in its place whole, so that two
processes can build at once.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
BUILT = SOURCES / "built"
# Nothing here may change a result: no fused multiply-add, no other order of sums.
FLAGS = (
    "-std=gnu11", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fvisibility=hidden", "-w",
)  # fmt: skip
# One build of step.c for each kind of processor; the library picks the best that it runs on.
LEVELS = {
    "x86_64": {"v2": ("-msse4.2",), "v3": ("-mavx2",), "v4": ("-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl")},
}
ONE_LEVEL: dict[str, tuple[str, ...]] = {"base": ()}
ENDINGS = {"windows": ".dll", "macos": ".dylib", "linux": ".so"}
SYSTEMS = {"Windows": "windows", "Darwin": "macos", "Linux": "linux"}
MACHINES = {"AMD64": "x86_64", "arm64": "aarch64"}
# What the package ziglang can compile for on any machine: Zig's name of it, and the tag of a wheel with the library.
TARGETS = {
    "linux-x86_64": ("x86_64-linux-gnu.2.17", "manylinux2014_x86_64"),
    "linux-aarch64": ("aarch64-linux-gnu.2.17", "manylinux2014_aarch64"),
    "windows-x86_64": ("x86_64-windows-gnu", "win_amd64"),
    "macos-x86_64": ("x86_64-macos.11.0", "macosx_11_0_x86_64"),
    "macos-aarch64": ("aarch64-macos.11.0", "macosx_11_0_arm64"),
}
PATIENCE = 600.0


class BuildFailed(Exception):
    """There is no compiler, or it did not do it; the message says which."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a library is for: ``system`` (linux, windows, macos) and ``machine`` (x86_64, aarch64, …)."""

    system: str
    machine: str

    @classmethod
    def here(cls) -> Target:
        """Return this machine."""
        machine = platform.machine()
        system = platform.system()
        return cls(SYSTEMS.get(system, system.lower()), MACHINES.get(machine, machine))

    @property
    def levels(self) -> dict[str, tuple[str, ...]]:
        """Return the kinds of processor that step.c is built for, with the flags of each."""
        return LEVELS.get(self.machine, ONE_LEVEL)

    @property
    def file(self) -> str:
        """Return the name of the library: of the target and of all that it is made from."""
        digest = hashlib.sha256(repr((FLAGS, self.levels)).encode())
        for source in sorted([*SOURCES.glob("*.c"), *SOURCES.glob("*.h")]):
            digest.update(source.name.encode())
            # As text: a checkout on Windows may end its lines in two letters.
            digest.update(source.read_bytes().replace(b"\r\n", b"\n"))
        return f"libstep_{self.system}_{self.machine}_{digest.hexdigest()[:16]}{ENDINGS.get(self.system, '.so')}"


def is_built() -> bool:
    """Return whether the library of this machine is in the package."""
    return (BUILT / Target.here().file).exists()


def compilers() -> Iterator[list[str]]:
    """Yield the commands of the compilers found: of the environment, of the system, in a wheel."""
    if os.environ.get("CC"):
        yield shlex.split(os.environ["CC"])
    for name in ("cc", "gcc", "clang"):
        if found := shutil.which(name):
            yield [found]
    if importlib.util.find_spec("ziglang") is not None:
        yield [sys.executable, "-m", "ziglang", "cc"]


def build(folder: Path = BUILT, target: Target | None = None, compiler: Sequence[str] | None = None) -> Path:
    """Return the library in ``folder``, built unless it is there. Raises BuildFailed, and OSError for the folder."""
    target = target or Target.here()
    library = folder / target.file
    if library.exists():
        return library
    tried = []
    for command in [list(compiler)] if compiler else compilers():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".build-", dir=folder) as room:
            made = Path(room) / target.file
            try:
                _compile(command, target, Path(room), made)
            except (OSError, subprocess.SubprocessError) as error:
                output = getattr(error, "stderr", None) or str(error)
                tried.append(f"{shlex.join(command)}: {' '.join(str(output).split())[:300]}")
                continue
            # In one step, so that nobody loads half a library.
            made.replace(library)
        _remove_older(library)
        return library
    raise BuildFailed("; ".join(tried) or "no C compiler found (CC, cc, gcc, clang, or the package ziglang)")


def _compile(command: Sequence[str], target: Target, room: Path, made: Path) -> None:
    objects = compile_objects(command, target, room)
    run_compiler(command, "-shared", "-s", "-o", str(made), *objects, *([] if target.system == "windows" else ["-lm"]))


def compile_objects(command: Sequence[str], target: Target, room: Path, extra: Sequence[str] = ()) -> list[str]:
    """Compile all that the library consists of into ``room``; return the paths of the objects.

    Raises OSError and subprocess.SubprocessError where the compiler does not do it.
    """
    common = [*FLAGS, *([] if target.system == "windows" else ["-fPIC"]), *extra]
    objects: list[str] = []

    def add(source: str, name: str, *flags: str) -> None:
        objects.append(str(room / f"{name}.o"))
        run_compiler(command, *common, *flags, "-c", source, "-o", objects[-1])

    for level, flags in target.levels.items():
        add("step.c", f"step-{level}-32", *flags, f"-DLEVEL={level}")
        add("step.c", f"step-{level}-64", *flags, f"-DLEVEL={level}", "-DWIDE")
    add("schedules.c", "schedules")
    add("dispatch.c", "dispatch")
    return objects


def run_compiler(command: Sequence[str], *options: str) -> None:
    """Run a compiler where the sources are. Raises what ``subprocess.run`` does."""
    subprocess.run(
        [*command, *options], check=True, capture_output=True, text=True, cwd=SOURCES, timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def _remove_older(library: Path) -> None:
    start = library.name.rpartition("_")[0]
    for path in library.parent.glob(f"{start}_*{library.suffix}"):
        if path != library:
            # Another process may have it open, which on Windows keeps it.
            try:
                path.unlink()
            except OSError:
                continue


def own_folder() -> Path:
    """Return where the library is where the package cannot be written."""
    from platformdirs import user_cache_path

    return user_cache_path("stepviz")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the library for this machine and print its path; return 1 where it could not be."""
    parser = argparse.ArgumentParser("stepviz.engine.kernel.build", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--folder", type=Path, help="where to put it (default: into the package, or among your own files)"
    )
    options = parser.parse_args(arguments)
    folder = options.folder or (BUILT if os.access(SOURCES, os.W_OK) else own_folder())
    try:
        print(build(folder))
    except (BuildFailed, OSError) as error:
        sys.stderr.write(f"the compiled step was not built, NumPy does its work: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
