"""The compiled library, for the tests of it."""

from __future__ import annotations

import pytest

from stepviz.engine.kernel.library import Library, find_library


@pytest.fixture(scope="session")
def library() -> Library:
    found = find_library()
    if not isinstance(found, Library):
        pytest.skip(f"no compiled step: {found}")
    return found
