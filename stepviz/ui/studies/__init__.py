"""The window of studies: the list, a form for each, the run, and what came out."""
