"""Recordings of foreign trainings: files that stepviz_watch or anybody else writes in the format of its FORMAT.md."""
