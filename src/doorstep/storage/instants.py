"""Instants as numbers: where hundreds of thousands are read, making a datetime of each costs more than the query."""

from __future__ import annotations

from typing import Any

from django.db.models import FloatField, Func


class Seconds(Func):
    """Seconds since 1970, to the microsecond, of a field that holds an instant."""

    output_field = FloatField()
    template = "EXTRACT(EPOCH FROM %(expressions)s)::double precision"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """SQLite keeps an instant as text in UTC, with its fraction only where there is one."""
        text = (
            "(CAST(strftime('%%%%s', %(expressions)s) AS REAL) + CAST('0' || substr(%(expressions)s, 20, 7) AS REAL))"
        )
        sql, values = self.as_sql(compiler, connection, template=text, **context)
        return sql, (*values, *values)
