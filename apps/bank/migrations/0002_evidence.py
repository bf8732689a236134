
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bank', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='itemreport',
            name='replied_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='key',
            name='map_high',
            field=models.DecimalField(decimal_places=4, default=1, help_text='Sum that is full credit.', max_digits=7),
        ),
        migrations.AddField(
            model_name='key',
            name='map_low',
            field=models.DecimalField(decimal_places=4, default=0, help_text='Least sum of mapped values.', max_digits=7),
        ),
        migrations.AddField(
            model_name='key',
            name='treatment',
            field=models.CharField(choices=[('scored', 'Scored by the policy'), ('credited', 'Full credit for everybody'), ('dropped', 'Left out of the score')], default='scored', max_length=8),
        ),
        migrations.AddField(
            model_name='keyoption',
            name='value',
            field=models.DecimalField(decimal_places=4, help_text='What choosing it adds under the policy mapped.', max_digits=7, null=True),
        ),
        migrations.AlterField(
            model_name='key',
            name='policy',
            field=models.CharField(choices=[('exact', 'All or nothing'), ('net_correct', 'Right choices less wrong ones'), ('each_answer', 'Each option by itself'), ('coverage', 'Share of the key that is covered'), ('mapped', 'A value for each option')], default='exact', max_length=12),
        ),
    ]
