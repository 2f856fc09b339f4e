"""The wheel and the source archive, checked as the package index would check them."""

from __future__ import annotations

from pathlib import Path

from installers.workplace import Workplace


def build(place: Workplace) -> list[Path]:
    """Build both into ``dist``; SetupStopped where a checker objects."""
    for old in place.dist.glob("stepviz-*"):
        if old.name.endswith((".whl", ".tar.gz")):
            old.unlink()
    place.tool("hatchling", "build", "-d", place.dist, SOURCE_DATE_EPOCH=str(place.moment))
    made = [built_wheel(place), place.dist / f"stepviz-{place.version}.tar.gz"]
    place.tool("check-wheel-contents", made[0])
    place.tool("twine", "check", "--strict", *made)
    return made


def built_wheel(place: Workplace) -> Path:
    """Return the wheel's path."""
    return place.dist / f"stepviz-{place.version}-py3-none-any.whl"


def install(place: Workplace, folder: Path) -> None:
    """Unpack the program, without what it depends on, into ``folder``."""
    build(place)
    place.python("-m", "pip", "install", "-q", "--no-deps", "--no-index", "--no-compile",
                 "--root-user-action", "ignore", "--target", folder, built_wheel(place))  # fmt: skip
