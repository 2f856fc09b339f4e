"""What is built for installation carries what the program reads when it runs."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder
from python_environment import CHECKOUT

SHIPPED = {
    path.relative_to(CHECKOUT).as_posix()
    for folder in ("fonts", "icons", "datasets", "lessons", "guide", "pictures")
    for path in (CHECKOUT / "resources" / folder).rglob("*")
    if path.is_file()
}
LARGEST_WHEEL = 4_000_000


@pytest.fixture(scope="module", autouse=True)
def readme() -> None:
    if not (CHECKOUT / "README.md").exists():
        pytest.skip("no README.md, which the package's description is taken from")


def test_the_wheel_holds_the_resources_inside_the_package(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(CHECKOUT)).build(directory=str(tmp_path), versions=["standard"])
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"stepviz/{path}" for path in SHIPPED} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "packaging/"))]
    # The guide brings its pictures; larger ones would be noticed in every download.
    assert Path(wheel).stat().st_size < LARGEST_WHEEL


def test_the_source_archive_holds_the_resources_and_the_launcher(tmp_path: Path) -> None:
    (archive,) = SdistBuilder(str(CHECKOUT)).build(directory=str(tmp_path), versions=["standard"])
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert SHIPPED | {"packaging/launch.py", "packaging/requirements.lock", "LICENSE", "CONTRIBUTING.md"} <= names
