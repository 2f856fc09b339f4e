"""The probes: pure functions from arrays to what a person can conclude."""
