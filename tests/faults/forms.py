"""The form of a database that the migrations make, that is made at once, and that is finished after a death in between."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from django.apps import apps  # noqa: E402
from django.core.management import call_command  # noqa: E402 - Django has to be set up first
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.db.migrations.recorder import MigrationRecorder  # noqa: E402

from doorstep.storage.fresh import bring_up_to_date  # noqa: E402


def form() -> dict[str, object]:
    """Table of ours -> its columns, and what its constraints and indexes hold, without the names that Django invents."""
    found = {}
    ours = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("doorstep.")
    }
    with connection.cursor() as cursor:
        for table in sorted(ours & set(connection.introspection.table_names(cursor))):
            columns = connection.introspection.get_table_description(cursor, table)
            rules = connection.introspection.get_constraints(cursor, table).values()
            found[table] = {
                "columns": sorted([c.name, str(c.type_code), bool(c.null_ok)] for c in columns),
                "rules": sorted(
                    json.dumps(
                        [rule["columns"] or [], rule["primary_key"], rule["unique"], rule["foreign_key"], rule["check"]]
                    )
                    for rule in rules
                ),
            }
    return found


def emptied() -> None:
    with connection.schema_editor() as editor, connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            editor.execute(f"DROP TABLE {editor.quote_name(table)}" + (" CASCADE" * (connection.vendor != "sqlite")))


call_command("migrate", verbosity=0)
migrated = form()
emptied()
bring_up_to_date()
made = form()
MigrationRecorder(connection).migration_qs.all().delete()  # died after the tables, before the record
bring_up_to_date()
executor = MigrationExecutor(connection)
answer = {
    "migrated": migrated,
    "made": made,
    "finished": form(),
    "unapplied": [str(step) for step, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())],
}
sys.stdout.write(json.dumps(answer))
