"""The works of others that a build carries: their versions, licences, and the texts of these."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from messages import SetupStopped
from python_environment import LOCKS

from installers.workplace import run

LICENCE_TEXTS = LOCKS / "licence_texts"
DEBIAN_DOCUMENTS = Path("/usr/share/doc")
# Texts that wheels do not carry: their own, or those of fonts inside.
TEXTS_ELSEWHERE = {
    "latex2mathml": ("latex2mathml",),
    "pyside6-essentials": ("LGPL-3", "GPL-3"),
    "pyopengl": ("PyOpenGL",),
    "shiboken6": ("LGPL-3", "GPL-3"),
    "ziafont": ("DejaVu",),
    "ziamath": ("STIX-Two",),
}
# Where the wheel says less than all: a table and fonts inside have licences of their own.
LICENCES_BY_HAND = {
    "latex2mathml": "MIT AND LPPL-1.3c",
    "pyside6-essentials": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
    "shiboken6": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
    "ziafont": "MIT AND Bitstream-Vera",
    "ziamath": "MIT AND OFL-1.1",
}


@dataclass(frozen=True, slots=True)
class Component:
    """``origin`` is ``pypi``, ``deb/debian`` or ``generic``, as in a package URL; ``texts`` are licence files."""

    name: str
    version: str
    licence: str
    origin: str
    texts: tuple[Path, ...]

    @property
    def url(self) -> str:
        """The package URL."""
        return f"pkg:{self.origin}/{self.name}@{self.version}"


def python_packages(site: Path, used: set[Path] | None = None) -> list[Component]:
    """Return the packages in ``site``; with ``used``, those that one of these files belongs to."""
    found = []
    for distribution in importlib.metadata.distributions(path=[str(site)]):
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        files = [Path(str(distribution.locate_file(file))) for file in distribution.files or ()]
        if name == "stepviz" or (used is not None and used.isdisjoint(files)):
            continue
        texts = tuple(file for file in files if _is_licence(file)) + tuple(
            LICENCE_TEXTS / text for text in TEXTS_ELSEWHERE.get(name, ())
        )
        if not texts:
            raise SetupStopped(f"{name} carries no licence text: name one in packaging/installers/components.py")
        found.append(Component(name, distribution.version, _licence(name, distribution.metadata), "pypi", texts))
    return sorted(found, key=lambda component: component.name)


def qt(packages: Iterable[Component]) -> Component:
    """Return the Qt libraries that PySide6 of the same version brings."""
    pyside = next(component for component in packages if component.name == "pyside6-essentials")
    texts = (LICENCE_TEXTS / "LGPL-3", LICENCE_TEXTS / "GPL-3")
    return Component("qt", pyside.version, "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only", "generic", texts)


def system_packages(files: Iterable[Path]) -> list[Component]:
    """Return the Debian packages that these files of the building system belong to, and its Python."""
    names = set()
    for file in files:
        owner = _owner(file)
        if owner:
            names.add(owner)
    return [interpreter(), *(_debian_package(name) for name in sorted(names))]


def _owner(file: Path) -> str:
    # The packages of a merged /usr still list their files below /lib.
    for path in (file.resolve(), Path(str(file.resolve()).removeprefix("/usr"))):
        done = subprocess.run(["dpkg", "-S", str(path)], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.partition(":")[0]
    if not file.resolve().is_relative_to(sys.base_prefix):
        raise SetupStopped(f"{file} belongs to no package: whose is it?")
    return ""


def _debian_package(name: str) -> Component:
    version = run(["dpkg-query", "-W", "-f", "${Version}", name], folder=Path("/")).strip()
    text = DEBIAN_DOCUMENTS / name / "copyright"
    if not text.exists():
        raise SetupStopped(f"{text} is missing: it says under which licence {name} is passed on")
    return Component(name, version, "see its copyright file", "deb/debian", (text,))


def interpreter() -> Component:
    """Return the Python that builds, and goes into what is built."""
    version = ".".join(map(str, sys.version_info[:3]))
    short = f"python{sys.version_info.major}.{sys.version_info.minor}"
    texts = (DEBIAN_DOCUMENTS / short / "copyright", Path(sys.base_prefix) / "lib" / short / "LICENSE.txt")
    text = next((text for text in texts if text.exists()), None)
    if text is None:
        raise SetupStopped(f"no licence text of Python in {' or '.join(map(str, texts))}")
    return Component("cpython", version, "Python-2.0.1", "generic", (text,))


def _licence(name: str, metadata: importlib.metadata.PackageMetadata) -> str:
    if name in LICENCES_BY_HAND:
        return LICENCES_BY_HAND[name]
    named = (metadata[field] for field in ("License-Expression", "License") if field in metadata)
    stated = next(named, "")
    if stated and "\n" not in stated:
        return stated
    classes = [entry for entry in metadata.get_all("Classifier") or () if entry.startswith("License ::")]
    return "; ".join(entry.rpartition(" :: ")[2] for entry in classes) or "see its licence text"


def _is_licence(file: Path) -> bool:
    inside = any(part.endswith(".dist-info") for part in file.parts)
    return inside and ("licenses" in file.parts or file.name.lower().startswith(("licen", "copying", "notice")))
