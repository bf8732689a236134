"""Drills."""

from django.db import models

from apps.accounts.models import User
from apps.bank.models import Certification
from apps.delivery.models import Assignment


class Drill(models.Model):
    """A short practice of one area, made for one person; what is sat is its assignment."""

    class Kind(models.TextChoices):
        """What an area is."""

        DOMAIN = "domain", "Domain"
        OBJECTIVE = "objective", "Objective"
        TOPIC = "topic", "Topic"

    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drills")
    certification = models.ForeignKey(Certification, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    code = models.CharField(max_length=80, help_text="The domain's slug, the objective's code or the topic's slug.")
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="drill")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["learner", "certification", "kind", "code"], name="practice_drill_area"),
        ]

    def __str__(self) -> str:
        return f"{self.learner}: {self.kind} {self.code}"
