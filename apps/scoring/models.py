"""Scores and what is owed."""

from fractions import Fraction

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.models import User
from apps.bank.models import Domain, Key
from apps.delivery.models import Assignment, Attempt
from apps.exams.models import Evidence, FormItem


class Job(models.Model):
    """Work that is owed. The row goes when it is done; `tries` is committed before each try (R-19)."""

    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True


class ScoreJob(Job):
    """A score that is owed."""

    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, related_name="score_job")

    def __str__(self) -> str:
        return f"{self.attempt} ({self.tries})"


class ScoreQuerySet(models.QuerySet["Score"]):
    """Named sets of scores."""

    def standing(self) -> "ScoreQuerySet":
        """Scores of both kinds that no later revision has replaced."""
        return self.filter(superseded_at=None)

    def current(self) -> "ScoreQuerySet":
        """The scores that count: of the timed phase, not replaced."""
        return self.standing().filter(kind=Score.Kind.TIMED)

    def exams(self) -> "ScoreQuerySet":
        """The scores that statistics of exams rest on: what counts, practice left out."""
        return self.current().filter(attempt__assignment__mode=Assignment.Mode.EXAM)

    def blind(self) -> "ScoreQuerySet":
        """What blind review would have made of it; for learning, never for passing."""
        return self.standing().filter(kind=Score.Kind.BLIND)


class Score(models.Model):
    """What an attempt was worth under one set of key revisions. Never edited; a re-score adds a revision."""

    class Kind(models.TextChoices):
        """Which phase of the attempt was scored."""

        TIMED = "timed", "Timed"
        BLIND = "blind", "Blind review"

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="scores")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TIMED)
    revision = models.PositiveIntegerField(default=1)
    numerator = models.DecimalField(max_digits=60, decimal_places=0)
    denominator = models.DecimalField(max_digits=60, decimal_places=0)
    item_count = models.PositiveSmallIntegerField(help_text="Scored items that the score rests on.")
    answered_count = models.PositiveSmallIntegerField(help_text="How many of them have an answer.")
    scaled = models.PositiveSmallIntegerField()
    scaled_low = models.PositiveSmallIntegerField(help_text="Lower end of the 90 % interval.")
    scaled_high = models.PositiveSmallIntegerField(help_text="Upper end of the 90 % interval.")
    passed = models.BooleanField()
    cut_evidence = models.CharField(max_length=2, choices=Evidence)
    engine_version = models.PositiveSmallIntegerField()
    key_ids = ArrayField(models.BigIntegerField(), help_text="The key revision of each item, in the order of the form.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the engine's inputs and outputs.")
    scored_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    correction = models.ForeignKey(
        "KeyCorrection",
        null=True,
        on_delete=models.PROTECT,
        related_name="scores",
        help_text="Why it was scored again",
    )

    objects = ScoreQuerySet.as_manager()

    class Meta:
        ordering = ["-scored_at"]
        constraints = [
            # Two workers with one message would both insert a score.
            models.UniqueConstraint(fields=["attempt", "kind", "revision"], name="scoring_score_revision"),
            models.UniqueConstraint(
                fields=["attempt", "kind"], condition=models.Q(superseded_at=None), name="scoring_score_one_current"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scaled} ({self.scaled_low} to {self.scaled_high})"

    @property
    def raw(self) -> Fraction:
        """The exact domain-weighted proportion that pass or fail was decided on."""
        return Fraction(int(self.numerator), int(self.denominator))


class Band(models.TextChoices):
    """Where an interval lies against the cut."""

    STRONG = "strong", "Strong"
    WEAK = "weak", "Weak"
    OPEN = "open", "Not enough evidence"


class DomainScore(models.Model):
    """A domain's share of a score, as proportions of its scored items with a 90 % interval."""

    # The pair's own index begins with the score.
    score = models.ForeignKey(Score, on_delete=models.CASCADE, related_name="domains", db_index=False)
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="+", db_index=False)
    weight = models.PositiveSmallIntegerField()
    item_count = models.PositiveSmallIntegerField()
    credit = models.PositiveIntegerField(help_text="Sum of item credits in thousandths.")
    low = models.FloatField()
    high = models.FloatField()
    band = models.CharField(max_length=8, choices=Band)

    class Meta:
        ordering = ["domain__number"]
        constraints = [
            models.UniqueConstraint(fields=["score", "domain"], name="scoring_domainscore_once"),
        ]

    def __str__(self) -> str:
        return f"{self.domain}: {self.credit} of {self.item_count}000"

    @property
    def proportion(self) -> float:
        """Credit earned over credit possible, 0 to 1."""
        return self.credit / (1000 * self.item_count)


class ItemScore(models.Model):
    """The credit of one item of an attempt, pilots included; `form_item.is_scored` tells which count.

    There are 75 of them for each score, so the table has no key but the pair, and no index that nobody asks.
    """

    pk = models.CompositePrimaryKey("score_id", "form_item_id")
    score = models.ForeignKey(Score, on_delete=models.CASCADE, related_name="items", db_index=False)
    form_item = models.ForeignKey(FormItem, on_delete=models.PROTECT, related_name="+", db_index=False)
    credit = models.PositiveSmallIntegerField(help_text="Thousandths, 0 to 1000.")
    is_answered = models.BooleanField()
    sight = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="1 when its candidate saw the item for the first time, 2 the second, …"
    )
    seconds = models.PositiveSmallIntegerField(
        null=True, help_text="How long the item was before the candidate's eyes; empty where the page could not tell."
    )

    def __str__(self) -> str:
        return f"{self.form_item}: {self.credit}"


class KeyCorrection(models.Model):
    """Why scores changed: the step from one key revision to another and how attempts were treated."""

    class Action(models.TextChoices):
        """What the correction does to the item."""

        REKEY = "rekey", "Score with the new key"
        CREDIT_ALL = "credit", "Credit everybody"
        DROP = "drop", "Leave the item out"

    old_key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="+")
    new_key = models.ForeignKey(Key, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=8, choices=Action)
    only_if_higher = models.BooleanField(default=True)
    reason = models.TextField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    effect = models.JSONField(default=dict, help_text="What it changed, as it was counted when it was done.")

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            # Two who correct the same key at once would otherwise both believe that theirs holds.
            models.UniqueConstraint(fields=["old_key"], name="scoring_keycorrection_once"),
        ]

    def __str__(self) -> str:
        return f"{self.old_key} {self.action}"


class RescoreJob(Job):
    """An attempt that a correction has still to reach."""

    correction = models.ForeignKey(KeyCorrection, on_delete=models.CASCADE, related_name="jobs")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="rescore_jobs")

    class Meta:
        constraints = [
            # Owed twice, an attempt would be counted twice in what the correction changed.
            models.UniqueConstraint(fields=["correction", "attempt"], name="scoring_rescorejob_once"),
        ]

    def __str__(self) -> str:
        return f"{self.correction}: {self.attempt} ({self.tries})"


class ChangeNotice(models.Model):
    """That a candidate has not yet been told of a score which a correction changed; the report takes the row away."""

    score = models.OneToOneField(Score, primary_key=True, on_delete=models.CASCADE, related_name="change_notice")

    def __str__(self) -> str:
        return f"{self.score}"
