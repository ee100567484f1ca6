"""Many rows at once: COPY on PostgreSQL, executemany on SQLite. No signals, no per-row work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction

M = TypeVar("M", bound=models.Model)
BATCH = 20_000


def bulk_load(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows whose values stand in the order of `fields` (model field names; give `x_id` for a key). Returns the count.

    Values are prepared by the model's fields, so JSON, dates and choices are stored as the ORM would.
    Every field without a given value gets the model's default.
    """
    return _load(model, fields, rows, ignore_conflicts=False)


def bulk_load_new(model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """As `bulk_load`, but a row that breaks a unique constraint is passed over: the way to say a thing twice."""
    return _load(model, fields, rows, ignore_conflicts=True)


def bulk_change(model: type[models.Model], fields: Sequence[str], rows: Iterable[tuple[Any, Sequence[Any]]]) -> None:
    """Set `fields` (names, or `x_id` of a key) of each (primary key, values) in one statement for all rows."""
    meta = model._meta
    named = {**{f.name: f for f in meta.concrete_fields}, **{f.attname: f for f in meta.concrete_fields}}
    chosen: list[Any] = [named[name] for name in fields]
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(field.column)} = %s" for field in chosen)
    key: Any = meta.pk
    statement = f"UPDATE {quote(meta.db_table)} SET {sets} WHERE {quote(key.column)} = %s"
    values = [
        (*(field.get_db_prep_save(value, connection) for field, value in zip(chosen, row, strict=True)), pk)
        for pk, row in rows
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _load(
    model: type[models.Model], fields: Sequence[str], rows: Iterable[Sequence[Any]], *, ignore_conflicts: bool
) -> int:
    meta = model._meta
    named = {**{f.name: f for f in meta.concrete_fields}, **{f.attname: f for f in meta.concrete_fields}}
    chosen: list[Any] = [named[name] for name in fields]
    given = {field.attname for field in chosen}
    rest = [field for field in meta.concrete_fields if field.attname not in given and not field.primary_key]
    columns = [field.column for field in (*chosen, *rest)]
    prepare = [field.get_db_prep_save for field in chosen]
    store = connections[DEFAULT_DB_ALIAS]  # asked once: the proxy costs more than the preparing
    constant_defaults = [
        (field.get_db_prep_save(field.get_default(), store),) if _is_constant(field) else None for field in rest
    ]

    def prepared() -> Iterable[tuple[Any, ...]]:
        for row in rows:
            values = [prep(value, store) for prep, value in zip(prepare, row, strict=True)]
            for field, constant in zip(rest, constant_defaults, strict=True):
                values.append(constant[0] if constant else field.get_db_prep_save(field.get_default(), store))
            yield tuple(values)

    with transaction.atomic(), connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            return _copy(meta.db_table, columns, prepared(), ignore_conflicts)
        return _executemany(meta.db_table, columns, prepared(), ignore_conflicts)


def _is_constant(field: Any) -> bool:
    """Whether every row gets the same default: an empty list is prepared once, a new private code for each row."""
    return not callable(field.default) or field.default in (list, dict) or not field.has_default()


def _copy(table: str, columns: list[str], rows: Iterable[tuple[Any, ...]], ignore_conflicts: bool) -> int:
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, columns))
    target = quote(table)
    with connection.cursor() as cursor:
        if ignore_conflicts:
            cursor.execute(f"CREATE TEMP TABLE bulk_new ON COMMIT DROP AS SELECT {names} FROM {target} WITH NO DATA")
            into = "bulk_new"
        else:
            into = target
        count = 0
        # The rows may come from queries on this very connection, which can do nothing else while a COPY is open:
        # so each batch is drawn first and copied then.
        stream = iter(rows)
        while batch := list(islice(stream, BATCH)):
            with cursor.copy(f"COPY {into} ({names}) FROM STDIN") as copy:
                for row in batch:
                    copy.write_row(row)
            count += len(batch)
        if ignore_conflicts:
            cursor.execute(f"INSERT INTO {target} ({names}) SELECT {names} FROM bulk_new ON CONFLICT DO NOTHING")
            count = cursor.rowcount
            cursor.execute("DROP TABLE bulk_new")
    return count


def _executemany(table: str, columns: list[str], rows: Iterable[tuple[Any, ...]], ignore_conflicts: bool) -> int:
    quote = connection.ops.quote_name
    verb = "INSERT OR IGNORE" if ignore_conflicts else "INSERT"
    marks = ", ".join(["%s"] * len(columns))
    statement = f"{verb} INTO {quote(table)} ({', '.join(map(quote, columns))}) VALUES ({marks})"
    count = 0
    stream = iter(rows)
    with connection.cursor() as cursor:
        while batch := list(islice(stream, BATCH)):
            cursor.executemany(statement, batch)
            count += cursor.rowcount if cursor.rowcount > 0 else 0
    return count


def bulk_set(model: type[models.Model], field: str, pairs: Iterable[tuple[Any, Any]]) -> int:
    """Set one field of many rows: (key, value) each. No signals. Returns how many rows were given."""
    quote = connection.ops.quote_name
    chosen: Any = model._meta.get_field(field)
    key: Any = model._meta.pk
    table, column, ident = quote(model._meta.db_table), quote(chosen.column), quote(key.column)
    rows = ((chosen.get_db_prep_save(value, connection), pk) for pk, value in pairs)
    count = 0
    with transaction.atomic(), connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE TEMP TABLE bulk_set ON COMMIT DROP AS SELECT {column}, {ident} FROM {table} LIMIT 0"
            )
            with cursor.copy(f"COPY bulk_set ({column}, {ident}) FROM STDIN") as copy:
                for row in list(rows):
                    copy.write_row(row)
                    count += 1
            found = f"UPDATE {table} SET {column} = bulk_set.{column} FROM bulk_set WHERE {table}.{ident} = bulk_set.{ident}"
            cursor.execute(found)
            cursor.execute("DROP TABLE bulk_set")
            return count
        while batch := list(islice(rows, BATCH)):
            cursor.executemany(f"UPDATE {table} SET {column} = %s WHERE {ident} = %s", batch)
            count += len(batch)
    return count


def in_batches(items: Iterable[Any], size: int = 800) -> Iterable[list[Any]]:
    """Cut a long list of keys so that an IN (...) stays under SQLite's limit of variables."""
    stream = iter(items)
    while batch := list(islice(stream, size)):
        yield batch
