"""How each installer is made: one file per kind, and what they share."""
