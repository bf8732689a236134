"""The standard error of a published form's cut is frozen with the cut."""

from importlib import import_module

from django.db import migrations

_BEFORE = import_module("apps.exams.migrations.0002_freeze").FREEZE
_FUNCTION = _BEFORE[: _BEFORE.index("CREATE FUNCTION exams_refuse_frozen_part")].replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)
_WITH_ERROR = _FUNCTION.replace("OLD.cut_evidence)", "OLD.cut_evidence, OLD.cut_se)").replace(
    "NEW.cut_evidence)", "NEW.cut_evidence, NEW.cut_se)"
)


class Migration(migrations.Migration):
    """The trigger's function again, with one more column."""

    dependencies = [("exams", "0004_drill")]

    operations = [migrations.RunSQL(_WITH_ERROR, _FUNCTION)]
