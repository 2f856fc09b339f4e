"""The pictures of lessons in the gallery: a measurement without words, axes or controls, drawn to be told from afar."""
