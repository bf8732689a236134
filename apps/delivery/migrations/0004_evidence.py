
import apps.delivery.models
import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0003_own_time'),
    ]

    operations = [
        migrations.AddField(
            model_name='assignment',
            name='review_parts',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('correctness', 'Whether each answer was right'), ('key', 'Which options are keyed'), ('rationale', 'The reasons, takeaways and references'), ('peers', 'What others chose')], max_length=12), blank=True, default=apps.delivery.models.all_review_parts, size=None),
        ),
        migrations.AddField(
            model_name='responseevent',
            name='ago',
            field=models.IntegerField(db_default=0, default=0, help_text='Milliseconds before its arrival that the page recorded it.'),
        ),
    ]
