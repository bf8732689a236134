"""The report of an attempt as JSON: the figures of the page, each with its n or interval. Proportions are 0 to 1."""

from typing import Any

from rest_framework import serializers

Base = serializers.Serializer[Any]


class IntervalSerializer(Base):
    """A 90 % interval."""

    low = serializers.FloatField()
    high = serializers.FloatField()


class ShareSerializer(Base):
    """k of n with the interval of the share. `is_enough`: whether n suffices to compare."""

    k = serializers.IntegerField()
    n = serializers.IntegerField()
    interval = IntervalSerializer()
    is_enough = serializers.BooleanField()


class SpentSerializer(Base):
    """Median seconds per item over n items that were looked at."""

    n = serializers.IntegerField()
    median = serializers.FloatField(allow_null=True)
    is_enough = serializers.BooleanField()


class AreaRefSerializer(Base):
    """An area that a drill can be made of: post `area`, as kind/code, to /practice/<certification>/drill/."""

    certification = serializers.CharField()
    kind = serializers.CharField()
    code = serializers.CharField()


class StepSerializer(Base):
    """One thing to do next, and why: review (from `position` on), drill or sit."""

    kind = serializers.CharField()
    words = serializers.CharField()
    why = serializers.CharField()
    position = serializers.IntegerField(allow_null=True)
    drill = AreaRefSerializer(allow_null=True)
    assignment = serializers.UUIDField(allow_null=True)


class BandSerializer(Base):
    """A domain's proportion right with its interval, and where that lies against the cut: strong, weak or open."""

    label = serializers.CharField()  # type: ignore[assignment] # a field of the data, not the label of the serializer
    evidence = serializers.CharField()
    low = serializers.FloatField()
    point = serializers.FloatField()
    high = serializers.FloatField()
    band = serializers.CharField()
    note = serializers.CharField()


class MasteredSerializer(Base):
    """What is believed of an area: the share that would be right, 5 to 95 %, and its worth in readiness."""

    low = serializers.FloatField()
    mean = serializers.FloatField()
    high = serializers.FloatField()
    label = serializers.CharField()  # type: ignore[assignment] # a field of the data, not the label of the serializer
    gain = serializers.FloatField(allow_null=True)


class StudySerializer(Base):
    """What to read again after a missed item, where its key may be seen; references are [title, address]."""

    item = serializers.CharField()
    takeaway = serializers.CharField()
    references = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))


class WeakAreaSerializer(Base):
    """An area with its evidence; `loss` is percentage points against the cut."""

    code = serializers.CharField()
    title = serializers.CharField()
    n = serializers.IntegerField()
    right = serializers.IntegerField()
    low = serializers.FloatField(source="dot.low")
    high = serializers.FloatField(source="dot.high")
    band = serializers.CharField(source="dot.band")
    is_ranked = serializers.BooleanField()
    loss = serializers.FloatField()
    reason = serializers.CharField()
    mastery = MasteredSerializer(allow_null=True)
    drill = AreaRefSerializer()
    study = StudySerializer(many=True)


class WeakAreasSerializer(Base):
    """The weak areas: the ranked objectives, those with too few answers, and the topics with a missed item."""

    answers = serializers.IntegerField()
    attempts = serializers.IntegerField()
    seen_before = serializers.IntegerField()
    ranked = WeakAreaSerializer(many=True)
    unranked = WeakAreaSerializer(many=True)
    topics = WeakAreaSerializer(many=True)


class BlindSerializer(Base):
    """The score after blind review and the net gain in items with its interval, null where it may not be told."""

    scaled = serializers.IntegerField()
    scaled_low = serializers.IntegerField()
    scaled_high = serializers.IntegerField()
    changed = serializers.IntegerField(allow_null=True)
    gained = serializers.IntegerField(allow_null=True)
    net = serializers.IntegerField(allow_null=True)
    net_low = serializers.FloatField(allow_null=True)
    net_high = serializers.FloatField(allow_null=True)
    is_difference = serializers.BooleanField()
    words = serializers.CharField()


class SightsSerializer(Base):
    """Right among new items less right among seen ones; the shares are null unless both suffice."""

    new = serializers.SerializerMethodField()
    seen = serializers.SerializerMethodField()
    gap = IntervalSerializer(allow_null=True)
    words = serializers.CharField()

    def get_new(self, sights: Any) -> dict[str, Any] | None:
        """Return the share of new items."""
        return ShareSerializer(sights.new).data if sights.gap else None

    def get_seen(self, sights: Any) -> dict[str, Any] | None:
        """Return the share of items seen before."""
        return ShareSerializer(sights.seen).data if sights.gap else None


class PreviousSerializer(Base):
    """This score less the one of the attempt before, with its interval; no change unless it clearly is one."""

    attempt = serializers.UUIDField()
    title = serializers.CharField()
    started_at = serializers.DateTimeField()
    scaled = serializers.IntegerField()
    scaled_low = serializers.IntegerField()
    scaled_high = serializers.IntegerField()
    gained = serializers.IntegerField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    is_change = serializers.BooleanField()
    words = serializers.CharField()


class QuarterSerializer(Base):
    """Items `first` to `last`: time each, how many of n were looked at, and how many right."""

    first = serializers.IntegerField()
    last = serializers.IntegerField()
    pace = serializers.DurationField()
    reached = serializers.IntegerField()
    n = serializers.IntegerField()
    right = ShareSerializer(allow_null=True)


class ChangeSerializer(Base):
    """Changed answers of one kind, beside the share of 33 published studies."""

    kind = serializers.CharField()
    share = ShareSerializer()
    base_rate = serializers.FloatField()


class JudgedSerializer(Base):
    """What needs the key: null as a whole while that may not be seen."""

    on_right = SpentSerializer()
    on_wrong = SpentSerializer()
    changes = ChangeSerializer(many=True, source="change_rows")
    net_change = serializers.IntegerField(source="changes.net")
    flagged_wrong = ShareSerializer()
    unflagged_wrong = ShareSerializer()
    confidence = serializers.SerializerMethodField()
    sure_but_wrong = serializers.ListField(child=serializers.IntegerField())

    def get_confidence(self, judged: Any) -> dict[str, dict[str, Any]]:
        """Return right among the items marked sure, unsure and guess."""
        return {word: ShareSerializer(right).data for word, right in judged.confidence}


class SittingSerializer(Base):
    """How the attempt was sat; without single times, `is_timed` is false and nothing about pace is told."""

    is_timed = serializers.BooleanField()
    with_pauses = serializers.BooleanField()
    quarters = QuarterSerializer(many=True)
    rushed = serializers.ListField(child=serializers.DurationField(), allow_null=True)
    unreached = serializers.IntegerField()
    judged = JudgedSerializer(allow_null=True)


class MissedKindSerializer(Base):
    """A kind of requirement: n answered items state it, `misses` were answered with what breaks it."""

    kind = serializers.CharField()
    misses = serializers.IntegerField()
    n = serializers.IntegerField()
    interval = IntervalSerializer()
    is_enough = serializers.BooleanField()
    positions = serializers.ListField(child=serializers.IntegerField())
    examples = serializers.ListField(child=serializers.CharField())


class ScoreChangeSerializer(Base):
    """What a correction of a question did to the score; under "only if higher" a lower result does not count."""

    corrected_at = serializers.DateTimeField(source="correction.made_at")
    scaled_before = serializers.IntegerField(source="before.scaled")
    passed_before = serializers.BooleanField(source="before.passed")
    scaled_after = serializers.IntegerField(source="after.scaled")
    passed_after = serializers.BooleanField(source="after.passed")
    counts = serializers.BooleanField()


class ReportSerializer(Base):
    """The report of an attempt of mine. A null part is owed, may not be told now, or is not there."""

    attempt = serializers.UUIDField(source="score.attempt.uuid")
    headline = serializers.CharField()
    verdict = serializers.CharField()
    precision = serializers.CharField()
    cut = serializers.CharField(source="cut_words")
    scaled = serializers.IntegerField(source="score.scaled")
    scaled_low = serializers.IntegerField(source="score.scaled_low")
    scaled_high = serializers.IntegerField(source="score.scaled_high")
    passed = serializers.BooleanField(source="score.passed")
    cut_evidence = serializers.CharField(source="score.cut_evidence")
    lede = serializers.CharField()
    steps = StepSerializer(many=True)
    finding = serializers.CharField()
    domains = BandSerializer(many=True)
    weak_areas = WeakAreasSerializer(allow_null=True, source="weak")
    previous = PreviousSerializer(allow_null=True)
    blind = BlindSerializer(allow_null=True)
    sights = SightsSerializer()
    sitting = SittingSerializer()
    requirements = MissedKindSerializer(many=True, allow_null=True)
    may_review = serializers.BooleanField()
    corrections = ScoreChangeSerializer(many=True, source="changes")
    answers_digest = serializers.CharField()
    digest = serializers.CharField(source="score.digest")
