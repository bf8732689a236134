"""What stands on a published form cannot change, whoever asks: a score must mean later what it meant when given."""

from django.db import migrations

FREEZE = """
CREATE FUNCTION exams_refuse_frozen_form() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' OR NEW.state = 'draft'
        OR (OLD.code, OLD.uuid, OLD.blueprint_id, OLD.seed, OLD.published_at, OLD.time_limit, OLD.scale_min,
            OLD.scale_max, OLD.pass_mark, OLD.cut, OLD.cut_evidence)
        IS DISTINCT FROM
           (NEW.code, NEW.uuid, NEW.blueprint_id, NEW.seed, NEW.published_at, NEW.time_limit, NEW.scale_min,
            NEW.scale_max, NEW.pass_mark, NEW.cut, NEW.cut_evidence)
    THEN
        RAISE EXCEPTION 'form % is published and frozen', OLD.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION exams_refuse_frozen_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    frozen text;
BEGIN
    SELECT code INTO frozen FROM exams_form
    WHERE id IN (COALESCE(OLD.form_id, NEW.form_id), COALESCE(NEW.form_id, OLD.form_id)) AND state <> 'draft' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'form % is published and frozen', frozen USING ERRCODE = 'check_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;

CREATE TRIGGER exams_form_frozen BEFORE UPDATE OR DELETE ON exams_form
    FOR EACH ROW EXECUTE FUNCTION exams_refuse_frozen_form();
CREATE TRIGGER exams_formitem_frozen BEFORE INSERT OR UPDATE OR DELETE ON exams_formitem
    FOR EACH ROW EXECUTE FUNCTION exams_refuse_frozen_part();
CREATE TRIGGER exams_formdomain_frozen BEFORE INSERT OR UPDATE OR DELETE ON exams_formdomain
    FOR EACH ROW EXECUTE FUNCTION exams_refuse_frozen_part();
"""

THAW = """
DROP TRIGGER exams_formdomain_frozen ON exams_formdomain;
DROP TRIGGER exams_formitem_frozen ON exams_formitem;
DROP TRIGGER exams_form_frozen ON exams_form;
DROP FUNCTION exams_refuse_frozen_part;
DROP FUNCTION exams_refuse_frozen_form;
"""


class Migration(migrations.Migration):
    """Triggers, because a frozen form is a fact about rows and not about the code that happens to write them."""

    dependencies = [("exams", "0001_initial")]

    operations = [migrations.RunSQL(FREEZE, THAW)]
