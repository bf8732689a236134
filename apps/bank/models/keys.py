"""The answer side of an item, apart from what the candidate sees (S-03)."""

from django.db import models

from apps.accounts.models import User
from apps.bank.models.items import ItemVersion, Option


class Key(models.Model):
    """What the answer says: one revision for an ItemVersion. A correction is a new revision, never an edit."""

    class Policy(models.TextChoices):
        """How a response becomes credit; the words are those of scoring.engine.Policy."""

        EXACT = "exact", "All or nothing"
        NET_CORRECT = "net_correct", "Right choices less wrong ones"
        EACH_ANSWER = "each_answer", "Each option by itself"
        COVERAGE = "coverage", "Share of the key that is covered"
        MAPPED = "mapped", "A value for each option"

    class Treatment(models.TextChoices):
        """What a correction makes of the item, in the words of scoring.engine.Treatment."""

        SCORED = "scored", "Scored by the policy"
        CREDITED = "credited", "Full credit for everybody"
        DROPPED = "dropped", "Left out of the score"

    version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="keys")
    revision = models.PositiveIntegerField()
    policy = models.CharField(max_length=12, choices=Policy, default=Policy.EXACT)
    treatment = models.CharField(max_length=8, choices=Treatment, default=Treatment.SCORED)
    map_low = models.DecimalField(max_digits=7, decimal_places=4, default=0, help_text="Least sum of mapped values.")
    map_high = models.DecimalField(max_digits=7, decimal_places=4, default=1, help_text="Sum that is full credit.")
    constraints = models.JSONField(help_text="The stated requirements, as a list of {id, from, text}.")
    takeaway = models.TextField()
    angoff = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        help_text="The author's estimate: share of borderline candidates who answer right.",
    )
    content_hash = models.CharField(max_length=64)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["version_id", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["version", "revision"], name="bank_key_revision"),
            models.CheckConstraint(condition=models.Q(angoff__gt=0) & models.Q(angoff__lt=1), name="bank_key_angoff"),
        ]

    def __str__(self) -> str:
        return f"{self.version} key {self.revision}"


class KeyOption(models.Model):
    """What a key revision says of one option."""

    key = models.ForeignKey(Key, on_delete=models.CASCADE, related_name="options")
    option = models.ForeignKey(Option, on_delete=models.PROTECT, related_name="+")
    is_keyed = models.BooleanField()
    value = models.DecimalField(
        max_digits=7, decimal_places=4, null=True, help_text="What choosing it adds under the policy mapped."
    )
    rationale = models.TextField()
    violates = models.JSONField(default=list, help_text="Ids of the stated requirements that this option breaks.")
    mistake = models.CharField(max_length=200, blank=True)
    is_feasible = models.BooleanField(default=True)

    class Meta:
        ordering = ["key_id", "option__position"]
        constraints = [
            models.UniqueConstraint(fields=["key", "option"], name="bank_keyoption_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.option.position}"


class Reference(models.Model):
    """An official page that a key rests on, with the day on which the fact was last checked and how."""

    key = models.ForeignKey(Key, on_delete=models.CASCADE, related_name="references")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=500)
    checked = models.DateField()
    via = models.CharField(max_length=20)

    class Meta:
        ordering = ["key_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["key", "position"], name="bank_reference_position"),
        ]

    def __str__(self) -> str:
        return self.title
