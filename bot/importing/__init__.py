"""Getting the text out of a notice somebody hands in."""
