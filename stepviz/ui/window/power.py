"""Low power: fewer pictures a second, because the person says so or the machine runs on its battery."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from stepviz.ui.core.preferences import PowerChoice

# Pictures a second.
FULL_RATE, LOW_RATE = 58.0, 15.0
LOOK_MS = 20_000
# The kernel's list of batteries and mains adapters (Documentation/ABI/testing/sysfs-class-power).
SUPPLIES = Path("/sys/class/power_supply")


class Power(QObject):
    """Whether power is to be saved. ``changed`` is emitted when that has become otherwise."""

    changed = Signal(bool)

    def __init__(self, parent: QObject, choice: PowerChoice, supplies: Path = SUPPLIES) -> None:
        super().__init__(parent)
        self._supplies = supplies
        self.choice: PowerChoice = choice
        self.low = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)

    def choose(self, choice: PowerChoice) -> None:
        """Save power always (``low``), never (``full``), or on battery alone."""
        self.choice = choice
        self.look()

    def look(self) -> None:
        """Find out how things stand."""
        low = self.choice == "low" or (self.choice == "battery" and on_battery(self._supplies))
        if self.choice == "battery" and self._supplies.is_dir():
            self._timer.start()
        else:
            self._timer.stop()
        if low != self.low:
            self.low = low
            self.changed.emit(low)


def on_battery(supplies: Path = SUPPLIES) -> bool:
    """Return whether a battery of this machine is being drained; False where nothing is known.

    A battery of a mouse or a headset (scope «Device») is none of the machine's.
    """
    try:
        folders = sorted(supplies.iterdir())
    except OSError:
        return False
    own = [folder for folder in folders if _read(folder, "scope") != "device"]
    if any(_read(folder, "online") == "1" for folder in own if _read(folder, "type") != "battery"):
        return False
    return any(_read(folder, "type") == "battery" and _read(folder, "status") == "discharging" for folder in own)


def _read(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="ascii", errors="replace").strip().lower()
    except OSError:
        return ""
