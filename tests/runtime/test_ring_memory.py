"""The ring of moments as the allocator sees it."""

from __future__ import annotations

import pytest

from stepviz.benchmarks.budget import GROWTH, LARGE, MOST_BYTES, SMALL, ring_bytes
from stepviz.runtime import checkpoints
from stepviz.runtime.checkpoints import MOST


def test_two_thousand_moments_of_the_digits_are_small_and_do_not_grow() -> None:
    held, first, later = ring_bytes(SMALL, fillings=3)
    assert held == MOST
    assert 10e6 < first < MOST_BYTES
    assert later <= GROWTH * first


def test_of_a_large_network_fewer_are_kept_within_the_same_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    # An eighth of it: the real bound is measured by the benchmarks.
    monkeypatch.setattr(checkpoints, "LARGEST_BYTES", checkpoints.LARGEST_BYTES // 8)
    held, first, later = ring_bytes(LARGE, fillings=2)
    assert 20 < held < MOST
    assert first < MOST_BYTES / 8
    assert later <= GROWTH * first
