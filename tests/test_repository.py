"""The top of the repository holds what it should and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "packaging",
    "pyproject.toml",
    "resources",
    "stepviz",
    "stepviz_watch",
    "tests",
}


def top_level_entries(root: Path) -> set[str]:
    """Return the first parts of all paths that are, or would be, in version control."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout
    return {path.split("/")[0] for path in listed.decode().split("\0") if path and (root / path).exists()}


def strays(entries: set[str]) -> list[str]:
    """Return the entries that have no place at the top; a name that begins with a dot is a tool's."""
    return sorted(name for name in entries if name not in ALLOWED and not name.startswith("."))


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no version control here")
def test_nothing_strays_to_the_top_of_the_repository() -> None:
    found = strays(top_level_entries(ROOT))
    assert not found, f"{found} at the top of the repository: put files in one of {sorted(ALLOWED)}"


def test_a_file_or_folder_that_a_test_leaves_behind_is_found(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for path in ("+/chunks/a.npz", "README.md", ".hidden/b", "stepviz/c.py", "run.npz"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"")
    assert strays(top_level_entries(tmp_path)) == ["+", "run.npz"]
