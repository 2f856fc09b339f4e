"""Is there a screen, and if not, an X server that draws into memory."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import private_folder

# Asks in a process of its own: the private libraries are found only by a process that starts with their path.
ASK_X_SERVER = """
import ctypes
xcb = ctypes.CDLL("libxcb.so.1")
xcb.xcb_connect.restype = ctypes.c_void_p
raise SystemExit(xcb.xcb_connection_has_error(ctypes.c_void_p(xcb.xcb_connect(None, None))))
"""
START_SECONDS = 15


def display_answers(environment: Mapping[str, str]) -> bool:
    """Return whether a window could open: DISPLAY may be set and its server gone, or not let this user in."""
    if not sys.platform.startswith("linux"):
        return True
    if environment.get("WAYLAND_DISPLAY"):
        socket = Path(environment.get("XDG_RUNTIME_DIR", "/nonexistent"), environment["WAYLAND_DISPLAY"])
        if socket.exists():
            return True
    if not environment.get("DISPLAY"):
        return False
    question = [sys.executable, "-I", "-S", "-c", ASK_X_SERVER]
    return subprocess.run(question, env=dict(environment), capture_output=True, check=False).returncode == 0


def find_server(private: Path) -> Path | None:
    """Return the path of Xvfb, the system's or the unpacked one."""
    system = shutil.which("Xvfb")
    if system:
        return Path(system)
    own = private / "usr/bin/Xvfb"
    return own if own.exists() else None


@contextmanager
def virtual_screen(private: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Run an X server in memory and yield the variables that lead to it; without one, Qt's ``offscreen`` platform.

    The server picks a free display number itself and says it on a pipe once it is ready.
    """
    server = find_server(private)
    if server is None:
        yield without_screen("Xvfb is not installed")
        return
    own = server.is_relative_to(private)
    command = ["Xvfb", "-screen", "0", "1920x1080x24", "-nolisten", "tcp", "-noreset"]
    if own:
        _lead_to_private_keyboard_compiler(server)
        command += ["-xkbdir", str(private / "usr/share/X11/xkb")]
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [*command, "-displayfd", str(writer)], executable=server, cwd=private if own else None, pass_fds=[writer],
        env=dict(environment) | private_folder.variables(private, environment),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writer)
    try:
        number = _read_number(reader)
        yield {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"} if number else without_screen("Xvfb does not start")
    finally:
        os.close(reader)
        process.terminate()
        process.wait()


def without_screen(reason: str) -> dict[str, str]:
    """Return the variables with which Qt draws without any screen, and the reason for tests that need real pixels."""
    return {"QT_QPA_PLATFORM": "offscreen", "STEPVIZ_NO_SCREEN": reason}


def _read_number(reader: int) -> str:
    """Return the display number, or nothing where the server ended or said nothing in time."""
    ready, _, _ = select.select([reader], [], [], START_SECONDS)
    return os.read(reader, 16).decode().strip() if ready else ""


def _lead_to_private_keyboard_compiler(server: Path) -> None:
    """Let an unpacked Xvfb look for xkbcomp below its working folder: the path is compiled in, and has no option."""
    program = server.read_bytes()
    relative = program.replace(b"\0/usr/bin\0", b"\0usr/bin\0\0")
    if relative != program:
        changed = server.with_suffix(".changed")
        changed.write_bytes(relative)
        changed.chmod(0o755)
        changed.replace(server)
