"""A monkey at the keyboard: random but plausible events in the real window, and what must never come of them."""
