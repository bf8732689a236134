"""What came in, and from where."""

import uuid

from django.db import models

from apps.accounts.models import User
from apps.bank.models import Certification


class ImportBatch(models.Model):
    """One committed import: its source and what it changed."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    certification = models.ForeignKey(Certification, on_delete=models.PROTECT, related_name="imports")
    source = models.CharField(max_length=300)
    digest = models.CharField(max_length=64, default="", help_text="SHA-256 of the files, to know the pack again.")
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    new_count = models.PositiveIntegerField()
    changed_count = models.PositiveIntegerField()
    unchanged_count = models.PositiveIntegerField()

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.source} {self.made_at:%Y-%m-%d %H:%M}"
