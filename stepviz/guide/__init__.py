"""The guide to the program: its pages, its search, and where its links lead. No Qt."""
