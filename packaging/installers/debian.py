"""The Debian package: the frozen program below ``/usr/lib``, with all that makes it part of the desktop."""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path

from messages import SetupStopped

from installers import desktop, frozen
from installers.workplace import Workplace, fresh_folder, run

# What the frozen program leaves to the system, found by starting it in minimal Debians. The C library is found here.
NEEDED = [
    "libstdc++6", "libgcc-s1", "libglib2.0-0 | libglib2.0-0t64", "libgl1", "libegl1", "libfontconfig1", "libfreetype6",
    "libdbus-1-3", "libx11-6", "libx11-xcb1", "libxcb1", "xkb-data",
]  # fmt: skip
LARGEST_PACKAGE = 50e6
LARGEST_INSTALLED = 170e6


def build(place: Workplace) -> list[Path]:
    """Build the package; SetupStopped where it is larger than it may be."""
    program = frozen.frozen(place)
    root = fresh_folder(place.folder / "debian")
    installed = frozen.marked(program, root / "usr" / "lib" / "stepviz", "Debian package")
    (root / "usr" / "bin").mkdir()
    (root / "usr" / "bin" / "stepviz").symlink_to("../lib/stepviz/stepviz")
    desktop.fill(place, root / "usr" / "share")
    _documents(place, installed, root / "usr" / "share" / "doc" / "stepviz")
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    _control(place, root, size)
    place.set_times(root)
    run(["chmod", "-R", "u=rwX,go=rX", root], folder=root)
    for library in root.rglob("*.so*"):
        library.chmod(0o644)
    package = place.dist / f"stepviz_{place.version}_amd64.deb"
    run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, package], folder=place.folder,
        variables={"SOURCE_DATE_EPOCH": str(place.moment)})  # fmt: skip
    for what, found, limit in (
        ("the package", package.stat().st_size, LARGEST_PACKAGE),
        ("the installed program", size, LARGEST_INSTALLED),
    ):
        if found > limit:
            raise SetupStopped(f"{what} has {found / 1e6:.0f} MB; it may have {limit / 1e6:.0f} MB")
    return [package]


def _documents(place: Workplace, installed: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    # Debian's way may leave /usr/share/doc out of an installation: the texts stay with the program as well.
    shutil.copyfile(installed / "licences" / "README.txt", folder / "copyright")
    changes = (place.source / "CHANGELOG.md").read_bytes()
    (folder / "changelog.gz").write_bytes(gzip.compress(changes, mtime=0))


def _control(place: Workplace, root: Path, size: int) -> None:
    (root / "DEBIAN").mkdir()
    needed = ", ".join([f"libc6 (>= {newest_symbols(root)})", *NEEDED])
    text = (place.packaging / "linux" / "control").read_text()
    for name, value in {"VERSION": place.version, "SIZE": str(size // 1024), "DEPENDS": needed}.items():
        text = text.replace(f"@{name}@", value)
    (root / "DEBIAN" / "control").write_text(text)


def newest_symbols(root: Path) -> str:
    """Return the version of the C library that the programs and libraries below ``root`` need."""
    files = [path for path in root.rglob("*") if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]
    found = {version for path in files for version in re.findall(rb"GLIBC_(\d+)\.(\d+)", path.read_bytes())}
    return ".".join(map(str, max((int(major), int(minor)) for major, minor in found)))
