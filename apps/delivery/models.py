"""Assignments, attempts and the journal."""

import uuid
from datetime import date, datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from apps.accounts.models import Cohort, User
from apps.delivery.clock import OwnTime
from apps.exams.models import Blueprint, Form

CONFIDENCES = (("sure", "Sure"), ("unsure", "Unsure"), ("guess", "A guess"))


def all_review_parts() -> list[str]:
    """Return every part of the review."""
    return list(Assignment.ReviewPart.values)


class Assignment(models.Model):
    """An offer to sit a form: to whom, when, how often, and what may be seen afterwards."""

    class Audience(models.TextChoices):
        """Who may start."""

        EVERYONE = "everyone", "Everyone"
        COHORTS = "cohorts", "Cohorts"
        PEOPLE = "people", "Named people"

    class Mode(models.TextChoices):
        """Under which rules it is sat."""

        EXAM = "exam", "Exam"
        PRACTICE = "practice", "Practice"

    class ReviewPolicy(models.TextChoices):
        """When key and rationales may be seen."""

        AFTER_SUBMIT = "submit", "After the attempt"
        AFTER_WINDOW = "window", "After the window closes"
        NEVER = "never", "Never"

    class ReviewPart(models.TextChoices):
        """What the review of the items shows once the policy opens it."""

        CORRECTNESS = "correctness", "Whether each answer was right"
        KEY = "key", "Which options are keyed"
        RATIONALE = "rationale", "The reasons, takeaways and references"
        PEERS = "peers", "What others chose"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(max_length=160)
    form = models.ForeignKey(Form, null=True, on_delete=models.PROTECT, related_name="assignments")
    blueprint = models.ForeignKey(Blueprint, null=True, on_delete=models.PROTECT, related_name="assignments")
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.EVERYONE)
    cohorts: "models.ManyToManyField[Cohort, models.Model]" = models.ManyToManyField(
        Cohort, blank=True, related_name="+"
    )
    people: "models.ManyToManyField[User, models.Model]" = models.ManyToManyField(User, blank=True, related_name="+")
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    attempts_allowed = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: any number.")
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.EXAM)
    blind_review = models.BooleanField(default=False)
    pause_allowed = models.BooleanField(default=False)
    review_policy = models.CharField(max_length=10, choices=ReviewPolicy, default=ReviewPolicy.AFTER_SUBMIT)
    review_parts = ArrayField(models.CharField(max_length=12, choices=ReviewPart), default=all_review_parts, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            # Neither or both would leave open which items are sat.
            models.CheckConstraint(
                condition=models.Q(form__isnull=True) ^ models.Q(blueprint__isnull=True),
                name="delivery_assignment_one_source",
            ),
            models.CheckConstraint(
                condition=models.Q(opens_at=None)
                | models.Q(closes_at=None)
                | models.Q(opens_at__lt=models.F("closes_at")),
                name="delivery_assignment_window",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Accommodation(models.Model):
    """More time for one person, everywhere or on one assignment (W-01)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="accommodations")
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.CASCADE, related_name="accommodations")
    percent = models.PositiveSmallIntegerField(
        default=100, help_text="100 is the form's own time, 150 half as much again."
    )
    extra = models.DurationField(default=timedelta(0))
    untimed = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            # Two rows for one person and assignment would make the time depend on which is read first.
            models.UniqueConstraint(
                fields=["user", "assignment"], nulls_distinct=False, name="delivery_accommodation_once"
            ),
            models.CheckConstraint(
                condition=models.Q(percent__range=(100, 400)), name="delivery_accommodation_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.percent} %"

    def own_time(self, limit: timedelta) -> OwnTime:
        """Return the time that this gives on a form with this limit."""
        return OwnTime(limit, self.percent, self.extra, self.untimed)

    @property
    def words(self) -> str:
        """What it does to a form's own time."""
        return self.own_time(timedelta(0)).change or "the form's own time"

    @property
    def on_its_form(self) -> OwnTime | None:
        """The time on the form of its assignment; None for a general one."""
        form = self.assignment.form if self.assignment else None
        return self.own_time(form.time_limit) if form else None


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Named sets of attempts."""

    def open(self) -> "AttemptQuerySet":
        """Attempts that have not ended."""
        return self.filter(submitted_at=None)

    def answering(self, now: "datetime | Now") -> "AttemptQuerySet":
        """Open attempts that can still be answered: in the time that was promised, untimed, or in blind review."""
        in_time = models.Q(deadline_at__gt=now) | models.Q(deadline_at=None, paused_left=None)
        return self.open().filter(models.Q(timed_closed_at__isnull=False) | in_time)

    def submitted(self) -> "AttemptQuerySet":
        """Attempts that have ended."""
        return self.filter(submitted_at__isnull=False)


class Attempt(models.Model):
    """One candidate's sitting of one form."""

    class ClosedBy(models.TextChoices):
        """Who ended the attempt."""

        CANDIDATE = "candidate", "You"
        CLOCK = "clock", "The clock"
        INSTRUCTOR = "instructor", "An instructor"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="attempts")
    form = models.ForeignKey(Form, on_delete=models.PROTECT, related_name="attempts")
    candidate = models.ForeignKey(User, on_delete=models.PROTECT, related_name="attempts")
    shuffle_seed = models.BigIntegerField(help_text="Orders the options of this attempt.")
    started_at = models.DateTimeField()
    deadline_at = models.DateTimeField(null=True, help_text="Empty: untimed.")
    timed_closed_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=10, choices=ClosedBy, blank=True)
    paused_left = models.DurationField(null=True, help_text="Set while paused: the time that is left.")
    # The accommodation as it was at the start: the result shows it, whatever becomes of the Accommodation (W-01).
    time_percent = models.PositiveSmallIntegerField(default=100)
    time_extra = models.DurationField(default=timedelta(0))
    untimed = models.BooleanField(default=False)
    window_cut = models.DurationField(
        default=timedelta(0), help_text="What the window's end takes from the own time; a later end gives it back."
    )

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            # Two tabs that start at once would split one sitting into two half-answered attempts.
            models.UniqueConstraint(
                fields=["assignment", "candidate"],
                condition=models.Q(submitted_at=None),
                name="delivery_attempt_one_open",
            ),
            # An attempt that ended but whose timed phase is open would still accept answers.
            models.CheckConstraint(
                condition=models.Q(submitted_at=None)
                | (models.Q(timed_closed_at__isnull=False) & ~models.Q(closed_by="")),
                name="delivery_attempt_phases",
            ),
            # A paused attempt whose deadline ran on would be closed by the clock that it stopped.
            models.CheckConstraint(
                condition=models.Q(paused_left=None) | models.Q(deadline_at=None, submitted_at=None),
                name="delivery_attempt_paused",
            ),
            # A negative cut would let a later window take time from somebody who is sitting.
            models.CheckConstraint(
                condition=models.Q(window_cut__gte=timedelta(0)) & models.Q(time_percent__range=(100, 400)),
                name="delivery_attempt_own_time",
            ),
        ]
        indexes = [
            # What the sweeper asks every few seconds.
            models.Index(
                fields=["deadline_at"], condition=models.Q(submitted_at=None), name="delivery_attempt_overdue"
            ),
            models.Index(fields=["candidate", "-started_at"], name="delivery_attempt_candidate"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def time_used(self) -> timedelta | None:
        """From start to the end of the timed phase; None while it runs."""
        return self.timed_closed_at - self.started_at if self.timed_closed_at else None

    @property
    def own_time(self) -> OwnTime:
        """The time that applied at the start, before the window's end took from it and grants added to it."""
        return OwnTime(self.form.time_limit, self.time_percent, self.time_extra, self.untimed)

    @property
    def month(self) -> date:
        """The first day of the month in which the attempt started (UTC), which its events carry."""
        return self.started_at.date().replace(day=1)

    @property
    def is_in_blind_review(self) -> bool:
        """Whether the timed phase has ended and the attempt has not."""
        return self.timed_closed_at is not None and self.submitted_at is None


class TimeGrant(models.Model):
    """Time that was added to a running attempt, and why."""

    class Kind(models.TextChoices):
        """Where the time comes from."""

        INSTRUCTOR = "instructor", "Given by an instructor"
        OUTAGE = "outage", "The server was away"
        WINDOW = "window", "The exam closes later than was planned"

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="grants")
    kind = models.CharField(max_length=10, choices=Kind)
    extra = models.DurationField()
    reason = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["made_at"]
        # What the pages ask about every quarter of a minute: who was given time lately.
        indexes = [models.Index(fields=["made_at"], name="delivery_timegrant_lately")]
        constraints = [
            models.CheckConstraint(condition=models.Q(extra__gte=timedelta(0)), name="delivery_timegrant_extra"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt}: {self.extra}"


class ResponseEvent(models.Model):
    """One thing that a candidate did, as it arrived. Rows are only ever inserted.

    `n` is dense from 1 per client, so what has arrived can be told; `seq` is a Lamport number, so what counts can be
    told: the greatest (seq, client) among accepted events of an attempt, item and kind. The item is named by its
    position on the attempt's frozen form. `attempt_month`, the first of the month in which the attempt started, leads
    the primary key so that the journal can be partitioned by it without touching a row.
    """

    class Kind(models.TextChoices):
        """What was done."""

        ANSWER = "answer", "Answer"
        FLAG = "flag", "Flag"
        STRIKE = "strike", "Struck out"
        HIGHLIGHT = "highlight", "Highlight"
        NOTE = "note", "Note"
        CONFIDENCE = "confidence", "Confidence"
        SEEN = "seen", "Seen"

    class Phase(models.TextChoices):
        """In which part of the attempt it was done."""

        TIMED = "timed", "Timed"
        BLIND = "blind", "Blind review"

    class Disposition(models.TextChoices):
        """What became of it. Only accepted events count, and nothing that arrives is thrown away."""

        ACCEPTED = "accepted", "Accepted"
        LATE = "late", "After the deadline"
        CLOSED = "closed", "After the end"
        INVALID = "invalid", "Not possible on this form"

    pk = models.CompositePrimaryKey("attempt_month", "attempt_id", "client", "n")
    attempt_month = models.DateField()
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="events", db_index=False)
    client = models.CharField(max_length=40)
    n = models.IntegerField()
    seq = models.BigIntegerField()
    position = models.SmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    value = models.JSONField()
    phase = models.CharField(max_length=8, choices=Phase)
    disposition = models.CharField(max_length=8, choices=Disposition)
    arrived_at = models.DateTimeField()
    # What a page says of its own past describes and never decides.
    ago = models.IntegerField(
        default=0, db_default=0, help_text="Milliseconds before its arrival that the page recorded it."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(n__gte=1), name="delivery_event_n"),
            models.CheckConstraint(
                condition=models.Q(disposition__in=["accepted", "late", "closed", "invalid"]),
                name="delivery_event_disposition",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.n}: {self.kind} {self.position}"


class LateAcceptance(models.Model):
    """That an instructor lets an event count that came too late (R-16). The event itself stays as it arrived."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="late_acceptances")
    client = models.CharField(max_length=40)
    n = models.IntegerField()
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "client", "n"], name="delivery_lateacceptance_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt}: {self.client} {self.n}"


class Outage(models.Model):
    """A gap in which no web process lived; the attempts then open were given its length (R-22)."""

    started_at = models.DateTimeField(unique=True)
    ended_at = models.DateTimeField()
    credited_count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M:%S} to {self.ended_at:%H:%M:%S}"


class Heartbeat(models.Model):
    """The last sign of life of a process that must never stop, such as the sweeper."""

    name = models.CharField(max_length=40, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.beat_at:%H:%M:%S}"
