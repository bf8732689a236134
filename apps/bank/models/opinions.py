"""What people say about items: reviews, difficulty judgements and reported problems."""

from django.contrib.postgres.functions import RandomUUID
from django.db import models

from apps.accounts.models import User
from apps.bank.models.items import ItemVersion


class Review(models.Model):
    """A second reader's verdict on a version; a blind one was answered without sight of the key."""

    class Kind(models.TextChoices):
        """What the reader had in front of them."""

        BLIND = "blind", "Blind answer"
        TECHNICAL = "technical", "Technical review"

    class Decision(models.TextChoices):
        """What came of it."""

        AGREE = "agree", "Agrees"
        SETTLED = "settled", "Disagreed, settled from documentation"
        REWRITE = "rewrite", "To be rewritten"

    version = models.ForeignKey(ItemVersion, on_delete=models.CASCADE, related_name="reviews")
    reader = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind)
    decision = models.CharField(max_length=10, choices=Decision)
    blind_answer = models.JSONField(default=list, help_text="Positions of the options that the reader chose.")
    comment = models.TextField(blank=True)
    made_on = models.DateField()

    class Meta:
        ordering = ["version_id", "made_on", "id"]
        constraints = [
            # The same pack imported twice must not look like two readers.
            models.UniqueConstraint(fields=["version", "reader", "kind", "made_on"], name="bank_review_once"),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.kind} {self.decision}"


class AngoffRating(models.Model):
    """One judge's estimate of how many borderline candidates answer a version right (scoring.md, level L1)."""

    version = models.ForeignKey(ItemVersion, on_delete=models.CASCADE, related_name="angoff_ratings")
    judge = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    estimate = models.DecimalField(max_digits=3, decimal_places=2)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "judge"], name="bank_angoff_once"),
            models.CheckConstraint(
                condition=models.Q(estimate__gt=0) & models.Q(estimate__lt=1), name="bank_angoff_estimate"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.estimate}"


class ItemReportQuerySet(models.QuerySet["ItemReport"]):
    """Named sets of reported problems."""

    def waiting(self) -> "ItemReportQuerySet":
        """Problems that nobody has answered yet."""
        return self.filter(replied_at=None)

    def answered(self) -> "ItemReportQuerySet":
        """Problems that have their reply."""
        return self.filter(replied_at__isnull=False)


class ItemReport(models.Model):
    """A problem that a learner reports with an item after the attempt, and the reply."""

    uuid = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    version = models.ForeignKey(ItemVersion, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(max_length=2000)
    reported_at = models.DateTimeField(auto_now_add=True)
    reply = models.TextField(max_length=2000, blank=True)
    replied_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    replied_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="When the reporter said that the reply is read.")

    objects = ItemReportQuerySet.as_manager()

    class Meta:
        ordering = ["-reported_at"]
        constraints = [
            # Sent twice, one problem would stand twice in the inbox.
            models.UniqueConstraint(
                fields=["reporter", "version"],
                condition=models.Q(replied_at=None),
                name="bank_itemreport_one_waiting",
            ),
            # An answered problem without a reply would vanish from the inbox with nothing said.
            models.CheckConstraint(
                condition=models.Q(reply="", replied_by=None, replied_at=None, seen_at=None)
                | (~models.Q(reply="") & models.Q(replied_by__isnull=False, replied_at__isnull=False)),
                name="bank_itemreport_reply",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.text[:40]}"
