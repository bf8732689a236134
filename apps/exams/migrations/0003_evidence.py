
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exams', '0002_freeze'),
    ]

    operations = [
        migrations.AddField(
            model_name='blueprint',
            name='cut_se',
            field=models.DecimalField(decimal_places=4, help_text='Standard error of the cut, where one can be stated.', max_digits=5, null=True),
        ),
        migrations.AddField(
            model_name='form',
            name='cut_se',
            field=models.DecimalField(decimal_places=4, help_text='Standard error of the cut, where one can be stated.', max_digits=5, null=True),
        ),
    ]
