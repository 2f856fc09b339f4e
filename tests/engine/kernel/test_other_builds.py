"""The same bits from other compilers, other vectors and other processors; and nothing that a sanitizer complains of."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

from stepviz.engine.kernel.build import TARGETS, Target, build
from stepviz.engine.kernel.library import Library, NoLibrary, load_library
from tests.engine.kernel.replayed import build_program, differing
from tests.engine.kernel.runs import fingerprint, forty_runs, trainer_by, trainer_of

pytestmark = pytest.mark.usefixtures("library")
STEPS = 40
LINUX = sys.platform.startswith("linux")


def need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"no {program}")


def check_build(other: Library) -> None:
    for name, experiment in forty_runs().items():
        one, same = trainer_by("compiled", experiment), trainer_of(other, experiment)
        one.step(STEPS)
        same.step(STEPS)
        assert fingerprint(one) == fingerprint(same), f"{name} in the build {other.build} of {other.path}"


@pytest.mark.parametrize("level", list(Target.here().levels))
def test_every_width_of_vectors_gives_the_same_bits(library: Library, level: str) -> None:
    try:
        other = load_library(library.path, level)
    except NoLibrary:
        pytest.skip(f"this processor does not run the build {level}")
    check_build(other)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_compiler_gives_the_same_bits(compiler: str, tmp_path: Path) -> None:
    need(compiler)
    path = build(tmp_path, compiler=[compiler])
    for level in Target.here().levels:
        try:
            other = load_library(path, level)
        except NoLibrary:
            continue
        check_build(other)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.skipif(not LINUX, reason="an emulator of Linux")
def test_an_arm_processor_gives_the_same_bits(tmp_path: Path) -> None:
    need("aarch64-linux-gnu-gcc", "qemu-aarch64")
    program = build_program(tmp_path, ["aarch64-linux-gnu-gcc"], Target("linux", "aarch64"), ["-static"])
    assert differing(["qemu-aarch64", str(program)], "base", forty_runs(), tmp_path) == []


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.skipif(not LINUX, reason="an emulator of Windows")
def test_windows_gives_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wine = next((found for name in ("wine64", "wine", "/usr/lib/wine/wine64") if (found := shutil.which(name))), None)
    if wine is None or importlib.util.find_spec("ziglang") is None:
        pytest.skip("no Wine, or no Zig to compile with")
    zig = [sys.executable, "-m", "ziglang", "cc", "-target", TARGETS["windows-x86_64"][0]]
    program = build_program(tmp_path, zig, Target("windows", "x86_64"))
    monkeypatch.setenv("WINEPREFIX", str(tmp_path / "wine"))
    monkeypatch.setenv("WINEDEBUG", "-all")
    # Each takes Wine some seconds to start.
    some = dict(list(forty_runs().items())[::4])
    assert differing([wine, str(program)], "v3", some, tmp_path) == []


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.skipif(not LINUX, reason="the sanitizers of Linux' compilers")
def test_sanitizers_have_nothing_to_complain_of(tmp_path: Path) -> None:
    need("gcc")
    flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g", "-O1"]
    program = build_program(tmp_path, ["gcc"], Target.here(), flags)
    for level in Target.here().levels:
        assert differing([str(program)], level, forty_runs(), tmp_path) == []
