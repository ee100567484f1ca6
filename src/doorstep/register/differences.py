"""The differences between a list and the register: kept for the preview, chosen, made, put back."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from django.core.serializers.json import DjangoJSONEncoder

from doorstep.register.importing import Comparison, Difference
from doorstep.register.models import Household, ImportChange, ListImport, Person
from doorstep.storage.bulk import bulk_load, in_batches

MODELS: dict[str, Any] = {"household": Household, "person": Person}
BATCH = 500  # subjects changed at once


def all_of(comparison: Comparison) -> list[Difference]:
    """Every difference, with those who are on the list no more."""
    return [*comparison.differences, *comparison.leaving]


def chosen_of(preview: ListImport, comparison: Comparison, accept: Literal["all"] | set[str] | None) -> set[str]:
    """The codes of the differences in which the list's value is taken."""
    if accept == "all":
        return {d.code for d in comparison.differences}
    if accept is not None:
        return {d.code for d in all_of(comparison)} & accept
    rows = ImportChange.objects.filter(listimport=preview).values_list("model", "object_id", "field", "accepted")
    said = {f"{model}:{pk}:{name}": accepted for model, pk, name, accepted in rows.iterator()}
    return {d.code for d in all_of(comparison) if said.get(d.code, not d.protected)}


def keep_differences(preview: ListImport, comparison: Comparison, accepted: dict[str, bool]) -> None:
    """Write the differences beside the preview, each with the source of what stands now."""
    ImportChange.objects.filter(listimport=preview).delete()
    differences = all_of(comparison)
    sources = {name: _sources(name, {d.pk for d in differences if d.model == name}) for name in MODELS}
    fields = ["listimport_id", "model", "object_id", "field", "before", "after"]
    bulk_load(
        ImportChange,
        [*fields, "before_source", "protected", "accepted"],
        (
            (
                *(preview.pk, d.model, d.pk, d.field, plain(d.before), plain(d.after)),
                sources[d.model].get(d.pk, {}).get(d.field),
                d.protected,
                accepted.get(d.code, not d.protected),
            )
            for d in differences
        ),
    )


def _sources(model: str, keys: set[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for batch in in_batches(keys):
        found |= dict(MODELS[model].objects.filter(pk__in=batch).exclude(sources={}).values_list("pk", "sources"))
    return found


def plain(value: Any) -> Any:
    """A value as the JSON columns hold it."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def change(differences: list[Difference], at: datetime) -> None:
    """Set the accepted fields, in batches; their source is the list again."""
    for name, model in MODELS.items():
        for batch in in_batches((d for d in differences if d.model == name), BATCH):
            subjects: dict[int, Any] = model.objects.in_bulk({d.pk for d in batch})
            for difference in batch:
                subject = subjects[difference.pk]
                setattr(subject, difference.field, difference.after)
                subject.sources.pop(difference.field, None)
                subject.source_at = at
            _store(model, subjects, {d.field for d in batch})


def put_back(done: ListImport) -> list[str]:
    """Every accepted field back to what stood before, in batches; what was changed since stays."""
    stays = []
    for name, model in MODELS.items():
        changes = ImportChange.objects.filter(listimport=done, accepted=True, model=name).order_by("pk")
        for batch in in_batches(changes.iterator(), BATCH):
            subjects: dict[int, Any] = model.objects.in_bulk({change.object_id for change in batch})
            for change in batch:
                subject = subjects.get(change.object_id)
                if subject is None:
                    continue
                if plain(getattr(subject, change.field)) != change.after:
                    stays.append(f"{change.model} {change.object_id}: {change.field}")
                    continue
                setattr(subject, change.field, change.before)
                if change.before_source:
                    subject.sources[change.field] = change.before_source
            _store(model, subjects, {change.field for change in batch})
    return stays


def _store(model: Any, subjects: dict[int, Any], fields: set[str]) -> None:
    if subjects and fields:
        model.objects.bulk_update(subjects.values(), sorted({*fields, "sources", "source_at"}), batch_size=200)
