"""One step, explained: a dialog that takes the run's next update in four stages."""
