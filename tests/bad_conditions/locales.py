"""Locales of the system's C library, made where a test names them: without its files a locale is «C» in disguise."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SOURCES = Path("/usr/share/i18n/locales")


def make_locale(name: str, folder: Path) -> dict[str, str]:
    """Return the variables of a process in the locale ``name``, made in ``folder``; skip where localedef is missing."""
    variables = {"LC_ALL": name, "LANG": name, "LANGUAGE": name.partition("_")[0]}
    if name in ("C", "POSIX"):
        return variables
    language, _, encoding = name.partition(".")
    if shutil.which("localedef") is None or not (SOURCES / language).exists():
        pytest.skip(f"the locale {name} cannot be made: no localedef, or no {SOURCES / language} (package locales)")
    if not (folder / name).exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["localedef", "-i", language, "-f", encoding, str(folder / name)]
        subprocess.run(command, check=True, capture_output=True)
    return variables | {"LOCPATH": str(folder)}
