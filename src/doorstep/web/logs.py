"""Structured logs: one JSON object a line, or readable lines on a terminal."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

# The address of a household's page holds its private code; the number of a door (/board/door/12/) is none.
_CODE = re.compile(r'(/door/)(?!\d{1,7}(?:[/\s"?]|$))[^/\s"?]+')
_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def formatter() -> logging.Formatter:
    """The formatter of every log line; configures structlog to pass through the same processors."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
            _without_codes,
        ],
    )


def _without_codes(logger: Any, name: str, line: Any) -> str:
    """No line says a household's private code, whoever wrote it: our own, Django's, or an error with its story."""
    return _CODE.sub(r"\1…", line)
