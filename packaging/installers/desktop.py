"""What makes a program part of a Linux desktop: its menu entry, kinds of files, icons, description and manual."""

from __future__ import annotations

import gzip
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from installers import icons
from installers.workplace import Workplace, run

PICTURE_SIZES = (32, 48, 128)


def fill(place: Workplace, share: Path) -> None:
    """Write it all below ``share``, and check it with the desktop's own tools."""
    linux = place.packaging / "linux"
    menu_entry = _copy(linux / "stepviz.desktop", share / "applications" / "stepviz.desktop")
    _copy(linux / "stepviz.mime.xml", share / "mime" / "packages" / "stepviz.xml")
    description = share / "metainfo" / "org.stepviz.stepviz.metainfo.xml"
    description.parent.mkdir(parents=True)
    description.write_text(_dated(place, linux / "stepviz.metainfo.xml"))
    manual = share / "man" / "man1" / "stepviz.1.gz"
    manual.parent.mkdir(parents=True)
    text = _dated(place, linux / "stepviz.1").replace("@COMMANDS@", commands_for_manual(_help_on_commands(place)))
    manual.write_bytes(gzip.compress(text.encode(), mtime=0))
    for name, drawing in icons.drawings(place).items():
        kind = "apps" if name == "stepviz" else "mimetypes"
        theme = share / "icons" / "hicolor"
        _copy(drawing, theme / "scalable" / kind / f"{name}.svg")
        for size in PICTURE_SIZES:
            icons.png(place, drawing, theme / f"{size}x{size}" / kind / f"{name}.png", size)
    run(["desktop-file-validate", menu_entry], folder=share)
    run(["appstreamcli", "validate", "--no-net", description], folder=share)


def commands_for_manual(text: str) -> str:
    """Return the program's list of its commands (a command and, two or more spaces on, what it does) as a manual's."""
    rows = re.findall(r"^  (stepviz .*?)  +(.+)$", text, re.MULTILINE)
    return "\n".join(f".TP\n.B {command}\n{meaning}".replace("-", "\\-") for command, meaning in rows)


def _help_on_commands(place: Workplace) -> str:
    return place.python("-c", "from stepviz.cli import COMMANDS; print(COMMANDS)", folder=place.source)


def _copy(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(source, target))


def _dated(place: Workplace, template: Path) -> str:
    date = datetime.fromtimestamp(place.moment, UTC).date().isoformat()
    return template.read_text().replace("@VERSION@", place.version).replace("@DATE@", date)
