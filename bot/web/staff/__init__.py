"""The staff console at /staff: server-rendered pages, for phone and desk."""
