"""What a certification covers, and the defaults that its blueprints start from."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class Certification(models.Model):
    """A certification that people prepare for, with the scale, cut and time of its real exam."""

    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=160)
    provider = models.CharField(max_length=80)
    time_limit = models.DurationField()
    scale_min = models.PositiveSmallIntegerField()
    scale_max = models.PositiveSmallIntegerField()
    pass_mark = models.PositiveSmallIntegerField(help_text="The scaled score from which an attempt passes.")
    cut = models.DecimalField(
        max_digits=5, decimal_places=4, help_text="The raw proportion that the pass mark stands for; assumed (L0)."
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            # An inverted scale would map better answers to lower scores.
            models.CheckConstraint(
                condition=models.Q(scale_min__lt=models.F("pass_mark"))
                & models.Q(pass_mark__lt=models.F("scale_max"))
                & models.Q(cut__gt=0)
                & models.Q(cut__lt=1),
                name="bank_certification_scale",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Domain(models.Model):
    """A weighted content domain of the exam guide."""

    certification = models.ForeignKey(Certification, on_delete=models.PROTECT, related_name="domains")
    number = models.PositiveSmallIntegerField()
    slug = models.SlugField(max_length=60)
    title = models.CharField(max_length=120)
    weight = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(100)], help_text="Percent of the score."
    )

    class Meta:
        ordering = ["certification", "number"]
        constraints = [
            models.UniqueConstraint(fields=["certification", "number"], name="bank_domain_number"),
            models.UniqueConstraint(fields=["certification", "slug"], name="bank_domain_slug"),
            models.CheckConstraint(condition=models.Q(weight__range=(1, 100)), name="bank_domain_weight"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Objective(models.Model):
    """A task statement of the exam guide, such as 1.4."""

    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="objectives")
    code = models.CharField(max_length=10)
    title = models.CharField(max_length=200)

    class Meta:
        ordering = ["domain", "code"]
        constraints = [
            models.UniqueConstraint(fields=["domain", "code"], name="bank_objective_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class Topic(models.Model):
    """A teachable subject of the curriculum; it has one home domain but its items may be asked in another."""

    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="topics")
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=160)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title


class Service(models.Model):
    """A product of the provider and where it stands in its life; a key must not rest on a dead one."""

    class Status(models.TextChoices):
        """The life-cycle states that matter to an item."""

        CURRENT = "current", "Current"
        CLOSED = "closed", "Closed to new customers"
        ENDING = "ending", "End of support announced"
        ENDED = "ended", "Ended"

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    status = models.CharField(max_length=10, choices=Status, default=Status.CURRENT)
    status_since = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
