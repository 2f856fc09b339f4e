"""The launcher compiles the training step where it can, and goes on where it cannot."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import compiled_step
import pytest
from compiled_step import COMPILER_LOCK, builder, provide, provide_compiler
from messages import SetupStopped
from python_environment import PythonEnvironment


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """A builder that notes what it is asked for; ``found`` are the compilers of the system."""
    own = builder()
    made = SimpleNamespace(built=[], found=[], there=False, BuildFailed=own.BuildFailed)
    made.is_built = lambda: made.there
    made.compilers = lambda: iter(made.found)
    made.build = lambda compiler=None: made.built.append(compiler)
    monkeypatch.setattr(compiled_step, "builder", lambda: made)
    return made


def test_the_real_builder_needs_nothing_of_the_package() -> None:
    assert builder().Target.here().file.startswith("libstep_")


def test_what_is_built_is_left_alone(kernel: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    kernel.there, kernel.found = True, [["cc"]]
    provide()
    assert kernel.built == []
    assert capsys.readouterr().err == ""


def test_without_a_compiler_nothing_is_said(kernel: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    provide()
    assert kernel.built == []
    assert capsys.readouterr().err == ""


def test_with_a_compiler_it_is_built(kernel: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    kernel.found = [["cc"]]
    provide()
    assert kernel.built == [None]
    assert "compiling the training step" in capsys.readouterr().err


def test_a_compiler_that_fails_stops_nothing(
    kernel: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kernel.found = [["cc"]]

    def fail(compiler: list[str] | None = None) -> None:
        raise kernel.BuildFailed("cc: no such header")

    monkeypatch.setattr(kernel, "build", fail)
    provide()
    assert "NumPy does its work: cc: no such header" in capsys.readouterr().err


def test_the_tests_get_a_compiler_as_root_from_the_system(
    kernel: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[list[str]] = []

    def install(packages: list[str], _private: Path) -> None:
        asked.append(packages)
        kernel.found = [["gcc"]]

    monkeypatch.setattr(compiled_step.sys, "platform", "linux")
    monkeypatch.setattr(compiled_step.os, "geteuid", lambda: 0)
    monkeypatch.setattr(compiled_step.system_libraries, "provide", install)
    provide_compiler(PythonEnvironment(tmp_path))
    assert asked == [["gcc", "libc6-dev"]]
    assert kernel.built == [None]


def test_without_root_they_get_a_wheel_of_one(
    kernel: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    filled: list[Path] = []
    monkeypatch.setattr(compiled_step.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(PythonEnvironment, "prepare", lambda _self, lock: filled.append(lock))
    environment = PythonEnvironment(tmp_path)
    provide_compiler(environment)
    assert filled == [COMPILER_LOCK]
    assert kernel.built == [[str(environment.python), "-m", "ziglang", "cc"]]


def test_without_any_the_tests_go_on(
    kernel: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(_self: PythonEnvironment, _lock: Path) -> None:
        raise SetupStopped("no network")

    monkeypatch.setattr(compiled_step.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(PythonEnvironment, "prepare", stop)
    provide_compiler(PythonEnvironment(tmp_path))
    assert kernel.built == []
    assert "no C compiler to be had" in capsys.readouterr().err
