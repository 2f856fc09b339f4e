"""Shorten ICU's data, the largest library of Qt for Linux: the program asks ICU for nothing that it names."""

from __future__ import annotations

import re
from pathlib import Path

from installers.components import DEBIAN_DOCUMENTS, Component
from installers.workplace import Workplace, fresh_folder, run

# Half of its 32 MB name languages, countries, currencies, units and cities in 200 languages. Qt has names of its own
# (months, days), and asks ICU to sort and to convert encodings: that stays, as do the ends of words and lines.
NAME_NOTHING = {"brkitr", "coll"}
LOCALE = re.compile(r"[a-z]{2,3}(_\w+)?\.res")
KEPT = {"en.res", "res_index.res"}


def shorten(place: Workplace, library: Path) -> Component:
    """Write ``library`` (libicudata.so.VERSION) anew with less in it; return what it is and its licence."""
    work = fresh_folder(place.folder / "icu")
    version = library.suffix.removeprefix(".")
    # This name stands in front of every name inside.
    data = f"icudt{version}l.dat"
    run(["objcopy", "--output-target", "binary", "--only-section", ".rodata", library, data], folder=work)
    names = run(["icupkg", "--list", data], folder=work).split()
    (work / "unused.txt").write_text("".join(f"{name}\n" for name in names if not is_used(name)))
    (work / "less").mkdir()
    run(["icupkg", "--remove", "unused.txt", data, f"less/{data}"], folder=work)
    symbol = "_binary_" + re.sub(r"\W", "_", data) + "_start"
    run(["objcopy", "--input-target", "binary", "--output-target", "elf64-x86-64",
         "--rename-section", ".data=.rodata,alloc,load,readonly,data,contents", "--set-section-alignment", ".data=16",
         "--redefine-sym", f"{symbol}=icudt{version}_dat", data, "data.o"], folder=work / "less")  # fmt: skip
    run(["ld", "-shared", "-soname", library.name, "-z", "noexecstack", "-o", library, "data.o"], folder=work / "less")
    text = DEBIAN_DOCUMENTS / "icu-devtools" / "copyright"
    return Component("icu", version, "Unicode-DFS-2016", "generic", (text,))


def is_used(name: str) -> bool:
    """Say whether a file of ICU's data stays."""
    folder, _, file = name.rpartition("/")
    return folder in NAME_NOTHING or file in KEPT or LOCALE.fullmatch(file) is None
