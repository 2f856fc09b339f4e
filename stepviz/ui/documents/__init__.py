"""The open file: opening, saving, and the sessions that the program keeps by itself."""
