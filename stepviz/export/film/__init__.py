"""Films of the run: pictures at equal steps, written as GIF or MP4, whole or not at all."""
