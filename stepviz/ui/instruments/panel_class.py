"""The panel of an instrument, imported when it is first needed."""

from __future__ import annotations

from importlib import import_module

from stepviz.ui.instruments.instrument import Panel


def panel_class(key: str) -> type[Panel]:
    """Return the one panel class that ``stepviz.ui.instruments.<key>.panel`` defines."""
    module = import_module(f"stepviz.ui.instruments.{key}.panel")
    (found,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Panel) and value.__module__ == module.__name__
    )
    return found
