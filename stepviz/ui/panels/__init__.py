"""The instruments on screen: one file per instrument, named as its probe."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepviz.ui.panel import Panel

# In the order of the default layout, row by row; those of HIDDEN_AT_FIRST wait in the View menu.
PANELS: dict[str, str] = {
    "response": "ResponsePanel",
    "loss_surface": "LossSurfacePanel",
    "loss": "LossPanel",
    "activation": "ActivationPanel",
    "gradient_flow": "GradientFlowPanel",
    "stuck_units": "StuckUnitsPanel",
    "loss_surface_3d": "LossSurface3DPanel",
    "slice": "SlicePanel",
    "network_diagram": "NetworkDiagramPanel",
    "diagnosis": "DiagnosisPanel",
    "unit_ledger": "UnitLedgerPanel",
    "unit_inspector": "UnitInspectorPanel",
}
HIDDEN_AT_FIRST = ("loss_surface_3d", "slice", "network_diagram", "diagnosis", "unit_ledger", "unit_inspector")


def panel_class(name: str) -> type[Panel]:
    """Return the class of the panel ``name``; its module, named as the panel, is imported only now."""
    found: type[Panel] = getattr(import_module(f"{__name__}.{name}"), PANELS[name])
    return found
