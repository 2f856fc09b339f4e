"""What the builds of installers are put together from."""

from __future__ import annotations

import hashlib
import re
import struct
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from frozen import contents
from installers import checksums, components, debian, desktop, icons, licences, sbom
from installers.components import Component
from messages import SetupStopped
from python_environment import CHECKOUT

from stepviz.cli import ANSWERS, COMMANDS

PACKAGING = CHECKOUT / "packaging"
KINDS = {
    "experiment": ".stepviz",
    "session": ".stepviz-session",
    "lesson": ".stepviz-lesson",
    "class": ".stepviz-class",
    "recording": ".stepviz-run",
}


@pytest.mark.parametrize("name", ["libstdc++.so.6", "libgcc_s.so.1", "libGL.so.1", "PySide6/Qt/plugins/tls/libqx.so"])
def test_what_belongs_to_the_system_or_is_not_used_stays_out(name: str) -> None:
    assert contents.kept([(name, "/somewhere", "BINARY")]) == []


@pytest.mark.parametrize(
    "name",
    ["libxcb-cursor.so.0", "PySide6/Qt/plugins/platforms/libqxcb.so", "PySide6/Qt/plugins/platforms/libqoffscreen.so",
     "PySide6/Qt/plugins/iconengines/libqsvgicon.so", "PySide6/Qt/plugins/imageformats/libqsvg.so",
     "PySide6/Qt/plugins/platformthemes/libqxdgdesktopportal.so", "PySide6/Qt/plugins/platforms/libqwayland.so",
     "stepviz/resources/fonts/Inter-Regular.otf"],
)  # fmt: skip
def test_what_the_window_needs_stays_in(name: str) -> None:
    entry = (name, "/somewhere", "BINARY")
    assert contents.kept([entry]) == [entry]


def test_every_lock_holds_all_that_the_program_needs() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    needed = {re.match(r"[A-Za-z0-9-]+", entry)[0].lower() for entry in project["dependencies"]}  # type: ignore[index]
    for name in ("requirements.lock", "requirements-build.lock", "requirements-windows.lock"):
        text = (PACKAGING / name).read_text()
        locked = set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
        assert needed <= locked, name
        assert text.count("--hash=sha256:") >= len(locked), name


def test_kinds_of_files_are_the_same_everywhere() -> None:
    mime = (PACKAGING / "linux" / "stepviz.mime.xml").read_text()
    menu = (PACKAGING / "linux" / "stepviz.desktop").read_text()
    description = (PACKAGING / "linux" / "stepviz.metainfo.xml").read_text()
    setup = (PACKAGING / "windows" / "setup.nsi").read_text()
    mac = (PACKAGING / "frozen" / "macos.spec").read_text()
    for kind, suffix in KINDS.items():
        name = f"application/x-stepviz-{kind}"
        assert f'type="{name}"' in mime
        assert f'pattern="*{suffix}"' in mime
        assert f"{name};" in menu
        assert f"<mediatype>{name}</mediatype>" in description
        assert f'"{suffix}" "{kind}"' in setup
        assert f'"{suffix[1:]}": "{kind}"' in mac
        assert (PACKAGING / "linux" / "icons" / f"application-x-stepviz-{kind}.svg").exists()


def test_only_the_packages_that_were_used_are_listed(tmp_path: Path) -> None:
    for name in ("used", "unused"):
        information = tmp_path / f"{name}-1.0.dist-info"
        information.mkdir()
        # Newer readers of packages, which Dask brings, leave out files that are not there.
        (tmp_path / f"{name}.py").write_text("")
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nLicense: MIT\n")
        (information / "LICENSE").write_text("do as you like")
        (information / "RECORD").write_text(f"{name}.py,,\n{name}-1.0.dist-info/LICENSE,,\n")
    (found,) = components.python_packages(tmp_path, {tmp_path / "used.py"})
    texts = (tmp_path / "used-1.0.dist-info" / "LICENSE",)
    assert found == Component("used", "1.0", "MIT", "pypi", texts)


def test_a_package_without_its_licence_stops_the_build(tmp_path: Path) -> None:
    information = tmp_path / "bare-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: bare\nVersion: 1.0\n")
    (information / "RECORD").write_text("bare.py,,\n")
    with pytest.raises(SetupStopped, match="bare carries no licence"):
        components.python_packages(tmp_path)


def test_texts_that_wheels_do_not_carry_are_here() -> None:
    for name, texts in components.TEXTS_ELSEWHERE.items():
        for text in texts:
            assert (components.LICENCE_TEXTS / text).stat().st_size > 900, name


def test_licences_of_the_same_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    texts = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        texts.append(tmp_path / name / "LICENSE")
        texts[-1].write_text(name)
    (tmp_path / "LICENSE").write_text("ours")
    place = SimpleNamespace(source=tmp_path, version="1.2.3")
    qt = Component("qt", "6.7.8", "LGPL-3.0-only", "generic", tuple(texts))
    licences.collect(place, [qt], tmp_path / "licences", libraries="here")  # type: ignore[arg-type]  # all it needs
    assert {path.read_text() for path in (tmp_path / "licences" / "qt").iterdir()} == {"one", "two"}
    notes = (tmp_path / "licences" / "README.txt").read_text()
    assert "stepviz 1.2.3" in notes
    assert "qt-everywhere-src-6.7.8" in notes


def test_a_component_of_the_bill_has_its_package_url() -> None:
    entry = sbom._entry(Component("numpy", "2.1.0", "BSD-3-Clause", "pypi", ()))
    assert entry["purl"] == "pkg:pypi/numpy@2.1.0"


def test_sums_are_those_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"2")
    (tmp_path / "a").write_bytes(b"1")
    checksums.build(SimpleNamespace(dist=tmp_path))  # type: ignore[arg-type]  # all it needs
    checksums.build(SimpleNamespace(dist=tmp_path))  # type: ignore[arg-type]  # a second time: not of themselves
    expected = [f"{hashlib.sha256(text).hexdigest()}  {name}" for name, text in (("a", b"1"), ("b", b"2"))]
    assert (tmp_path / "SHA256SUMS").read_text().splitlines() == expected


def test_the_newest_symbols_are_found_as_numbers(tmp_path: Path) -> None:
    (tmp_path / "library.so").write_bytes(b"\x7fELF..GLIBC_2.9\0GLIBC_2.35\0GLIBC_PRIVATE")
    (tmp_path / "text").write_bytes(b"GLIBC_9.9")
    assert debian.newest_symbols(tmp_path) == "2.35"


def test_an_icon_of_windows_lists_each_size_and_where_it_lies(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(icons, "png", lambda place, drawing, picture, size: picture.write_bytes(b"x" * size))
    icons.ico(None, tmp_path / "drawing.svg", tmp_path / "icon.ico")  # type: ignore[arg-type]  # not drawn here
    content = (tmp_path / "icon.ico").read_bytes()
    _, kind, count = struct.unpack_from("<HHH", content)
    assert (kind, count) == (1, len(icons.SIZES))
    for number, size in enumerate(icons.SIZES):
        length, offset = struct.unpack_from("<II", content, 6 + 16 * number + 8)
        assert content[offset : offset + length] == b"x" * size


def test_the_manual_lists_every_command_of_the_program() -> None:
    manual = desktop.commands_for_manual(COMMANDS)
    for command in ANSWERS:
        assert f".B stepviz {command}".replace("-", "\\-") in manual
