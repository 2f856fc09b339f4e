"""What can be wrong with a run: one pure function per illness, from evidence to a finding or None."""
