"""What an attempt tells its candidate, and which reports are owed."""

from django.db import models

from apps.scoring.models import Score


class ReportJob(models.Model):
    """A weak-area report that is owed; the row goes when the report is there (R-19)."""

    score = models.OneToOneField(Score, on_delete=models.CASCADE, related_name="report_job")
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.score} ({self.tries})"


class WeakAreaReport(models.Model):
    """Where to study after an attempt: ranked areas with their evidence, as analytics.weak_areas computed them."""

    score = models.OneToOneField(Score, on_delete=models.CASCADE, related_name="weak_areas")
    body = models.JSONField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Weak areas of {self.score}"
