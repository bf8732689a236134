"""Blueprints and forms."""

import uuid
from datetime import timedelta
from fractions import Fraction

from django.db import models

from apps.bank.models import Certification, Domain, ItemVersion, Objective


class Evidence(models.TextChoices):
    """What a cut rests on (scoring.md A); printed with every score."""

    ASSUMED = "L0", "assumed"
    ANGOFF = "L1", "judged by experts (modified Angoff)"
    EQUATED = "L2", "equated to a reference form"
    OUTCOMES = "L3", "linked to real outcomes"


class Terms(models.Model):
    """Time, scale and cut: the terms that a blueprint proposes and a published form keeps for ever."""

    time_limit = models.DurationField()
    scale_min = models.PositiveSmallIntegerField()
    scale_max = models.PositiveSmallIntegerField()
    pass_mark = models.PositiveSmallIntegerField()
    cut = models.DecimalField(max_digits=5, decimal_places=4)
    cut_evidence = models.CharField(max_length=2, choices=Evidence, default=Evidence.ASSUMED)
    cut_se = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        null=True,
        help_text="Standard error of the cut, where one can be stated.",
    )

    class Meta:
        abstract = True

    @property
    def exact_cut(self) -> Fraction:
        """The cut as the exact fraction that a pass is decided on."""
        return Fraction(self.cut)

    @property
    def minutes(self) -> int:
        """The time limit in whole minutes, for people."""
        return self.time_limit // timedelta(minutes=1)


def _scale_is_ordered(name: str) -> models.CheckConstraint:
    """An inverted scale would map better answers to lower scores."""
    return models.CheckConstraint(
        condition=models.Q(scale_min__lt=models.F("pass_mark"))
        & models.Q(pass_mark__lt=models.F("scale_max"))
        & models.Q(cut__gt=0)
        & models.Q(cut__lt=1),
        name=name,
    )


class Blueprint(Terms):
    """How forms of a certification are composed."""

    certification = models.ForeignKey(Certification, on_delete=models.PROTECT, related_name="blueprints")
    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=160)
    multiple_count = models.PositiveSmallIntegerField(help_text="How many items of a form ask for several options.")

    class Meta:
        ordering = ["code"]
        constraints = [_scale_is_ordered("exams_blueprint_scale")]

    def __str__(self) -> str:
        return self.title


class BlueprintDomain(models.Model):
    """A domain's weight in the score and its exact item counts on every form."""

    blueprint = models.ForeignKey(Blueprint, on_delete=models.CASCADE, related_name="domains")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="+")
    weight = models.PositiveSmallIntegerField()
    scored_count = models.PositiveSmallIntegerField()
    pilot_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["domain__number"]
        constraints = [
            models.UniqueConstraint(fields=["blueprint", "domain"], name="exams_blueprintdomain_once"),
            # A weighted domain without scored items would leave its weight out of every score.
            models.CheckConstraint(
                condition=models.Q(scored_count__gte=1) & models.Q(weight__range=(1, 100)),
                name="exams_blueprintdomain_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.blueprint} {self.domain}"


class FormQuerySet(models.QuerySet["Form"]):
    """Named sets of forms."""

    def published(self) -> "FormQuerySet":
        """Forms that can be sat."""
        return self.filter(state=Form.State.PUBLISHED)

    def mocks(self) -> "FormQuerySet":
        """Forms that follow their blueprint: everything but the drills."""
        return self.filter(is_drill=False)


class Form(Terms):
    """A fixed set of items in a fixed order. Once published it is frozen, terms included."""

    class State(models.TextChoices):
        """A form is edited as a draft, sat while published and kept when retired."""

        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        RETIRED = "retired", "Retired"

    code = models.SlugField(max_length=40, unique=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(max_length=160)
    blueprint = models.ForeignKey(Blueprint, on_delete=models.PROTECT, related_name="forms")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    seed = models.BigIntegerField(help_text="The seed that reproduces the assembly from the same pool.")
    is_drill = models.BooleanField(
        default=False, db_default=False, help_text="A few items of one area for one person, apart from the blueprint."
    )
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FormQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            _scale_is_ordered("exams_form_scale"),
            models.CheckConstraint(
                condition=models.Q(state="draft", published_at=None)
                | (~models.Q(state="draft") & models.Q(published_at__isnull=False)),
                name="exams_form_published_at",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class FormDomain(models.Model):
    """A domain's weight on one form."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="domains")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="+")
    weight = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["domain__number"]
        constraints = [
            models.UniqueConstraint(fields=["form", "domain"], name="exams_formdomain_once"),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.domain}"


class FormItem(models.Model):
    """A version at its place on a form, with domain and objective as they were when it was assembled."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(help_text="1 for the first item.")
    version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="+")
    is_scored = models.BooleanField(help_text="False for a pilot, which never counts and looks like any other.")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="+")
    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["form_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["form", "position"], name="exams_formitem_position"),
            # The same item twice would be asked twice and scored twice.
            models.UniqueConstraint(fields=["form", "version"], name="exams_formitem_once"),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.position}"
