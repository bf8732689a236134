"""People, cohorts and the audit trail."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Lower


class Role(models.TextChoices):
    """What a person may do everywhere; the role inside a cohort is on Membership."""

    STUDENT = "student", "Student"
    INSTRUCTOR = "instructor", "Instructor"
    ADMIN = "admin", "Admin"


class UserManager(BaseUserManager["User"]):
    """Makes people; the e-mail address is the login name."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Save and return a person with a hashed password; None makes the account unusable by password."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Save and return an admin who may also enter Django's own admin."""
        return self.create_user(email, password, role=Role.ADMIN, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address."""

    uuid = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=12, choices=Role, default=Role.STUDENT)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False, help_text="Made by the demo; such people exist in no real deployment.")
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            # Ann@example.com and ann@example.com would be two accounts of one person.
            models.UniqueConstraint(Lower("email"), name="accounts_user_email_any_case"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="accounts_user_role"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_instructor(self) -> bool:
        """Whether this person may see and write items: instructors and admins."""
        return self.role in {Role.INSTRUCTOR, Role.ADMIN}

    @property
    def is_admin(self) -> bool:
        """Whether this person may read cohort analytics and manage people."""
        return self.role == Role.ADMIN


class Cohort(models.Model):
    """A group of people who study together."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    members: "models.ManyToManyField[User, 'Membership']" = models.ManyToManyField(
        User, through="Membership", related_name="cohorts"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """That a person belongs to a cohort, and as what."""

    class Role(models.TextChoices):
        """A person's part in this one cohort."""

        LEARNER = "learner", "Learner"
        TUTOR = "tutor", "Tutor"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.LEARNER)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # Twice in a cohort would count one person's attempts twice in its figures.
            models.UniqueConstraint(fields=["user", "cohort"], name="accounts_membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.cohort}"


class AuditEvent(models.Model):
    """One act that must stay provable. Rows are appended only; each carries the digest of the one before."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, help_text="What was acted on, as room.noun:public-id.")
    detail = models.JSONField(default=dict)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            # Two rows with one predecessor would be a fork of the chain: a hidden or replaced act.
            models.UniqueConstraint(fields=["previous_digest"], name="accounts_audit_no_fork"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.verb} {self.subject}"
