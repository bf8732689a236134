"""What the self-audit found."""

from django.db import models


class AuditFinding(models.Model):
    """A broken invariant that the nightly audit saw; open until it is no longer found."""

    check_name = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    message = models.TextField()
    found_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-found_at"]
        constraints = [
            # One broken attempt is one finding, however many nights it stays broken.
            models.UniqueConstraint(
                fields=["check_name", "subject"], condition=models.Q(gone_at=None), name="analytics_finding_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_name}: {self.subject}"
