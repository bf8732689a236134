from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bank', '0003_problems'),
    ]

    operations = [
        migrations.AlterField(
            model_name='key',
            name='treatment',
            field=models.CharField(choices=[('scored', 'Scored by the policy'), ('credited', 'Full credit for everybody'), ('dropped', 'Left out of the score')], default='scored', max_length=8),
        ),
    ]
