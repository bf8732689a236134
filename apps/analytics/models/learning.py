"""What is believed about a learner, and how such beliefs turned out."""

from django.db import models

from apps.accounts.models import User
from apps.bank.models import Certification, Topic


class Calibration(models.Model):
    """One run of the item model over all responses; its parameters are kept, so that every belief can be traced."""

    certification = models.ForeignKey(Certification, on_delete=models.CASCADE, related_name="calibrations")
    made_at = models.DateTimeField(auto_now_add=True)
    response_count = models.BigIntegerField()
    log_likelihood = models.FloatField()
    parameters = models.JSONField(help_text="Slope, intercept and their standard errors per item version.")

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.certification} {self.made_at:%Y-%m-%d}"


class Mastery(models.Model):
    """The posterior of one learner on one topic."""

    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mastery")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    calibration = models.ForeignKey(Calibration, null=True, on_delete=models.SET_NULL, related_name="+")
    n = models.PositiveIntegerField(help_text="First-exposure answers that it rests on.")
    low = models.FloatField()
    mean = models.FloatField()
    high = models.FloatField()
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "topic"], name="analytics_mastery_once"),
            models.CheckConstraint(
                condition=models.Q(low__gte=0)
                & models.Q(low__lte=models.F("mean"))
                & models.Q(mean__lte=models.F("high"))
                & models.Q(high__lte=1),
                name="analytics_mastery_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.learner} {self.topic}: {self.low:.2f} to {self.high:.2f}"


class Prediction(models.Model):
    """A probability to pass that was shown to a learner, kept to be compared with what happened."""

    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="predictions")
    certification = models.ForeignKey(Certification, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    low = models.FloatField()
    probability = models.FloatField()
    high = models.FloatField()

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.learner}: {self.probability:.2f}"


class Outcome(models.Model):
    """What a learner says the real exam brought."""

    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="outcomes")
    certification = models.ForeignKey(Certification, on_delete=models.CASCADE, related_name="outcomes")
    sat_on = models.DateField()
    passed = models.BooleanField()
    scaled = models.PositiveSmallIntegerField(null=True, blank=True)
    told_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # Told twice, one sitting would weigh double in the linked cut.
            models.UniqueConstraint(fields=["learner", "certification", "sat_on"], name="analytics_outcome_once"),
        ]

    def __str__(self) -> str:
        return f"{self.learner} {self.sat_on}: {'passed' if self.passed else 'failed'}"
