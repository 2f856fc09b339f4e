"""stepviz: see why gradient descent cannot train step units, and what changes when they are replaced.

From Python use ``stepviz.engine``: its names are public and stay. All other modules are private.
"""

from __future__ import annotations

import os

# Before NumPy is imported: several BLAS threads on matrices this small only take turns, and take the window's core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

__version__ = "0.1.0"

__all__ = ["__version__"]
