"""The shapes of the API. Every field is named; an unknown field is an error (S-08)."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from apps.analytics.queries.review import Review, ReviewRow
from apps.analytics.queries.statistics import Peers
from apps.bank.models import Certification, Domain, Reference
from apps.delivery.models import Assignment, Attempt
from apps.delivery.queries import PaperItem, PaperOption
from apps.exams.models import Form
from apps.scoring.models import DomainScore, Score
from apps.scoring.queries import ReviewedOption


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know: a misspelt one would otherwise be lost without a word."""

    def to_internal_value(self, data: Mapping[str, Any]) -> Any:
        """Validate, unknown fields first."""
        if isinstance(data, Mapping) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError({name: ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)


class DomainSerializer(serializers.ModelSerializer[Domain]):
    """A weighted domain."""

    class Meta:
        model = Domain
        fields = ["number", "slug", "title", "weight"]


class CertificationSerializer(serializers.ModelSerializer[Certification]):
    """A certification with the terms of its real exam."""

    domains = DomainSerializer(many=True)

    class Meta:
        model = Certification
        fields = [
            "code", "title", "provider", "time_limit", "scale_min", "scale_max", "pass_mark", "cut", "domains",
        ]  # fmt: skip


class FormSerializer(serializers.ModelSerializer[Form]):
    """A published form: its terms and size, never its items, keys or pilots."""

    certification = serializers.SlugRelatedField[Certification](
        source="blueprint.certification", slug_field="code", read_only=True
    )
    item_count = serializers.IntegerField()

    class Meta:
        model = Form
        fields = [
            "code", "title", "certification", "item_count", "time_limit", "scale_min", "scale_max", "pass_mark", "cut",
            "cut_evidence", "published_at",
        ]  # fmt: skip


class AssignmentSerializer(serializers.ModelSerializer[Assignment]):
    """An offer to sit a form; `attempts_used` counts the attempts that I have started."""

    form = serializers.SlugRelatedField[Form](slug_field="code", read_only=True)
    attempts_used = serializers.IntegerField(read_only=True)

    class Meta:
        model = Assignment
        fields = [
            "uuid", "title", "form", "opens_at", "closes_at", "attempts_allowed", "attempts_used", "mode",
            "blind_review", "pause_allowed", "review_policy", "review_parts",
        ]  # fmt: skip


class AttemptSerializer(serializers.ModelSerializer[Attempt]):
    """An attempt of mine; time_percent, time_extra and untimed are the accommodation that applied at its start."""

    assignment = serializers.SlugRelatedField[Assignment](slug_field="uuid", read_only=True)
    form = serializers.SlugRelatedField[Form](slug_field="code", read_only=True)

    class Meta:
        model = Attempt
        fields = [
            "uuid", "assignment", "form", "started_at", "deadline_at", "submitted_at", "closed_by", "time_percent",
            "time_extra", "untimed",
        ]  # fmt: skip


class OptionSerializer(serializers.Serializer[PaperOption]):
    """An option as the attempt shows it."""

    token = serializers.CharField()
    html = serializers.CharField()
    is_chosen = serializers.BooleanField()


class PaperItemSerializer(serializers.Serializer[PaperItem]):
    """An item as the attempt shows it."""

    position = serializers.IntegerField()
    kind = serializers.CharField()
    choose = serializers.IntegerField()
    stem = serializers.CharField()
    lead_in = serializers.CharField()
    options = OptionSerializer(many=True)
    is_flagged = serializers.BooleanField()


class AttemptDetailSerializer(AttemptSerializer):
    """An attempt of mine with its paper while it is open."""

    remaining_ms = serializers.IntegerField(allow_null=True, read_only=True)
    last_seq = serializers.IntegerField(read_only=True)
    items = PaperItemSerializer(many=True, read_only=True)

    class Meta(AttemptSerializer.Meta):
        fields = [*AttemptSerializer.Meta.fields, "remaining_ms", "last_seq", "items"]


class StartSerializer(StrictSerializer):
    """Which assignment to start."""

    assignment = serializers.UUIDField()


class EventSerializer(StrictSerializer):
    """One thing done: `n` counts from 1 per client without gaps, `seq` is larger than any seq seen so far."""

    n = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    seq = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    position = serializers.IntegerField(min_value=1, max_value=32767)
    kind = serializers.CharField(max_length=12)
    value = serializers.JSONField()
    phase = serializers.ChoiceField(choices=["timed", "blind"], default="timed")


class SaveSerializer(StrictSerializer):
    """A batch of one client's events."""

    client = serializers.RegexField(r"^[A-Za-z0-9_-]{1,40}$")
    events = serializers.ListField(child=EventSerializer(), min_length=1, max_length=100)


class VerdictSerializer(serializers.Serializer[Any]):
    """What became of an event."""

    n = serializers.IntegerField()
    disposition = serializers.ChoiceField(choices=["accepted", "late", "closed", "invalid"])


class ReceiptSerializer(serializers.Serializer[Any]):
    """A verdict per event and the time left."""

    receipts = VerdictSerializer(many=True)
    seq = serializers.IntegerField()
    remaining_ms = serializers.IntegerField(allow_null=True)
    closed = serializers.BooleanField()


class SubmitSerializer(StrictSerializer):
    """The last n that each client has sent."""

    clients = serializers.DictField(child=serializers.IntegerField(min_value=0, max_value=2**31 - 1), default=dict)


class DomainScoreSerializer(serializers.ModelSerializer[DomainScore]):
    """A domain's share of a score with its 90 % interval."""

    domain = serializers.SlugRelatedField[Domain](slug_field="slug", read_only=True)

    class Meta:
        model = DomainScore
        fields = ["domain", "weight", "item_count", "credit", "low", "high", "band"]


class ScoreSerializer(serializers.ModelSerializer[Score]):
    """A score of mine: scaled, with its 90 % interval and the evidence level of its cut."""

    attempt = serializers.SlugRelatedField[Attempt](slug_field="uuid", read_only=True)
    domains = DomainScoreSerializer(many=True)

    class Meta:
        model = Score
        fields = [
            "attempt", "kind", "revision", "scaled", "scaled_low", "scaled_high", "passed", "cut_evidence",
            "item_count",
            "answered_count", "digest", "scored_at", "domains",
        ]  # fmt: skip


class ReferenceSerializer(serializers.Serializer[Reference]):
    """An official page that a key rests on, with the day on which it was last checked."""

    title = serializers.CharField()
    url = serializers.URLField()
    checked = serializers.DateField()


class ReviewedOptionSerializer(serializers.Serializer[ReviewedOption]):
    """An option after the attempt; null or empty is what the review leaves out."""

    token = serializers.CharField(source="shown.token")
    html = serializers.CharField(source="shown.html")
    is_chosen = serializers.BooleanField(source="shown.is_chosen")
    is_keyed = serializers.BooleanField(source="keyed.is_keyed", allow_null=True)
    rationale = serializers.CharField(source="keyed.rationale", allow_null=True)
    mistake = serializers.CharField(source="keyed.mistake")
    violated = serializers.ListField(source="keyed.violated", child=serializers.CharField())


class PeersSerializer(serializers.Serializer[Peers]):
    """What people chose at their first sight of the item in an exam: `n` of them, at least 10, and by option token."""

    n = serializers.IntegerField()
    chosen = serializers.DictField(child=serializers.IntegerField())


class ReviewedItemSerializer(serializers.Serializer[ReviewRow]):
    """An item after the attempt; null or empty is what the review leaves out, and `peers` also while they are few."""

    position = serializers.IntegerField()
    kind = serializers.CharField(source="item.shown.kind")
    choose = serializers.IntegerField(source="item.shown.choose")
    stem = serializers.CharField(source="item.shown.stem")
    lead_in = serializers.CharField(source="item.shown.lead_in")
    objective = serializers.CharField(source="item.keyed.objective")
    is_scored = serializers.BooleanField(source="item.keyed.is_scored")
    is_right = serializers.BooleanField(source="item.is_right", allow_null=True)
    is_flagged = serializers.BooleanField(source="item.shown.is_flagged")
    confidence = serializers.CharField(source="item.shown.confidence")
    seconds = serializers.IntegerField(source="item.seconds", allow_null=True)
    sight = serializers.IntegerField(source="item.sight")
    path = serializers.ListField(source="item.path", child=serializers.CharField())
    takeaway = serializers.CharField(source="item.keyed.takeaway", allow_null=True)
    references = ReferenceSerializer(source="item.keyed.references", many=True)
    options = ReviewedOptionSerializer(source="item.options", many=True)
    peers = PeersSerializer(allow_null=True)


class ReviewSerializer(serializers.Serializer[Review]):
    """The review of an attempt of mine; `parts` is what it may show."""

    parts = serializers.ListField(child=serializers.ChoiceField(choices=Assignment.ReviewPart.choices))
    items = ReviewedItemSerializer(source="rows", many=True)


class ReasonSerializer(serializers.Serializer[Any]):
    """Something that is not as it should be; `since` is empty where it is not known."""

    code = serializers.CharField()
    level = serializers.ChoiceField(choices=["failed", "degraded", "note"])
    message = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)


class CountsSerializer(serializers.Serializer[Any]):
    """What is under way, owed and failed now."""

    open_attempts = serializers.IntegerField()
    overdue_attempts = serializers.IntegerField()
    owed_scores = serializers.IntegerField()
    owed_reports = serializers.IntegerField()
    failed_scores = serializers.IntegerField()
    failed_reports = serializers.IntegerField()
    open_findings = serializers.IntegerField()
    outages = serializers.IntegerField()


class StatusSerializer(serializers.Serializer[Any]):
    """Whether all is well, and why not. `failed`: exams cannot be trusted; `degraded`: they go on, but look."""

    status = serializers.ChoiceField(choices=["ok", "degraded", "failed"])
    version = serializers.CharField()
    reasons = ReasonSerializer(many=True)
    counts = CountsSerializer(allow_null=True)
    last_beats = serializers.DictField(child=serializers.DateTimeField(), allow_null=True)
