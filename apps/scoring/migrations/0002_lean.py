import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# Django cannot change a primary key, so the table is changed here and the state beside it.
_ITEMS = """
ALTER TABLE scoring_itemscore DROP CONSTRAINT scoring_itemscore_once;
ALTER TABLE scoring_itemscore DROP COLUMN id;
ALTER TABLE scoring_itemscore ADD PRIMARY KEY (score_id, form_item_id);
"""
_KEYS = """
UPDATE scoring_score SET key_ids = ARRAY(
    SELECT value::bigint FROM jsonb_each_text(key_revisions) ORDER BY key::int
)
"""


class Migration(migrations.Migration):
    dependencies = [("scoring", "0001_initial"), ("exams", "0002_freeze")]

    operations = [
        migrations.AlterField(
            "itemscore",
            "score",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="items", to="scoring.score"
            ),
        ),
        migrations.AlterField(
            "itemscore",
            "form_item",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exams.formitem"
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_ITEMS)],
            state_operations=[
                migrations.DeleteModel("ItemScore"),
                migrations.CreateModel(
                    name="ItemScore",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "score_id",
                                "form_item_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("credit", models.PositiveSmallIntegerField(help_text="Thousandths, 0 to 1000.")),
                        ("is_answered", models.BooleanField()),
                        (
                            "form_item",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exams.formitem",
                            ),
                        ),
                        (
                            "score",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="items",
                                to="scoring.score",
                            ),
                        ),
                    ],
                ),
            ],
        ),
        migrations.AlterField(
            "domainscore",
            "score",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="domains", to="scoring.score"
            ),
        ),
        migrations.AlterField(
            "domainscore",
            "domain",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="bank.domain"
            ),
        ),
        migrations.AddField(
            "score",
            "key_ids",
            django.contrib.postgres.fields.ArrayField(
                models.BigIntegerField(), default=list, help_text="The key revision of each item, in the order of the form."
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(_KEYS),
        migrations.RemoveField("score", "key_revisions"),
    ]
