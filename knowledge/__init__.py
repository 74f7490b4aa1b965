"""Notices as data and everything that follows from them. Pure: no I/O beyond reading its own data."""
