"""Qt answers the same with the shortened data of ICU as with the whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import PySide6
import pytest
from installers import icu

TOOLS = all(shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin") for tool in ("icupkg", "objcopy", "ld"))
QUESTIONS = """
import sys
from PySide6.QtCore import QCollator, QDate, QLocale, QStringConverter, QStringDecoder
WORDS = "a10 a9 z ä É e B ch cz ñ ø ß я ё א ب ก ไก 中 乙 か 가".split()
assert len(LOCALES := QLocale.matchingLocales(QLocale.AnyLanguage, QLocale.AnyScript, QLocale.AnyCountry)) > 500
for locale in LOCALES:
    order = QCollator(locale)
    order.setNumericMode(True)
    print(locale.name(), sorted(WORDS, key=order.sortKey), locale.toUpper("iıßǆ"), locale.toLower("IİΣ"),
          locale.toString(QDate(2026, 11, 24)), locale.toString(1234.5), locale.toCurrencyString(1.5))
for name in QStringConverter.availableCodecs():
    assert QStringDecoder(name).isValid(), name
    print(name)
print([line.split()[-1] for line in open("/proc/self/maps") if "libicudata" in line][0], file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("name", "used"),
    [("root.res", True), ("en.res", True), ("de.res", False), ("zh_Hant_TW.res", False), ("res_index.res", True),
     ("supplementalData.res", True), ("curr/supplementalData.res", True), ("curr/pool.res", True),
     ("curr/sr_Latn.res", False), ("coll/ucadata.icu", True), ("coll/sv.res", True), ("brkitr/thaidict.dict", True),
     ("ibm-943_P15A-2003.cnv", True), ("nfkc.nrm", True)],
)  # fmt: skip
def test_names_of_things_in_other_languages_are_left_out(name: str, used: bool) -> None:
    assert icu.is_used(name) is used


@pytest.mark.skipif(not TOOLS, reason="needs icupkg (icu-devtools), objcopy and ld (binutils)")
def test_qt_sorts_changes_case_and_knows_encodings_the_same_in_every_locale(tmp_path: Path) -> None:
    (whole,) = (Path(PySide6.__file__).parent / "Qt" / "lib").glob("libicudata.so.*")
    made = []
    for name in ("less", "again"):
        less = tmp_path / name / whole.name
        less.parent.mkdir()
        shutil.copyfile(whole, less)
        icu.shorten(SimpleNamespace(folder=tmp_path), less)  # type: ignore[arg-type]  # all it needs
        made.append(less)
    assert made[0].read_bytes() == made[1].read_bytes()
    assert made[0].stat().st_size < 0.55 * whole.stat().st_size
    answers = {}
    for library in (whole, made[0]):
        done = subprocess.run(
            [sys.executable, "-c", QUESTIONS], capture_output=True, text=True, check=True, timeout=60,
            env={**os.environ, "LD_LIBRARY_PATH": str(library.parent), "PYTHONUTF8": "1"},
        )  # fmt: skip
        assert str(library.parent) in done.stderr
        answers[library] = done.stdout
    assert answers[made[0]] == answers[whole]
