"""Structured logs: readable on a terminal, JSON where asked."""

from __future__ import annotations

import logging
import sys

import structlog


def _print_to_standard_error(*_arguments: object) -> structlog.PrintLogger:
    """Looks standard error up anew each time: it may have been redirected since."""
    return structlog.PrintLogger(sys.stderr)


def configure_logs(level: str, as_json: bool) -> None:
    """Send log lines at or above `level` to standard error. Raises ValueError for an unknown level."""
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"YANXIU_LOG_LEVEL 不认识“{level}”，可用 DEBUG、INFO、WARNING、ERROR")
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(message)s")
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            *([structlog.processors.format_exc_info] if as_json else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=_print_to_standard_error,
        cache_logger_on_first_use=False,
    )
