"""Diagnosis by experiment: copies of a run are trained with one setting changed, and what helps names the cause."""
