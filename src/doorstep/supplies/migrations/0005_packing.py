import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('command', '0002_tasks_in_each_language'),
        ('register', '0003_corrections_and_previews'),
        ('supplies', '0004_coverage'),
    ]

    operations = [
        migrations.CreateModel(
            name='PackLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('packs', models.PositiveIntegerField()),
                ('designed_packs', models.PositiveIntegerField()),
                ('reason', models.CharField(blank=True, max_length=240)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.RemoveField(
            model_name='packedkit',
            name='household',
        ),
        migrations.RemoveField(
            model_name='packedkit',
            name='order',
        ),
        migrations.RemoveField(
            model_name='packedkit',
            name='packed_by',
        ),
        migrations.AlterModelOptions(
            name='packorder',
            options={'ordering': ['ready_by', 'id']},
        ),
        migrations.AddField(
            model_name='packorder',
            name='area',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='command.area'),
        ),
        migrations.AddField(
            model_name='packorder',
            name='dropped_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='packorder',
            name='round_name',
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AlterField(
            model_name='location',
            name='kind',
            field=models.CharField(choices=[('supplier', 'supplier'), ('store', 'store'), ('quarantine', 'held back'), ('staging', 'staging'), ('gate', 'gate'), ('carrier', 'carrier'), ('door', 'door'), ('kit', 'packed kit'), ('wasted', 'thrown away'), ('returned', 'returned to the supplier'), ('counted', 'counting difference'), ('used', 'used on duty')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='packorder',
            index=models.Index(fields=['incident', 'state', 'ready_by'], name='pack_order_open'),
        ),
        migrations.AddField(
            model_name='packline',
            name='designed',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='supplies.item'),
        ),
        migrations.AddField(
            model_name='packline',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='supplies.item'),
        ),
        migrations.AddField(
            model_name='packline',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='supplies.packorder'),
        ),
        migrations.DeleteModel(
            name='PackedKit',
        ),
        migrations.AddConstraint(
            model_name='packline',
            constraint=models.UniqueConstraint(fields=('order', 'designed'), name='pack_line_once'),
        ),
        migrations.CreateModel(
            name='PackedKit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('code', models.CharField(max_length=16, unique=True)),
                ('person_days', models.FloatField(default=0)),
                ('packed_at', models.DateTimeField(blank=True, null=True)),
                ('act', models.UUIDField(blank=True, db_index=True, null=True)),
                ('staged_at', models.DateTimeField(blank=True, null=True)),
                ('taken_at', models.DateTimeField(blank=True, null=True)),
                ('handed_at', models.DateTimeField(blank=True, null=True)),
                ('visit_id', models.BigIntegerField(blank=True, db_index=True, null=True)),
                ('dropped_at', models.DateTimeField(blank=True, null=True)),
                ('household', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='kits', to='register.household')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='packed', to='supplies.packorder')),
                ('packed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='command.member')),
                ('place', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='kit', to='supplies.location')),
            ],
            options={
                'ordering': ['order_id', 'number'],
            },
        ),
        migrations.CreateModel(
            name='KitLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client_id', models.UUIDField(unique=True)),
                ('act', models.UUIDField(db_index=True)),
                ('packs', models.PositiveIntegerField()),
                ('counts_for', models.PositiveIntegerField()),
                ('reason', models.CharField(blank=True, max_length=240)),
                ('put_at', models.DateTimeField()),
                ('out_at', models.DateTimeField(blank=True, null=True)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='put_in', to='supplies.packline')),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='in_kits', to='supplies.lot')),
                ('put_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='command.member')),
                ('kit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='supplies.packedkit')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddConstraint(
            model_name='packedkit',
            constraint=models.UniqueConstraint(fields=('order', 'number'), name='kit_number_once'),
        ),
    ]
