"""Statistics as integer sums: merging is addition, so folding is exact and free of order (scoring.md G)."""

from django.db import models

from apps.accounts.models import Cohort
from apps.bank.models import Domain, ItemVersion, Option
from apps.exams.models import Form


class ItemSums(models.Model):
    """Sums over responses, credit x and rest score R in thousandths of a point."""

    n = models.BigIntegerField(default=0)
    sum_x = models.BigIntegerField(default=0)
    sum_xx = models.BigIntegerField(default=0)
    sum_r = models.DecimalField(max_digits=30, decimal_places=0, default=0)
    sum_rr = models.DecimalField(max_digits=40, decimal_places=0, default=0)
    sum_xr = models.DecimalField(max_digits=40, decimal_places=0, default=0)

    class Meta:
        abstract = True


class StatisticDelta(ItemSums):
    """What one scoring adds to (or a re-score takes from) an item's sums, until the folder has taken it."""

    version = models.ForeignKey(ItemVersion, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.version} {self.n:+}"


class ItemStatistic(ItemSums):
    """The folded sums of a version: facility and discrimination follow from them."""

    version = models.OneToOneField(ItemVersion, on_delete=models.CASCADE, related_name="statistic")

    def __str__(self) -> str:
        return f"{self.version} n = {self.n}"


class OptionStatistic(models.Model):
    """How often an option was chosen, by twentieths of the score."""

    option = models.ForeignKey(Option, on_delete=models.CASCADE, related_name="statistics")
    score_band = models.PositiveSmallIntegerField()
    n = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["option", "score_band"], name="analytics_optionstatistic_band"),
        ]

    def __str__(self) -> str:
        return f"{self.option} band {self.score_band}: {self.n}"


class ScoreHistogram(models.Model):
    """How many attempts ended at a scaled score on a day; percentiles from it are exact."""

    day = models.DateField()
    scaled = models.PositiveSmallIntegerField()
    n = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class FormStatistic(ScoreHistogram):
    """The score histogram of a form."""

    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="statistics")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["form", "day", "scaled"], name="analytics_formstatistic_cell"),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.day} {self.scaled}: {self.n}"


class CohortStatistic(ScoreHistogram):
    """The score histogram of a cohort on a form; per domain it counts proportions in thousandths instead."""

    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="statistics")
    form = models.ForeignKey(Form, on_delete=models.CASCADE, related_name="+")
    domain = models.ForeignKey(Domain, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "form", "domain", "day", "scaled"],
                nulls_distinct=False,
                name="analytics_cohortstatistic_cell",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort} {self.day} {self.scaled}: {self.n}"
