from django.db import migrations

DAY_S = 86_400


def to_supplies(apps, schema_editor):
    """Each household's last confirmed food becomes a delivery of the supplies room, which covers it as long as before."""
    Old = apps.get_model("rounds", "Coverage")
    Person = apps.get_model("register", "Person")
    Delivery, AtHome, Coverage = (apps.get_model("supplies", name) for name in ("Delivery", "AtHome", "Coverage"))
    for old in Old.objects.select_related("visit").iterator():
        persons = Person.objects.filter(household_id=old.household_id, active=True, present="home").count()
        if old.visit is None or persons == 0:
            continue
        days = max((old.covered_until - old.last_delivery_at).total_seconds(), 0) / DAY_S
        who = {"incident_id": old.visit.incident_id, "household_id": old.household_id}
        food = next((kind for kind in old.visit.handed if kind.startswith("kit:")), "kit:living")
        Delivery.objects.create(
            **who,
            kind=food,
            person_days=days * persons,
            delivered_at=old.last_delivery_at,
            proof_kind="visit",
            proof_id=str(old.visit_id),
        )
        AtHome.objects.create(**who, since=old.last_delivery_at, persons=persons)
        Coverage.objects.create(
            **who, covered_until=old.covered_until, last_delivery_at=old.last_delivery_at, persons=persons
        )


class Migration(migrations.Migration):

    dependencies = [
        ("rounds", "0003_phone_acts_wait"),
        ("supplies", "0004_coverage"),
    ]

    operations = [
        migrations.RunPython(to_supplies, migrations.RunPython.noop),
        migrations.DeleteModel("Coverage"),
    ]
