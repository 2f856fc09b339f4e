"""Callbacks for trainers of other libraries, one file each; importing a file imports its library."""
