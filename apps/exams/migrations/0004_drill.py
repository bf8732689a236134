from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0003_evidence'),
    ]

    operations = [
        migrations.AddField(
            model_name='form',
            name='is_drill',
            field=models.BooleanField(db_default=False, default=False, help_text='A few items of one area for one person, apart from the blueprint.'),
        ),
    ]
