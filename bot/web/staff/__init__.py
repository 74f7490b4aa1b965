"""The staff console at /staff: server-rendered pages for phones and desktops."""
