"""When to look: at most a share of the time goes into looks, and the next one is paid before it is taken."""

from __future__ import annotations

LOOKS_A_SECOND = 30.0
FIRST_LOOKS = 3
NOTICED = 0.3  # weight of the newest look in the mean price
# What a look costs where no clock of ours runs (colder caches, the slower way through modules with hooks), as a share
# of what it is seen to cost: two equal trainings run in turns show about half as much again.
UNSEEN = 0.5


class Budget:
    """Decides whether the next update is looked at in full.

    ``share`` is the part of the time that may go into watching. Times are seconds of one clock. The price of what is
    done at every update counts against the share as well.
    """

    def __init__(self, share: float, began: float) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"budget is a share of the time, above 0 and at most 1; found {share!r}")
        self.share, self._began = share, began
        self.spent = 0.0
        self.spent_looking = 0.0
        self.looks = 0
        self.price: float | None = None
        self._looked_at = -1.0

    def paid(self, seconds: float) -> None:
        """Add what an update without a look took."""
        self.spent += seconds

    def looked(self, now: float, seconds: float) -> None:
        """Add a look that took so long. The first ones warm caches up: they are no measure of the later ones."""
        seconds *= 1 + UNSEEN
        self.looks += 1
        self._looked_at = now
        if self.looks >= FIRST_LOOKS:
            self.price = seconds if self.price is None else (1 - NOTICED) * self.price + NOTICED * seconds
        if self.looks > FIRST_LOOKS - 1:
            self.spent += seconds
            self.spent_looking += seconds

    def allows(self, now: float) -> bool:
        """Whether a look that begins now keeps the whole within the share."""
        if self.looks < FIRST_LOOKS or self.price is None:
            return True
        if now - self._looked_at < 1.0 / LOOKS_A_SECOND:
            return False
        return self.spent + self.price <= self.share * (now - self._began)

    def measured(self, now: float) -> float:
        """Return the share of the time that was spent so far, by its own clock."""
        return self.spent / max(now - self._began, 1e-9)
