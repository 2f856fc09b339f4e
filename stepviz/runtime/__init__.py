"""The runtime: the thread that trains, and what crosses its border. No Qt."""
