"""The loss around the present weights, as a map, with the path that led there."""

from __future__ import annotations

import time
from typing import ClassVar

import numpy as np
from msgspec.structs import replace
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout

from stepviz.engine.layout import Layout
from stepviz.probes.loss_surface import LossSurface, SurfaceOptions
from stepviz.runtime.commands import SetOptions
from stepviz.runtime.frame import Frame
from stepviz.ui.drawing import share_text, text_points
from stepviz.ui.lab import Lab
from stepviz.ui.panel import Panel
from stepviz.ui.panels.loss_surface_controls import SurfaceControls
from stepviz.ui.panels.loss_surface_map import Readout, SurfaceMap, View
from stepviz.ui.plots import digits_between, number
from stepviz.ui.theme import Theme, font

# While the network stands still, time is taken for a finer picture.
MOVING, STANDING = 64, 128
TEXT_PAUSE = 0.25
# Surfaces are computed in float32: below this share of the loss its grain is seen, and flats of its making.
ROUNDED = 64 * float(np.finfo(np.float32).eps)
START = Readout("start", "start", "start")


class LossSurfacePanel(Panel):
    """A slope leads downhill; where the map is hatched the loss is exactly equal, and no gradient points anywhere."""

    name: ClassVar[str] = "loss_surface"
    title: ClassVar[str] = "Loss surface"
    summary: ClassVar[str] = (
        "The loss around the present weights: where it is exactly flat, no gradient points downhill"
    )
    probes: ClassVar[frozenset[str]] = frozenset({"loss_surface"})

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.controls = SurfaceControls()
        self.map = SurfaceMap(theme)
        self.controls.chosen.connect(self.choose)
        self.controls.recoloured.connect(self._recolour)
        self.controls.zoomed.connect(self._zoom)
        self.map.looked.connect(self._look)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 4)
        column.setSpacing(4)
        column.addWidget(self.controls)
        column.addWidget(self.map, 1)
        self.options = self.controls.options
        self._layout_shown: Layout | None = None
        self._said = 0.0
        self.retheme()

    def show_frame(self, frame: Frame) -> None:
        """Show the newest surface."""
        layout = frame.setup.network.layout
        if layout is not self._layout_shown:
            self._layout_shown = layout
            self.controls.show_layout(layout)
        resolution = MOVING if frame.running else STANDING
        if resolution != self.options.resolution:
            self._ask(replace(self.options, resolution=resolution))
        surface = frame.reading(LossSurface)
        if surface is None or surface is self.map.surface:
            return
        self.map.surface = surface
        self.map.waiting = not _same_plane(surface.options, self.options)
        self.map.marks = frame.history.marks
        self.map.smooth = not any(function.activation.takes_rules for function in frame.setup.network.functions)
        now = time.perf_counter()
        if not frame.running or now - self._said >= TEXT_PAUSE:
            self._said = now
            self.map.readouts = readouts(surface, changed=bool(frame.history.marks))
        self.map.refresh()

    def choose(self, options: SurfaceOptions) -> None:
        """Show another plane, or the same one otherwise."""
        if options == self.options:
            return
        self.map.view = View(options.centre, options.span)
        self.map.waiting = self.map.surface is not None
        self.map.refresh()
        self._ask(options)

    def choose_parameters(self, first: int, second: int) -> None:
        """Show the loss over two parameters, by their numbers in the row."""
        chosen = replace(self.options, directions="parameters", first=first, second=second)
        self.choose(replace(chosen, centre=(0.0, 0.0), span=1.0))

    def _ask(self, options: SurfaceOptions) -> None:
        self.options = options
        self.controls.show_options(options)
        if self._layout_shown is not None:
            self.controls.show_layout(self._layout_shown)
        self.lab.send(SetOptions(self.name, options))

    def _look(self, view: View) -> None:
        self._ask(replace(self.options, centre=view.centre, span=view.span))

    def _zoom(self, factor: float) -> None:
        if factor:
            self.map.zoom(factor)
        else:
            self.map.look((0.0, 0.0), 1.0)

    def _recolour(self, logarithmic: bool) -> None:
        self.map.logarithmic = logarithmic
        self.map.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Make the type larger where the panel is large."""
        super().resizeEvent(event)
        points = text_points(9.5, self.width(), self.height())
        self.map.set_type(points)
        self.controls.set_font(font(min(points, 12.0)))

    def retheme(self) -> None:
        """Take the colours of the theme."""
        self.setStyleSheet(f"LossSurfacePanel {{ background: {self.theme.colours.surface}; }}")
        self.map.refresh()
        self.update()


def readouts(surface: LossSurface, *, changed: bool = False) -> list[Readout]:
    """Return what stands beside the map: how flat it is, what the projection hides, which losses it spans.

    ``changed``: whether settings were changed on the way, which the path shows.
    """
    flat = share_text(surface.flat_share)
    lines = [Readout(f"{flat} of the map is exactly flat", f"{flat} flat", "flat")]
    finite = surface.loss[np.isfinite(surface.loss)]
    if len(finite):
        ends = float(finite.min()), float(finite.max())
        low, high = (number(end, digits_between(*ends)) for end in ends)
        lines.append(Readout(f"Loss from {low} to {high} on this map", f"{low} to {high}"))
        if 0 < ends[1] - ends[0] < ROUNDED * abs(ends[1]):
            lines.append(Readout("These losses differ by little more than float32 rounds off", "rounding only"))
    lost = surface.loss.size - len(finite)
    if lost:
        share = share_text(lost / surface.loss.size)
        lines.append(Readout(f"Loss not finite on {share} of the map (left blank)", f"{share} not finite"))
    if np.isnan(surface.explained):
        lines.append(Readout("The path needs 3 points yet", "path: 3 points"))
    else:
        share = share_text(surface.explained)
        lines.append(Readout(f"{share} of the path's variance lies in this plane", f"path {share}"))
    if surface.examples < surface.of_examples:
        counts = f"{surface.examples:,} of {surface.of_examples:,}".replace(",", "\u202f")
        lines.append(Readout(f"Computed over {counts} training examples", counts))
    lines.append(Readout("now", "now", "now"))
    if len(surface.path) > 1:
        lines.append(Readout("start, outside this map", "start outside") if _outside(surface) else START)
    if changed:
        lines.append(Readout("settings changed", "change", "change"))
    return lines


def _outside(surface: LossSurface) -> bool:
    if len(surface.path) < 2:
        return False
    alpha, beta = surface.path[0]
    inside = surface.alpha[0] <= alpha <= surface.alpha[-1] and surface.beta[0] <= beta <= surface.beta[-1]
    return not inside


def _same_plane(one: SurfaceOptions, other: SurfaceOptions) -> bool:
    """Return whether two options differ in resolution at most."""
    return replace(one, resolution=other.resolution) == other
