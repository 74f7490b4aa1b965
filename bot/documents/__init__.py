"""Documents made from a seminar: reference templates of our own, never official forms."""
