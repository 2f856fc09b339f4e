"""Where the files shipped with the program are: lessons, data sets, icons, fonts."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def resource(*parts: str) -> Path:
    """Return the path of a shipped file or folder, such as ``resource("datasets", "digits.csv.gz")``.

    An installed wheel and a frozen build carry the resources inside the package; a checkout has them beside it.
    Raises FileNotFoundError where the installation is incomplete.
    """
    package = Path(str(files("stepviz")))
    inside = package / "resources"
    folder = inside if inside.is_dir() else package.parent / "resources"
    path = folder.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"{'/'.join(parts)} is missing from the shipped resources in {folder}: install again")
    return path
