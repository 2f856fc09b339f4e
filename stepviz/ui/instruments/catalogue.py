"""The instruments on screen: one file per instrument, named as its probe."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepviz.ui.instruments.instrument import Panel

# In the order of the default layout, row by row; those of BEHIND wait in the View menu.
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
# Hidden at first, and behind which of the others they come up: not behind one whose click brings them up.
BEHIND: dict[str, str] = {
    "network_diagram": "response",
    "loss_surface_3d": "loss_surface",
    "slice": "loss",
    "unit_inspector": "activation",
    "diagnosis": "gradient_flow",
    "unit_ledger": "stuck_units",
}
# Folders that are not named as the panel.
FOLDERS = {"loss_surface_3d": "loss_landscape", "network_diagram": "network", "unit_inspector": "unit"}
HIDDEN_AT_FIRST = tuple(name for name in PANELS if name in BEHIND)


def panel_class(name: str) -> type[Panel]:
    """Return the class of the panel ``name``; its module, named as the panel, is imported only now."""
    found: type[Panel] = getattr(import_module(f"stepviz.ui.instruments.{FOLDERS.get(name, name)}.panel"), PANELS[name])
    return found
