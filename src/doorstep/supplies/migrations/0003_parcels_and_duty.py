

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('command', '0002_tasks_in_each_language'),
        ('register', '0003_corrections_and_previews'),
        ('supplies', '0002_items_remember_own_changes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Parcel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client_id', models.UUIDField(unique=True)),
                ('kind', models.CharField(choices=[('family', 'from family or friends'), ('shop', 'from a shop'), ('group', 'from a community group'), ('other', 'other')], default='family', max_length=8)),
                ('sender', models.CharField(blank=True, max_length=120)),
                ('sender_phone', models.CharField(blank=True, max_length=40)),
                ('what', models.CharField(blank=True, max_length=240)),
                ('cold', models.BooleanField(default=False)),
                ('kg', models.FloatField(default=0)),
                ('state', models.CharField(choices=[('waits', 'at the gate'), ('handed', 'handed over'), ('refused', 'refused')], default='waits', max_length=8)),
                ('registered_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('proof', models.CharField(blank=True, max_length=40)),
                ('reason', models.CharField(blank=True, max_length=240)),
                ('told_sender_at', models.DateTimeField(blank=True, null=True)),
                ('told_door_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['registered_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='SetAside',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('duty', models.CharField(max_length=60)),
                ('reason', models.CharField(max_length=240)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            model_name='purchaseorder',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('incident', 'key'), name='order_key_once'),
        ),
        migrations.AddField(
            model_name='parcel',
            name='door',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parcels', to='register.door'),
        ),
        migrations.AddField(
            model_name='parcel',
            name='gate',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='register.gate'),
        ),
        migrations.AddField(
            model_name='parcel',
            name='holder',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='parcels', to='command.member'),
        ),
        migrations.AddField(
            model_name='parcel',
            name='incident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parcels', to='command.incident'),
        ),
        migrations.AddField(
            model_name='parcel',
            name='registered_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='command.member'),
        ),
        migrations.AddField(
            model_name='setaside',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='command.member'),
        ),
        migrations.AddField(
            model_name='setaside',
            name='incident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='command.incident'),
        ),
        migrations.AddIndex(
            model_name='parcel',
            index=models.Index(fields=['incident', 'state', 'registered_at'], name='parcel_waits'),
        ),
        migrations.AddConstraint(
            model_name='setaside',
            constraint=models.UniqueConstraint(fields=('incident', 'duty'), name='set_aside_once'),
        ),
    ]
