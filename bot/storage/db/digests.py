"""What is kept of a secret."""

from __future__ import annotations

import hashlib


def digest(secret: str) -> str:
    """SHA-256, as 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()
