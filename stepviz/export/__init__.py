"""What can be taken away: numbers as tables, the present state as text that brings it back."""
