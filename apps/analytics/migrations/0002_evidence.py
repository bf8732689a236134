
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0001_initial'),
        ('bank', '0002_evidence'),
        ('scoring', '0003_evidence'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # Nothing was ever written to these; they are made anew in another shape.
        migrations.DeleteModel('Mastery'),
        migrations.DeleteModel('Prediction'),
        migrations.DeleteModel('Calibration'),
        migrations.DeleteModel('StatisticDelta'),
        migrations.CreateModel(
            name='FoldedScore',
            fields=[
                ('score', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='scoring.score')),
            ],
        ),
        migrations.AddField(
            model_name='itemstatistic',
            name='n_timed',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='itemstatistic',
            name='sum_seconds',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='outcome',
            name='domains',
            field=models.JSONField(blank=True, default=dict, help_text='By number of the domain: whether it met the competencies.'),
        ),
        migrations.CreateModel(
            name='Calibration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text='Counts the runs of a certification from 1.')),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('progress', models.PositiveSmallIntegerField(default=0, help_text='Percent of the run that is done.')),
                ('error', models.TextField(blank=True)),
                ('response_count', models.BigIntegerField(default=0)),
                ('person_count', models.BigIntegerField(default=0)),
                ('item_count', models.PositiveIntegerField(default=0)),
                ('log_likelihood', models.FloatField(null=True)),
                ('parameters', models.JSONField(default=dict, help_text='By item version: [slope a, intercept d, their standard errors, responses].')),
                ('hyperparameters', models.JSONField(default=dict, help_text='Of the mastery model: mean and spreads, in logits.')),
                ('certification', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calibrations', to='bank.certification')),
            ],
            options={
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='Mastery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('n', models.PositiveIntegerField(help_text='First-exposure answers that it rests on.')),
                ('readiness_low', models.FloatField(null=True)),
                ('readiness', models.FloatField(help_text='Probability to pass a new form; empty under twenty answers.', null=True)),
                ('readiness_high', models.FloatField(null=True)),
                ('body', models.JSONField(default=dict)),
                ('computed_at', models.DateTimeField()),
                ('calibration', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='analytics.calibration')),
                ('certification', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='bank.certification')),
                ('learner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mastery', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Prediction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField()),
                ('n', models.PositiveIntegerField(help_text='First-exposure answers that it rests on.')),
                ('low', models.FloatField()),
                ('probability', models.FloatField()),
                ('high', models.FloatField()),
                ('calibration', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='analytics.calibration')),
                ('certification', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='bank.certification')),
                ('learner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='predictions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-made_at'],
            },
        ),
        migrations.CreateModel(
            name='StatisticDelta',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('score', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='statistic_delta', to='scoring.score')),
            ],
        ),
        migrations.AddConstraint(
            model_name='calibration',
            constraint=models.UniqueConstraint(fields=('certification', 'number'), name='analytics_calibration_number'),
        ),
        migrations.AddConstraint(
            model_name='mastery',
            constraint=models.UniqueConstraint(fields=('learner', 'certification'), name='analytics_mastery_once'),
        ),
        migrations.AddConstraint(
            model_name='mastery',
            constraint=models.CheckConstraint(condition=models.Q(('readiness', None), models.Q(('readiness_low__gte', 0), ('readiness_low__lte', models.F('readiness')), ('readiness__lte', models.F('readiness_high')), ('readiness_high__lte', 1)), _connector='OR'), name='analytics_mastery_interval'),
        ),
        migrations.AddIndex(
            model_name='prediction',
            index=models.Index(fields=['learner', 'certification', 'made_at'], name='analytics_prediction_history'),
        ),
    ]
