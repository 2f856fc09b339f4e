"""Synthetic curves of a loss, and what one who looks at them would say."""

from __future__ import annotations

import numpy as np
import pytest

from stepviz.probes.findings.trend import trend_of

LINE = np.linspace(0.0, 1.0, 512)
NOISE = np.random.default_rng(0).normal(size=512)


def wave(period: float, phase: float = 0.0) -> np.ndarray:
    return 0.5 + 0.1 * np.sin(2.0 * np.pi * (np.arange(512) / period + phase))


@pytest.mark.parametrize(
    ("losses", "trend"),
    [
        (np.array([1.0, 0.5]), "unknown"),
        (np.array([1.0, np.nan]), "not finite"),
        (np.zeros(64), "flat"),
        (np.full(64, 0.5), "flat"),
        (0.5 + 0.05 * NOISE[:64], "flat"),
        (0.9 + 0.05 * NOISE, "flat"),
        (np.linspace(1.0, 0.5, 64) + 0.05 * NOISE[:64], "falling"),
        (np.linspace(0.5, 1.0, 64) + 0.05 * NOISE[:64], "rising"),
        (np.exp(-np.linspace(0.0, 5.0, 64)), "falling"),
        (np.exp(-np.linspace(0.0, 8.0, 8)), "falling"),
        (np.linspace(1e-6, 1e-9, 64), "falling"),
    ],
)
def test_what_is_plain_to_see(losses, trend):
    assert trend_of(losses) == trend


def test_a_slow_fall_under_the_scatter_of_minibatches_is_a_fall():
    slowly = 1.0 - 0.1 * LINE + 0.05 * NOISE
    assert trend_of(slowly[-64:]) == "flat", "in the last second the scatter hides it"
    assert trend_of(slowly) == "falling"
    assert trend_of(slowly[::-1]) == "rising"


def test_a_fall_that_cannot_be_seen_in_the_plot_is_none_and_a_steady_one_that_can_is():
    for scatter in (0.0, 1e-4, 1e-3):
        slowly = 0.5 - 0.01 * LINE + scatter * NOISE
        assert trend_of(slowly, span=0.6) == "flat", "a few pixels at the foot of a long fall"
        assert trend_of(slowly) == "falling", "the whole height of a plot that began here"
        assert trend_of(0.5 - 0.05 * LINE + scatter * NOISE, span=0.6) == "falling"
        assert trend_of(0.5 - 0.0005 * LINE + scatter * NOISE) == "flat"


def test_what_has_stopped_has_stopped_however_it_fell_before():
    before = np.where(LINE < 0.2, 1.0 - 2.5 * LINE, 0.5)
    assert trend_of(before) == "flat"
    assert [trend_of(before + 0.02 * np.roll(NOISE, shift)) for shift in range(0, 512, 64)].count("flat") >= 7
    assert trend_of(before - 0.1 * LINE + 0.01 * NOISE) == "falling"


@pytest.mark.parametrize("period", [2, 5, 16, 50, 64])
def test_what_goes_up_and_down_is_flat(period):
    assert {trend_of(wave(period, phase)) for phase in np.linspace(0.0, 1.0, 12)} == {"flat"}


def test_a_loss_that_recovers_from_a_leap_falls():
    assert trend_of(np.append(np.full(400, 0.1), 0.1 + 0.4 * np.exp(-np.linspace(0.0, 1.0, 112)))) == "falling"


def test_slow_noise_is_seldom_taken_for_a_trend():
    found = [trend_of(0.5 + 0.02 * np.random.default_rng(seed).normal(size=512)) for seed in range(100)]
    assert found.count("flat") >= 98


@pytest.mark.parametrize("seed", range(5))
def test_a_loss_that_came_down_and_rests_does_not_swing(seed: int) -> None:
    # As on a slow machine, where the newest losses reach back to the beginning of the run.
    noise = np.random.default_rng(seed).normal(0.0, 0.006, 64)
    losses = np.concatenate([np.linspace(0.69, 0.08, 18), np.full(46, 0.07)]) + noise
    assert trend_of(losses, 0.7) in ("flat", "falling")
    swinging = 0.4 + 0.3 * np.sin(np.arange(64)) + noise
    assert trend_of(swinging, 0.7) == "swinging"
