"""Response headers for every page, and who may open a socket."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_HEADERS = (
    ("Content-Security-Policy", CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
)


async def add_security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS:
        if name not in response.headers:
            response.headers[name] = value


def origin_allowed(request: web.Request, public_url: str) -> bool:
    """Programs that are no browsers send no Origin and are let in. Schemes are not compared: a proxy may end TLS."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    host = _netloc(origin)
    return bool(host) and host in {request.host.lower(), _netloc(public_url)}


def _netloc(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    default = {"http": 80, "https": 443}.get(parts.scheme)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if port in (None, default) else f"{host}:{port}"
