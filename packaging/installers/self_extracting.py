"""The archive that unpacks and installs itself below the home folder, for any Linux and without an administrator."""

from __future__ import annotations

import shutil
from pathlib import Path

from installers import desktop, frozen
from installers.workplace import Workplace, fresh_folder, run


def build(place: Workplace) -> list[Path]:
    """Build it by makeself; gzip, because that is on every system."""
    content = fresh_folder(place.folder / "run")
    frozen.marked(frozen.frozen(place), content / "stepviz", "self-extracting archive")
    desktop.fill(place, content / "share")
    for script in ("install.sh", "uninstall.sh"):
        shutil.copy(place.packaging / "linux" / script, content / script)
    place.set_times(content)
    archive = place.dist / f"stepviz-{place.version}-linux-x86_64.run"
    label = f"stepviz {place.version}"
    run(["makeself", "--gzip", "--sha256", "--nox11", "--nomd5", "--nocrc",
         "--packaging-date", str(place.moment), content, archive, label, "./install.sh"],
        folder=place.folder)  # fmt: skip
    return [archive]
