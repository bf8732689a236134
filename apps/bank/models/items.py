"""Items and their immutable versions: everything a candidate may see."""

import secrets
import uuid

from django.db import models

from apps.accounts.models import User
from apps.bank.models.curriculum import Certification, Objective, Service, Topic


def new_token() -> str:
    """Return a random name for an option: 48 bits, so that position and database id stay unguessable (S-04)."""
    return secrets.token_urlsafe(6)


class Item(models.Model):
    """The lasting identity of a test item; what it says is on its versions."""

    class State(models.TextChoices):
        """The workflow from the first draft to the end of its life."""

        DRAFT = "draft", "Draft"
        REVIEW = "review", "In review"
        PILOT = "pilot", "Pilot"
        ACTIVE = "active", "Active"
        WATCH = "watch", "On watch"
        RETIRED = "retired", "Retired"

    code = models.SlugField(max_length=60, unique=True)
    certification = models.ForeignKey(Certification, on_delete=models.PROTECT, related_name="items")
    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="items")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    topics: "models.ManyToManyField[Topic, 'ItemTopic']" = models.ManyToManyField(
        Topic, through="ItemTopic", related_name="items"
    )
    services: "models.ManyToManyField[Service, models.Model]" = models.ManyToManyField(
        Service, related_name="items", blank=True
    )
    review_due = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["certification", "state"])]

    def __str__(self) -> str:
        return self.code


class ItemTopic(models.Model):
    """A topic of an item; position 0 is the primary one, which mastery is counted on."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="item_topics")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["item_id", "position"]
        constraints = [
            # Two primary topics would count one answer as evidence twice.
            models.UniqueConstraint(fields=["item", "position"], name="bank_itemtopic_position"),
            models.UniqueConstraint(fields=["item", "topic"], name="bank_itemtopic_once"),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.position} {self.topic}"


class ItemVersion(models.Model):
    """What the candidate sees. Never changed after it is written: an edit is a new version."""

    class Kind(models.TextChoices):
        """How an item is answered."""

        SINGLE = "single", "One option"
        MULTIPLE = "multiple", "Several options"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    choose = models.PositiveSmallIntegerField(help_text="How many options the candidate may choose.")
    stem = models.TextField()
    lead_in = models.CharField(max_length=500)
    language = models.CharField(max_length=10, default="en")
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of what the candidate sees.")
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["item", "number"]
        constraints = [
            # Two editors saving at once would both write version 4.
            models.UniqueConstraint(fields=["item", "number"], name="bank_version_number"),
            models.CheckConstraint(
                condition=models.Q(kind="single", choose=1) | models.Q(kind="multiple", choose__gte=2),
                name="bank_version_choose",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.code} v{self.number}"


class Option(models.Model):
    """One option of a version, addressed outside only by its random token."""

    version = models.ForeignKey(ItemVersion, on_delete=models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField()
    token = models.CharField(max_length=12, default=new_token)
    text = models.TextField()

    class Meta:
        ordering = ["version_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="bank_option_position"),
            # One token for two options would grade a choice as the wrong one.
            models.UniqueConstraint(fields=["version", "token"], name="bank_option_token"),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.position}"


class Asset(models.Model):
    """An image that items may show; it is served from here and needs a text alternative (W-12)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    certification = models.ForeignKey(Certification, on_delete=models.PROTECT, related_name="assets")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=60)
    content = models.BinaryField()
    alternative = models.CharField(max_length=500)
    content_hash = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.name
