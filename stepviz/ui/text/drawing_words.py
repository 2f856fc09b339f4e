"""What is said of data that a person draws."""

TEST_SET_GOES = (
    "The test set goes: all that is drawn is for training. Undo brings it back; «Test» in the editor makes another"
)
