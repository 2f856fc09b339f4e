"""The folder ``licences`` of a build: every text, and what the LGPL of Qt gives to those who receive the program."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from installers.components import Component
from installers.workplace import Workplace

NOTES = """stepviz {version} is under the MIT licence (stepviz.txt). It carries works of others, each with a folder:

{table}

Qt and Qt for Python (PySide6, Shiboken) are used under the GNU Lesser General Public License, version 3
(qt/LGPL-3, with the GPL-3 that it builds on). Neither was changed. The program is linked to them dynamically: the Qt
libraries are separate files in {libraries}, those of Qt for Python in the folders PySide6 and shiboken6 beside them.
You may replace them by your own builds with the same interface (Qt {qt}, the same names of files), and may study the
program as far as that takes. Whoever passed this program on to you must give you the source of exactly these
versions on request; the Qt Project publishes it as "qt-everywhere-src-{qt}" and
"pyside-setup-everywhere-src-{qt}".

sbom.cdx.json lists the same for machines (CycloneDX).
"""


def collect(place: Workplace, components: Iterable[Component], folder: Path, *, libraries: str) -> None:
    """Write the texts to ``folder``; ``libraries`` says where in the program the Qt libraries are."""
    folder.mkdir()
    shutil.copy(place.source / "LICENSE", folder / "stepviz.txt")
    rows, version_of_qt = [], ""
    for component in components:
        (folder / component.name).mkdir()
        for number, text in enumerate(component.texts):
            used = (folder / component.name / text.name).exists()
            name = f"{number}-{text.parent.name}-{text.name}" if used else text.name
            shutil.copyfile(text, folder / component.name / name)
        rows.append(f"    {component.name:22} {component.version:20} {component.licence}")
        version_of_qt = component.version if component.name == "qt" else version_of_qt
    notes = NOTES.format(version=place.version, table="\n".join(rows), libraries=libraries, qt=version_of_qt)
    (folder / "README.txt").write_text(notes)
