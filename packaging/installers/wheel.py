"""The wheels, one for each kind of machine, and the source archive, checked as the package index would check them."""

from __future__ import annotations

from pathlib import Path

from compiled_step import builder

from installers.workplace import Workplace

# The wheel for all machines, in which NumPy does the steps of the training.
PURE = "none"


def build(place: Workplace) -> list[Path]:
    """Build all of them into ``dist``; SetupStopped where a checker objects."""
    for old in place.dist.glob("stepviz-*"):
        if old.name.endswith((".whl", ".tar.gz")):
            old.unlink()
    place.tool("hatchling", "build", "-d", place.dist, SOURCE_DATE_EPOCH=str(place.moment), STEPVIZ_KERNEL=PURE)
    made = [built_wheel(place), place.dist / f"stepviz-{place.version}.tar.gz"]
    for target in builder().TARGETS:
        place.tool("hatchling", "build", "-t", "wheel", "-d", place.dist, SOURCE_DATE_EPOCH=str(place.moment),
                   STEPVIZ_KERNEL=target)  # fmt: skip
        made.append(built_wheel(place, target))
    for path in made:
        if path.suffix == ".whl":
            place.tool("check-wheel-contents", path)
    place.tool("twine", "check", "--strict", *made)
    return made


def built_wheel(place: Workplace, target: str = PURE) -> Path:
    """Return the path of the wheel for a kind of machine."""
    tag = "any" if target == PURE else builder().TARGETS[target][1]
    return place.dist / f"stepviz-{place.version}-py3-none-{tag}.whl"


def install(place: Workplace, folder: Path, target: str) -> None:
    """Unpack the program for a kind of machine, without what it depends on, into ``folder``."""
    build(place)
    place.python("-m", "pip", "install", "-q", "--no-deps", "--no-index", "--no-compile", "--only-binary", ":all:",
                 "--platform", builder().TARGETS[target][1], "--root-user-action", "ignore", "--target", folder,
                 built_wheel(place, target))  # fmt: skip
