"""Where the data lives: SQLite in a folder by default, PostgreSQL when DOORSTEP_DATABASE names one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from platformdirs import user_data_path

from doorstep.errors import FaultError


def default_data_folder() -> Path:
    """The user's data folder, when DOORSTEP_DATA does not name another."""
    return user_data_path("doorstep", appauthor=False)


def data_folder() -> Path:
    """Where this installation keeps its data: DOORSTEP_DATA, else the user's data folder."""
    return Path(os.environ.get("DOORSTEP_DATA") or default_data_folder()).expanduser().resolve()


def database_settings(data: Path) -> dict[str, Any]:
    """Django's settings of the default database. DOORSTEP_DATABASE is `postgresql://user:secret@host:port/name`."""
    url = os.environ.get("DOORSTEP_DATABASE", "")
    if url:
        return postgresql(url)
    return sqlite(data / "doorstep.sqlite3")


def sqlite(path: Path | str) -> dict[str, Any]:
    """SQLite in WAL mode; a write takes its lock at once (IMMEDIATE), so that two writers queue instead of failing."""
    if isinstance(path, Path):
        path.parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32000; PRAGMA busy_timeout=20000;"
            ),
        },
    }


def postgresql(url: str) -> dict[str, Any]:
    """PostgreSQL by psycopg. A socket folder may be given as `?host=/folder`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise FaultError("DOORSTEP_DATABASE must look like postgresql://user:secret@host:5432/name")
    query = parse_qs(parts.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", [parts.hostname or ""])[0],
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
