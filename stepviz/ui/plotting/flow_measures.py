"""What the gradient-flow panel can show, and which colour a value has: always the same one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import measured_text, power_text, share_text
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.ui.core.theme import Colours
from stepviz.ui.text.number_format import mix

# Fixed, so that a colour and a length mean the same in every run: gradients that train lie between.
LOWEST, HIGHEST = -8.0, 0.0
# Places 0 to 255 of the table are magnitudes; then come the exact zero and what is not a number.
ZERO, UNKNOWN = 256, 257


@dataclass(frozen=True, slots=True)
class Measure:
    """One number per layer: its name, its column in the history, how to read it from a reading, what it means."""

    key: str
    label: str
    column: str
    read: Callable[[GradientFlow], Array]
    meaning: str
    logarithmic: bool = True

    def text(self, value: float) -> str:
        """Return a value as the screen shows it."""
        if not self.logarithmic:
            return share_text(value)
        return measured_text(value, digits=2)

    def place(self, values: Array) -> Array:
        """Return where values lie on the scale: 0 at its low end, 1 at its high end (clipped to them)."""
        if not self.logarithmic:
            return np.clip(values, 0.0, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.clip((np.log10(np.abs(values)) - LOWEST) / (HIGHEST - LOWEST), 0.0, 1.0)

    def codes(self, values: Array) -> NDArray[np.int64]:
        """Return the places of values in the colour table."""
        unknown = np.isnan(values)
        places = np.rint(self.place(np.where(unknown, 1.0, values)) * 255).astype(np.int64)
        zero = values == 0 if self.logarithmic else values == 1
        return np.where(unknown, UNKNOWN, np.where(zero, ZERO, places))

    def ticks(self) -> list[tuple[float, str]]:
        """Return the ticks of the scale: where (0 to 1) and their text."""
        if not self.logarithmic:
            return [(0.0, "0"), (0.5, "50 %"), (1.0, "100 %")]
        exponents = (-8, -6, -4, -2, 0)
        texts = (power_text(exponent) if exponent else "1" for exponent in exponents)
        return [
            ((exponent - LOWEST) / (HIGHEST - LOWEST), text) for exponent, text in zip(exponents, texts, strict=True)
        ]


MEASURES = (
    Measure("rms", "RMS gradient", "gradient_rms", lambda flow: flow.rms, "root mean square of dL/dW over the layer"),
    Measure(
        "zeros", "Exact zeros", "zero_share", lambda flow: flow.zero_share,
        "share of the layer's gradient entries that are exactly 0", logarithmic=False,
    ),
    Measure(
        "delta", "Error signal ‖δ‖", "delta_norm", lambda flow: flow.delta_norm,
        "root mean square over the examples of ‖dL/dz‖",
    ),
    Measure(
        "update", "Update ratio", "update_ratio", lambda flow: flow.update_ratio,
        "‖last step‖ / ‖W‖, how far the layer moved for its size",
    ),
)  # fmt: skip


@lru_cache(maxsize=8)
def colour_table(colours: Colours, logarithmic: bool) -> NDArray[np.uint32]:
    """Return the colours (258,) as 0xffrrggbb by the codes of a Measure."""
    if logarithmic:
        ramp = pg.colormap.get("viridis").getLookupTable(0.0, 1.0, 256).astype(np.uint32)
        scale = [0xFF000000 | int(red) << 16 | int(green) << 8 | int(blue) for red, green, blue in ramp[:, :3]]
    else:
        scale = [mix(colours.raised, colours.zero, 0.75 * place / 255).rgb() for place in range(256)]
    return np.array([*scale, QColor(colours.zero).rgb(), QColor(colours.grid).rgb()], dtype=np.uint32)
