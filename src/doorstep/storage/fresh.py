"""A database at its newest form: an empty one gets all tables at once, one that is in use is migrated step by step."""

from __future__ import annotations

from django.apps import apps
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, router, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def bring_up_to_date() -> None:
    """Create or migrate the tables. Whenever a process dies in between, the next one finishes."""
    recorder = MigrationRecorder(connection)
    wanted = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    there = wanted & set(connection.introspection.table_names())
    if recorder.applied_migrations() or (there and there != wanted):
        call_command("migrate", interactive=False, verbosity=0)
        return
    if not there:
        _create_tables()
    recorder.ensure_schema()
    with transaction.atomic():  # some of the records without the others would have made tables made again
        for app, name in sorted(MigrationLoader(connection).disk_migrations):
            recorder.record_applied(app, name)
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)


def _create_tables() -> None:
    """All or none: the schema editor is one transaction on both databases."""
    with connection.schema_editor() as editor:
        for config in apps.get_app_configs():
            for model in router.get_migratable_models(config, connection.alias):
                if model._meta.managed and not model._meta.proxy:
                    editor.create_model(model)
