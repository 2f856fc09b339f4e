"""Settings of all tests."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import pytest

from stepviz.engine.kernel.build import BuildFailed, build


def why_no_screen() -> str | None:
    """Return why no real pixels can be looked at, or None where they can."""
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in ("offscreen", "minimal"):
        return os.environ.get("STEPVIZ_NO_SCREEN", "Qt draws off screen")
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "there is no display; packaging/launch.py test brings one"
    return None


def pytest_configure() -> None:
    """Build the compiled step where there is a compiler, and give each process of tests a screen of its own.

    Windows on one screen take the keys from each other.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        with suppress(BuildFailed, OSError):
            build()
    screens, worker = os.environ.get("STEPVIZ_SCREENS", "").split(), os.environ.get("PYTEST_XDIST_WORKER", "")
    if screens and worker:
        os.environ["DISPLAY"] = screens[int(worker.removeprefix("gw")) % len(screens)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests of real pixels where there are none."""
    reason = why_no_screen()
    if reason:
        for item in items:
            if item.get_closest_marker("screen"):
                item.add_marker(pytest.mark.skip(reason=reason))
