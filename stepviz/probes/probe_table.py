"""The table of probes: what can be measured of an instant, by name."""

from __future__ import annotations

from stepviz.probes.activation import measure_activation
from stepviz.probes.curvature import measure_curvature
from stepviz.probes.diagnosis import measure_diagnosis
from stepviz.probes.gradient_flow import measure_flow
from stepviz.probes.loss_surface import LossSurfaces
from stepviz.probes.parameter_gradient import measure_gradient
from stepviz.probes.probe import Probe, as_asked, at_once
from stepviz.probes.response import ResponseOptions, Responses
from stepviz.probes.slice import SliceOptions, measure_slice
from stepviz.probes.stuck_units import measure_units
from stepviz.probes.surface_options import SurfaceOptions
from stepviz.probes.trace import TraceOptions, trace_of_options
from stepviz.probes.twins.probe import TwinOptions, Twins
from stepviz.probes.unit import UnitMeasurement, UnitOptions
from stepviz.probes.unit_maps import UnitMapMeasurement

PROBES: dict[str, Probe] = {
    probe.name: probe
    for probe in (
        Probe("gradient_flow", at_once(measure_flow), standing=True),
        Probe("stuck_units", at_once(measure_units), standing=True),
        Probe("response", as_asked(Responses().measure), ResponseOptions(), period=0.05),
        Probe("activation", at_once(measure_activation), period=0.05),
        Probe("loss_surface", LossSurfaces().measure, SurfaceOptions(closer=True), period=0.08, slow=True),
        Probe("slice", measure_slice, SliceOptions(), period=0.2, slow=True),
        Probe("curvature", measure_curvature, period=1.0, slow=True),
        Probe("parameter_gradient", at_once(measure_gradient), period=0.04),
        Probe("unit_maps", at_once(UnitMapMeasurement().measure), period=0.04),
        Probe("trace", trace_of_options, TraceOptions(), period=0.1),
        Probe("unit", UnitMeasurement().measure, UnitOptions(), period=0.05),
        Probe("twins", Twins().measure, TwinOptions(), period=5.0, slow=True, resumes=True),
        Probe("diagnosis", at_once(measure_diagnosis), period=0.25),
    )
}
