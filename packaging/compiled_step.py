"""The compiled step of the training: built where there is a compiler; without it NumPy does the steps."""

from __future__ import annotations

import importlib.util
import os
import sys
from types import ModuleType

import system_libraries
from messages import SetupStopped, say
from python_environment import CHECKOUT, LOCKS, PythonEnvironment

COMPILER_LOCK = LOCKS / "requirements-compiler.lock"
DEBIAN = ["gcc", "libc6-dev"]


def builder() -> ModuleType:
    """Return the module that builds the library: it needs the standard library only."""
    path = CHECKOUT / "stepviz" / "engine" / "kernel" / "build.py"
    spec = importlib.util.spec_from_file_location("stepviz_kernel_build", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["stepviz_kernel_build"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def provide(compiler: list[str] | None = None) -> None:
    """Build the library where it is not there yet and can be; say what that takes, and nothing where it cannot be."""
    kernel = builder()
    if kernel.is_built() or not (compiler or list(kernel.compilers())):
        return
    say("compiling the training step; this takes some seconds, once")
    try:
        kernel.build(compiler=compiler)
    except (kernel.BuildFailed, OSError) as error:
        say(f"the training step was not compiled, NumPy does its work: {error}")


def provide_compiler(environment: PythonEnvironment) -> None:
    """Build the library with a compiler that is got for it where there is none: the system's as root, else a wheel."""
    kernel = builder()
    compiler = None
    if not kernel.is_built() and not list(kernel.compilers()):
        if sys.platform.startswith("linux") and os.geteuid() == 0:
            try:
                system_libraries.provide(DEBIAN, environment.private)
            except SetupStopped:
                say("no gcc to be had")
        if not list(kernel.compilers()):
            try:
                environment.prepare(COMPILER_LOCK)
                compiler = [str(environment.python), "-m", "ziglang", "cc"]
            except SetupStopped:
                say("no C compiler to be had: what needs the compiled step is not tested")
                return
    provide(compiler)
