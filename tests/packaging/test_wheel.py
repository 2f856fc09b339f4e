"""What is built for installation carries what the program reads when it runs."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder
from python_environment import CHECKOUT

from stepviz.engine.kernel.build import TARGETS, Target, compilers

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


def test_a_wheel_for_all_machines_needs_no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPVIZ_KERNEL", "none")
    (wheel,) = WheelBuilder(str(CHECKOUT)).build(directory=str(tmp_path), versions=["standard"])
    assert wheel.endswith("-py3-none-any.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "stepviz/engine/kernel/step.c" in names
    assert not [name for name in names if "built/" in name]


def test_where_there_is_a_compiler_the_wheel_holds_the_compiled_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STEPVIZ_KERNEL", raising=False)
    if not list(compilers()):
        pytest.skip("no C compiler")
    (wheel,) = WheelBuilder(str(CHECKOUT)).build(directory=str(tmp_path), versions=["standard"])
    assert "-py3-none-" in wheel
    assert not wheel.endswith("-any.whl")
    assert f"stepviz/engine/kernel/built/{Target.here().file}" in zipfile.ZipFile(wheel).namelist()


def test_the_targets_are_known_to_the_library() -> None:
    for name, (zig, tag) in TARGETS.items():
        system, machine = name.split("-")
        assert Target(system, machine).file.startswith(f"libstep_{system}_{machine}_")
        assert machine in zig
        assert tag
