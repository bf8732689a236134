
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('scoring', '0002_lean'),
    ]

    operations = [
        migrations.AddField(
            model_name='itemscore',
            name='seconds',
            field=models.PositiveSmallIntegerField(help_text="How long the item was before the candidate's eyes; empty where the page could not tell.", null=True),
        ),
        migrations.AddField(
            model_name='itemscore',
            name='sight',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, help_text='1 when its candidate saw the item for the first time, 2 the second, …'),
        ),
        migrations.AddField(
            model_name='keycorrection',
            name='effect',
            field=models.JSONField(default=dict, help_text='What it changed, as it was counted when it was done.'),
        ),
        migrations.AddField(
            model_name='score',
            name='correction',
            field=models.ForeignKey(help_text='Why it was scored again', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='scoring.keycorrection'),
        ),
    ]
