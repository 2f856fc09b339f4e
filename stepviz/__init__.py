"""stepviz: see why gradient descent cannot train step units, and what changes when they are replaced.

From Python use ``stepviz.engine``: its names are public and stay. All other modules are private.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepviz.probes.twins.diagnosing import diagnose

# Before NumPy is imported: several BLAS threads on matrices this small only take turns, and take the window's core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

__version__ = "0.1.0"

__all__ = ["__version__", "diagnose"]


def __getattr__(name: str) -> object:
    """Import ``diagnose`` when it is first asked for: the command line starts without NumPy."""
    if name == "diagnose":
        from stepviz.probes.twins.diagnosing import diagnose

        return diagnose
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
