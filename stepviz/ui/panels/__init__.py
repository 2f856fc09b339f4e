"""The instruments on screen: one file per instrument, named as its probe."""
