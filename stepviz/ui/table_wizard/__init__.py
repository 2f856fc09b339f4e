"""The dialog in which a person says what is to be learned from a table."""
