"""The wheel of stepviz-watch: the whole package and nothing else, and it records without stepviz."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

import stepviz_watch
from tests.watch.reading import Read

PACKAGE = Path(stepviz_watch.__file__).parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=PACKAGE, check=True, capture_output=True)
    return next(folder.glob("stepviz_watch-*.whl"))


def test_it_holds_the_whole_package_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    modules = {f"stepviz_watch/{path.relative_to(PACKAGE).as_posix()}" for path in PACKAGE.rglob("*.py")}
    assert names == modules | {"stepviz_watch/FORMAT.md", "stepviz_watch/py.typed"}


def test_what_it_says_of_itself(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith("METADATA"))
        metadata = archive.read(name).decode()
    assert "Name: stepviz-watch\n" in metadata
    assert f"Version: {stepviz_watch.__version__}\n" in metadata
    needs = [line for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    assert needs == ["Requires-Dist: numpy>=1.22"]
    assert "Requires-Python: >=3.9" in metadata


def test_it_records_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    code = """
        import sys
        sys.path.insert(0, sys.argv[1])
        import numpy as np, stepviz_watch
        assert ".whl" in stepviz_watch.__file__
        with stepviz_watch.record(sys.argv[2]) as recording:
            recording.step(loss=1.0, layers={"a": (np.ones(3), np.ones(3), None)})
        assert "stepviz" not in sys.modules
    """
    lines = textwrap.dedent(code)
    path = tmp_path / "a.stepviz-run"
    subprocess.run([sys.executable, "-c", lines, str(wheel), str(path)], cwd=tmp_path, check=True)
    assert Read(path)["loss"]["loss"].tolist() == [1.0]


def test_it_is_written_for_python_3_9() -> None:
    """No syntax that is newer; what annotations name is never evaluated."""
    import ast

    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
        assert not any(isinstance(node, ast.Match) for node in ast.walk(tree)), path
        imports = [node.module for node in tree.body if isinstance(node, ast.ImportFrom)]
        assert path.name == "__init__.py" or "__future__" in imports, path
