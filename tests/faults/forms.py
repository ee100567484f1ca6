"""The form of a database that the migrations make, that is made at once, and that is finished after a death in between."""

from __future__ import annotations

import json
import sys
from typing import Any


def form() -> dict[str, Any]:
    """Table of ours -> its columns, and what its constraints and indexes hold, without the names that Django invents."""
    from django.apps import apps
    from django.db import connection

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


def empty() -> None:
    from django.db import connection

    with connection.schema_editor() as editor, connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            editor.execute(f"DROP TABLE {editor.quote_name(table)}" + (" CASCADE" * (connection.vendor != "sqlite")))


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.migrations.recorder import MigrationRecorder

    from doorstep.storage.fresh import bring_up_to_date

    call_command("migrate", verbosity=0)
    migrated = form()
    empty()
    told = MigrationRecorder.record_applied

    def die_at_the_fifth(recorder: MigrationRecorder, app: str, name: str) -> None:
        if len(recorder.migration_qs) == 4:
            raise KeyboardInterrupt
        told(recorder, app, name)

    MigrationRecorder.record_applied = die_at_the_fifth
    try:
        bring_up_to_date()
        died = False
    except KeyboardInterrupt:
        died = True
    made, recorded = form(), len(MigrationRecorder(connection).applied_migrations())
    MigrationRecorder.record_applied = told
    bring_up_to_date()
    executor = MigrationExecutor(connection)
    answer = {
        "migrated": migrated,
        "died": died,
        "made": made,
        "recorded": recorded,
        "finished": form(),
        "unapplied": [str(step) for step, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())],
    }
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
