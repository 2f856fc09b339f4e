"""The build hook of the wheel: compiles the step for one kind of machine, or leaves it out.

``STEPVIZ_KERNEL`` says for which: nothing: for this one, where a compiler is there; ``none``: a wheel for all machines,
in which NumPy does the steps; or one of the TARGETS of the kernel's build.py, compiled by the package ``ziglang``.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "STEPVIZ_KERNEL"
NONE = "none"


class KernelHook(BuildHookInterface):  # type: ignore[type-arg]  # it is generic over a configuration that is not used
    """Adds the compiled library to a wheel, and the tag of the machines that it is for."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the library; where there is no compiler the wheel is one for all machines."""
        wanted = os.environ.get(VARIABLE, "")
        if version == "editable" or wanted == NONE:
            return
        kernel = builder(Path(self.root))
        folder = Path(self.root) / "build" / "kernel"
        if wanted:
            zig, tag = kernel.TARGETS[wanted]
            target = kernel.Target(*wanted.split("-"))
            library = kernel.build(folder, target, [sys.executable, "-m", "ziglang", "cc", "-target", zig])
        else:
            tag = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            try:
                library = kernel.build(folder)
            except (kernel.BuildFailed, OSError) as error:
                self.app.display_warning(f"a wheel without the compiled step: {error}")
                return
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{tag}"
        build_data["force_include"][str(library)] = f"stepviz/engine/kernel/built/{library.name}"


def builder(root: Path) -> ModuleType:
    """Return the module that builds the library; the package itself needs what is not there yet."""
    path = root / "stepviz" / "engine" / "kernel" / "build.py"
    spec = importlib.util.spec_from_file_location("stepviz_kernel_build", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["stepviz_kernel_build"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
