"""Recording: a film of an instrument or of the whole window."""
