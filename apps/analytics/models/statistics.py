"""Statistics as integer sums: merging is addition, so folding is exact and free of order (scoring.md G)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.models import Cohort
from apps.bank.models import Domain, ItemVersion, Option
from apps.exams.models import Form
from apps.scoring.models import Score


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


class StatisticDelta(models.Model):
    """A score that the statistics have not taken in, or not taken out again; the folder looks at it and decides."""

    score = models.OneToOneField(Score, on_delete=models.CASCADE, related_name="statistic_delta")

    def __str__(self) -> str:
        return f"{self.score}"


class FoldedScore(models.Model):
    """That a score is in the statistics, so that it is counted once and, when it is replaced, taken out once.

    Its item scores are never edited, but late answers may have been let in since: what is taken out again are the
    options that were counted, not what the journal says by then.
    """

    score = models.OneToOneField(Score, primary_key=True, on_delete=models.CASCADE, related_name="+")
    options = ArrayField(models.BigIntegerField(), default=list, help_text="The options that were counted as chosen.")

    def __str__(self) -> str:
        return f"{self.score}"


class ItemStatistic(ItemSums):
    """The folded sums of a version over first sights: facility and discrimination follow from them.

    `n_timed` responses have a time, which sum to `sum_seconds`.
    """

    n_timed = models.BigIntegerField(default=0)
    sum_seconds = models.BigIntegerField(default=0)
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
