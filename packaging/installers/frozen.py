"""The program as one folder that needs no Python, by PyInstaller."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from compiled_step import builder

from installers import components, icu, licences, sbom, wheel
from installers.components import Component
from installers.workplace import Workplace, fresh_folder

LIBRARIES = "_internal/PySide6/Qt/lib"


def frozen(place: Workplace) -> Path:
    """Return the folder ``stepviz`` of this commit, built where that was not done yet."""
    done = place.folder / "frozen" / "commit"
    if not (done.exists() and done.read_text() == place.commit):
        freeze(place)
        done.write_text(place.commit)
    return place.folder / "frozen" / "stepviz"


def freeze(place: Workplace) -> Path:
    """Return the folder ``stepviz`` that was built, with its licences and the bill of materials inside."""
    work = fresh_folder(place.folder / "frozen")
    wheel.install(place, work / "package", f"linux-{builder().Target.here().machine}")
    place.tool("pyinstaller", "--noconfirm", "--log-level", "WARN", "--workpath", work / "work", "--distpath", work,
               place.packaging / "frozen" / "linux.spec", PYTHONPATH=str(work / "package"),
               SOURCE_DATE_EPOCH=str(place.moment), PYTHONHASHSEED="1")  # fmt: skip
    program = work / "stepviz"
    (names,) = (program / LIBRARIES).glob("libicudata.so.*")
    parts = [*parts_inside(place, work / "work" / "linux"), icu.shorten(place, names)]
    licences.collect(place, parts, program / "licences", libraries=LIBRARIES)
    sbom.write(place, parts, program / "licences" / "sbom.cdx.json", kind="linux")
    return program


def parts_inside(place: Workplace, tables: Path) -> list[Component]:
    """Return the works of others whose files PyInstaller's tables name."""
    files = files_inside(tables)
    packages = components.python_packages(place.tools.site, files)
    libraries = [file for file in files if ".so" in file.name and not file.is_relative_to(place.tools.folder)]
    return [*packages, components.qt(packages), *components.system_packages(libraries)]


def files_inside(tables: Path) -> set[Path]:
    """Return the files that went into a program, by PyInstaller's tables of it."""
    text = "".join((tables / name).read_text() for name in ("PYZ-00.toc", "COLLECT-00.toc"))
    return {Path(name) for name in re.findall(r"'(/[^'\n]+)'", text)}


def marked(program: Path, folder: Path, kind: str) -> Path:
    """Copy the program to ``folder`` and let it say by which installer it came."""
    shutil.copytree(program, folder, symlinks=True)
    (folder / "_internal" / "stepviz" / "resources" / "installed-as.txt").write_text(f"{kind}\n")
    return folder
