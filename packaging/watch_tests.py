"""The tests of stepviz_watch with PyTorch: in a folder of its own, where it can be had without gigabytes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from messages import last_lines, say
from python_environment import CHECKOUT, PythonEnvironment

TORCH = "torch==2.13.0"
NEEDED_BYTES = 3_000_000_000
PATIENCE = 900


def run_watch_tests(environment: PythonEnvironment, variables: dict[str, str], arguments: list[str]) -> int:
    """Run tests/watch with PyTorch; 0 as well where PyTorch cannot be had, which is said."""
    folder = environment.folder.with_name(environment.folder.name + "-torch")
    began = time.monotonic()
    reason = _provide(environment, folder)
    if reason:
        say(f"PyTorch cannot be had, so what needs it is not tested: {reason}")
        return 0
    say(f"PyTorch is there after {time.monotonic() - began:.0f} s; running the tests of stepviz_watch with it")
    command = [str(environment.python), "-m", "pytest", *(arguments or ["tests/watch"])]
    paths = {"PYTHONPATH": os.pathsep.join([str(folder), str(CHECKOUT)])}
    code = subprocess.run(
        command, cwd=CHECKOUT, env=variables | paths, stdin=subprocess.DEVNULL, check=False
    ).returncode
    say(f"the tests with PyTorch {'failed' if code else 'passed'} after {time.monotonic() - began:.0f} s in all")
    return code


def _provide(environment: PythonEnvironment, folder: Path) -> str:
    """Install PyTorch into ``folder`` where it is not there yet; return why it cannot be, or nothing."""
    mark = folder / "ready"
    if mark.exists() and mark.read_text() == TORCH:
        return ""
    shutil.rmtree(folder, ignore_errors=True)
    free = shutil.disk_usage(environment.folder.parent).free
    if free < NEEDED_BYTES:
        return f"{free / 1e9:.1f} GB are free, {NEEDED_BYTES / 1e9:.0f} GB are needed"
    pip = [*environment.pip(), "install", "--only-binary", ":all:", "--disable-pip-version-check",
           "--no-input", "--progress-bar", "off", "--retries", "1", TORCH, "--target", str(folder)]  # fmt: skip
    try:
        looked = _run([*pip, "--dry-run", "--ignore-installed", "--quiet", "--report", "-"])
        if looked.returncode:
            return _last(looked)
        names = {item["metadata"]["name"] for item in json.loads(looked.stdout)["install"]}
        if large := sorted(name for name in names if name.startswith("nvidia")):
            return f"here it comes with {len(large)} packages for graphics cards, gigabytes that the tests do not need"
        installed = _run(pip)
    except (subprocess.TimeoutExpired, ValueError, KeyError) as error:
        return f"{error}"
    if installed.returncode:
        return _last(installed)
    mark.write_text(TORCH)
    return ""


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False
    )


def _last(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stderr.splitlines() if "ERROR" in line]
    return lines[-1] if lines else last_lines(done.stderr)
