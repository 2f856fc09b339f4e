"""The budget: looks are paid before they are taken."""

from __future__ import annotations

import pytest

from stepviz_watch.budget import FIRST_LOOKS, UNSEEN, Budget


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="budget is a share of the time"):
        Budget(share, 0.0)


@pytest.mark.parametrize("share", [0.005, 0.01, 0.1])
def test_it_is_kept(share: float) -> None:
    """An update takes 5 ms, a look 20 ms, and what is done at each update 10 us."""
    budget, now, looks = Budget(share, 0.0), 0.0, 0
    for _ in range(50_000):
        now += 0.005
        budget.paid(10e-6)
        if budget.allows(now):
            now += 0.02
            looks += 1
            budget.looked(now, 0.02)
    assert looks > FIRST_LOOKS
    assert budget.spent <= share * now * 1.001
    assert budget.spent == pytest.approx(share * now, rel=0.1)
    assert budget.spent_looking == pytest.approx((looks - FIRST_LOOKS + 1) * 0.02 * (1 + UNSEEN))


def test_looks_are_not_taken_more_often_than_eyes_follow() -> None:
    budget, now, looks = Budget(1.0, 0.0), 0.0, 0
    for _ in range(10_000):
        now += 0.0005
        if budget.allows(now):
            looks += 1
            budget.looked(now, 1e-6)
    assert 100 < looks <= 30 * now + FIRST_LOOKS
