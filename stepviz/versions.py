"""The versions of the program and of what it stands on. No window is needed."""

from __future__ import annotations

import platform
import sys
from importlib.resources import files
from pathlib import Path


def versions() -> dict[str, str]:
    """Return a name and a version each, the program's own first."""
    import msgspec
    import numpy
    import pyqtgraph
    import PySide6
    from PySide6.QtCore import qVersion

    from stepviz import __version__

    return {
        "stepviz": __version__,
        "Python": f"{platform.python_version()} ({platform.python_implementation()})",
        "Qt": qVersion(),
        "PySide6": PySide6.__version__,
        "pyqtgraph": pyqtgraph.__version__,
        "NumPy": numpy.__version__,
        "msgspec": msgspec.__version__,
        "system": platform.platform(),
    }


def installation() -> str:
    """Return how the program is installed, in words. An installer says its own kind in a resource."""
    package = Path(str(files("stepviz")))
    kind = package / "resources" / "installed-as.txt"
    if kind.is_file():
        return f"{kind.read_text(encoding='utf-8').strip()}, {sys.executable}"
    if getattr(sys, "frozen", False):
        return f"program of its own, {sys.executable}"
    if (package.parent / "pyproject.toml").is_file():
        return f"checkout in {package.parent}"
    environment = "private environment" if sys.prefix != sys.base_prefix else "the system's Python"
    return f"package in {environment}, {package}"
