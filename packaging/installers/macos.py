"""The program for macOS. Not tried: it can be built on a Mac only, and none was at hand."""

from __future__ import annotations

import sys
from pathlib import Path

from compiled_step import builder
from messages import SetupStopped

from installers import components, frozen, icons, licences, sbom, wheel
from installers.workplace import Workplace, fresh_folder, run


def build(place: Workplace) -> list[Path]:
    """Build ``stepviz.app`` and the disk image that carries it; SetupStopped on any other system."""
    if sys.platform != "darwin":
        raise SetupStopped("a program for macOS can be built on macOS only")
    work = fresh_folder(place.folder / "macos")
    wheel.install(place, work / "package", f"macos-{builder().Target.here().machine}")
    (work / "package" / "stepviz" / "resources" / "installed-as.txt").write_text("macOS application\n")
    icons.png(place, icons.drawings(place)["stepviz"], work / "stepviz.png", 1024)
    run(["sips", "-s", "format", "icns", work / "stepviz.png", "--out", work / "stepviz.icns"], folder=work)
    place.tool("pyinstaller", "--noconfirm", "--log-level", "WARN", "--workpath", work / "work",
               "--distpath", work / "image", place.packaging / "frozen" / "macos.spec",
               PYTHONPATH=str(work / "package"), STEPVIZ_BUILD=str(work), STEPVIZ_VERSION=place.version)  # fmt: skip
    packages = components.python_packages(place.tools.site, frozen.files_inside(work / "work" / "macos"))
    parts = [*packages, components.qt(packages), components.interpreter()]
    texts = work / "image" / "licences"
    licences.collect(place, parts, texts, libraries="stepviz.app/Contents/Frameworks/PySide6/Qt/lib")
    sbom.write(place, parts, texts / "sbom.cdx.json", kind="macos")
    image = place.dist / f"stepviz-{place.version}.dmg"
    run(["hdiutil", "create", "-volname", "stepviz", "-srcfolder", work / "image", "-ov", "-format", "UDZO", image],
        folder=work)  # fmt: skip
    return [image]
