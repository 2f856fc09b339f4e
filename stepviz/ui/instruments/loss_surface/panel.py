"""The loss around the present weights, as a map, with the path that led there."""

from __future__ import annotations

import time
from typing import ClassVar

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QPointF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from stepviz.engine.network.layout import Layout
from stepviz.instruments import INSTRUMENTS, Instrument
from stepviz.probes.curvature import Curvature
from stepviz.probes.loss_surface import LossSurface, SurfaceOptions
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.instruments.loss_surface.controls import SurfaceControls
from stepviz.ui.instruments.loss_surface.geometry import View
from stepviz.ui.instruments.loss_surface.map import SurfaceMap
from stepviz.ui.instruments.loss_surface.readouts import readouts
from stepviz.ui.instruments.slope_slider import SlopeSlider
from stepviz.ui.instruments.weight_edits import WeightEdits
from stepviz.ui.text.number_format import text_points

# While the network stands still, time is taken for a finer picture.
MOVING, STANDING = 64, 128
# Numbers stand beside the picture that they are of, and cannot be read where they change oftener.
PAUSE = 0.2


class LossSurfacePanel(Panel):
    """A slope leads downhill; where the map is hatched the loss is exactly equal, and no gradient points anywhere."""

    instrument: ClassVar[Instrument] = INSTRUMENTS["loss_surface"]

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.controls = SurfaceControls()
        self.map = SurfaceMap(theme)
        self.controls.chosen.connect(self.choose)
        self.controls.recoloured.connect(self._recolour)
        self.controls.zoomed.connect(self._zoom)
        self.controls.unfolded.connect(self._unfold)
        self.map.looked.connect(self._look)
        self.map.home_wanted.connect(self._look_home)
        self.map.picked.connect(self._pick)
        self.put = QPushButton(self.map)
        self.put.setAccessibleName("Put the network at this point of the surface")
        self.put.setToolTip("Give the network the weights of this point of the plane; undo takes it back")
        self.put.clicked.connect(lambda _checked=False: self._put_network())
        self.put.hide()
        self._picked: tuple[LossSurface, float, float] | None = None
        self._edits = WeightEdits(lab)
        self.slope = SlopeSlider(lab)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 4)
        column.setSpacing(4)
        column.addWidget(self.controls)
        column.addWidget(self.map, 1)
        column.addWidget(self.slope)
        self.slope.show_experiment(lab.experiment)
        self._layout_shown: Layout | None = None
        self._shown_at = 0.0
        self._is_now = self._is_past = False
        self._shown = self.controls.options
        self._take(self.instrument.key, self.options)
        lab.options_changed.connect(self._take)
        self.retheme()

    @property
    def options(self) -> SurfaceOptions:
        """Return what is looked at."""
        options: SurfaceOptions = self.lab.options(self.instrument.key)
        return options

    def show_picture(self, frame: Frame) -> None:
        """Show the newest surface, with its own numbers and the step that they are of."""
        layout = frame.setup.network.layout
        if layout is not self._layout_shown:
            self._layout_shown = layout
            self.controls.show_layout(layout)
        resolution = MOVING if frame.running else STANDING
        if resolution != self.options.resolution:
            self.choose(replace(self.options, resolution=resolution))
        surface = frame.reading(LossSurface)
        is_now = surface is not None and surface.step == frame.step and not frame.running
        jumps = any(function.activation.takes_rules for function in frame.setup.network.functions)
        # Of units that were switched since, another surface is on its way.
        is_past = surface is not None and surface.jumps != jumps
        if surface is self.map.surface and (is_now, is_past) == (self._is_now, self._is_past):
            return
        if surface is not None and self._is_coarser(surface, frame):
            return
        if surface is None:
            # Another run: what was seen of the last one is not so of it.
            self.map.surface, self.map.readouts = None, ()
            self.map.choose(None)
            self.map.refresh()
            return
        now, shown = time.perf_counter(), self.map.surface
        asked_for = shown is None or self.map.waiting or is_past or shown.jumps != surface.jumps
        if frame.running and not asked_for and now - self._shown_at < PAUSE:
            return
        self._shown_at, self._is_now, self._is_past = now, is_now, is_past
        self.map.surface = surface
        self.map.waiting = is_past or not _same_plane(surface.options, self.options)
        if self.options.closer and not self.map.waiting:
            self.map.view = View(self.options.centre, surface.span)
            self.controls.show_zoom(surface.span)
        self.map.marks = tuple(mark for mark in frame.history.marks if mark.step <= surface.step)
        changed = bool(self.map.marks)
        self.map.readouts = readouts(surface, frame.reading(Curvature), changed=changed, is_now=is_now)
        self.controls.offer_details(self.map.has_details)
        self.map.refresh()

    def _is_coarser(self, surface: LossSurface, frame: Frame) -> bool:
        """Return whether a surface on its way to a finer one would only blur what is shown of the same instant."""
        shown = self.map.surface
        return (
            not frame.running
            and shown is not None
            and surface.step == shown.step
            and _same_plane(surface.options, shown.options)
            and len(surface.alpha) < min(len(shown.alpha), surface.options.resolution)
        )

    # Putting the network somewhere

    def _pick(self, place: tuple[float, float] | None) -> None:
        surface = self.map.surface
        self._picked = None if place is None or surface is None else (surface, *place)
        can = self._picked is not None and surface is not None and len(surface.origin) > 0
        self.put.setVisible(can)
        if can and place is not None:
            self.put.setText("Put the network here")
            self.put.setAccessibleName(f"Put the network at α = {place[0]:.3g}, β = {place[1]:.3g}")
            self.put.adjustSize()
            spot = QPointF(*self.map.plot().points(np.array(place[0]), np.array(place[1])))
            left = min(max(0, round(spot.x() - self.put.width() / 2)), self.map.width() - self.put.width())
            below = round(spot.y()) + 16
            fits = below + self.put.height() <= self.map.height()
            self.put.move(left, below if fits else round(spot.y()) - 16 - self.put.height())
            self.put.raise_()
            self.put.setFocus()

    def _put_network(self) -> None:
        if self._picked is None:
            return
        surface, alpha, beta = self._picked
        row = surface.parameters_at(alpha, beta)
        if row is not None:
            values = dict(enumerate(row.tolist()))
            self._edits.edit_all(values, f"Put the network at α = {alpha:.3g}, β = {beta:.3g}")
        self.map.choose(None)

    def choose(self, options: SurfaceOptions) -> None:
        """Show another plane, or the same one otherwise."""
        self.lab.look_at(self.instrument.key, options)

    def choose_parameters(self, first: int, second: int) -> None:
        """Show the loss over two parameters, by their numbers in the row."""
        chosen = replace(self.options, directions="parameters", first=first, second=second)
        self.choose(replace(chosen, centre=(0.0, 0.0), span=1.0, closer=True, absolute=False))

    def choose_parameter(self, index: int) -> None:
        """Where single parameters are looked at: take this one, by its number in the row, for the older of the two."""
        if self.options.directions == "parameters" and index >= 0 and index != self.options.second:
            self.choose_parameters(self.options.second, index)

    def _take(self, probe: str, options: SurfaceOptions) -> None:
        """Follow the options that are in force, whoever chose them."""
        if probe != self.instrument.key:
            return
        shown, self._shown = self._shown, options
        self.controls.show_options(options)
        if self._layout_shown is not None:
            self.controls.show_layout(self._layout_shown)
        if _same_plane(shown, options):
            return
        self.map.choose(None)
        if options.closer and self.map.surface is not None and self.map.surface.jumps:
            # How near is found with the losses.
            self.map.waiting = True
            self.map.refresh()
            return
        before, view = View(shown.centre, shown.span), View(options.centre, options.span)
        # What a person does to the map it has shown by itself.
        if view != self.map.view or view == before:
            self.map.view = view
            self.map.waiting = self.map.surface is not None
            self.map.refresh()

    def _look(self, view: View) -> None:
        self.choose(replace(self.options, centre=view.centre, span=view.span, closer=False))

    def _look_home(self) -> None:
        surface = self.map.surface
        here = surface.here if surface is not None and self.options.absolute else (0.0, 0.0)
        self.choose(replace(self.options, centre=here, span=1.0, closer=True))

    def _zoom(self, factor: float) -> None:
        if factor:
            self.map.zoom(factor)
        else:
            self.map.look_home()

    def _unfold(self, detailed: bool) -> None:
        self.map.details = detailed
        self.map.refresh()

    def _recolour(self, logarithmic: bool) -> None:
        self.map.logarithmic = logarithmic
        self.map.refresh()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Make the type larger where the panel is large."""
        super().resizeEvent(event)
        points = text_points(9.5, self.width(), self.height())
        self.map.set_type(points)
        self.controls.set_font(font(min(points, 12.0)))

    def retheme(self) -> None:
        """Take the colours of the theme."""
        colours = self.theme.colours
        self.setStyleSheet(
            f"LossSurfacePanel {{ background: {colours.surface}; }}"
            f"QToolButton:checked {{ color: {colours.accent}; font-weight: 600; }}"
        )
        self.map.refresh()
        self.update()


def _same_plane(one: SurfaceOptions, other: SurfaceOptions) -> bool:
    """Return whether two options differ in resolution at most."""
    return replace(one, resolution=other.resolution) == other
