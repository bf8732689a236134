"""What is believed about a learner, and how such beliefs turned out."""

from django.db import models

from apps.accounts.models import User
from apps.bank.models import Certification


class Calibration(models.Model):
    """One run of the item model over all responses; its parameters are kept, so that every belief can be traced."""

    certification = models.ForeignKey(Certification, on_delete=models.CASCADE, related_name="calibrations")
    number = models.PositiveIntegerField(help_text="Counts the runs of a certification from 1.")
    made_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent of the run that is done.")
    error = models.TextField(blank=True)
    response_count = models.BigIntegerField(default=0)
    person_count = models.BigIntegerField(default=0)
    item_count = models.PositiveIntegerField(default=0)
    log_likelihood = models.FloatField(null=True)
    parameters = models.JSONField(
        default=dict, help_text="By item version: [slope a, intercept d, their standard errors, responses]."
    )
    hyperparameters = models.JSONField(default=dict, help_text="Of the mastery model: mean and spreads, in logits.")

    class Meta:
        ordering = ["-number"]
        constraints = [
            # Two runs with one number could not be told apart by what rests on them.
            models.UniqueConstraint(fields=["certification", "number"], name="analytics_calibration_number"),
        ]

    def __str__(self) -> str:
        return f"{self.certification} {self.number}"


class Mastery(models.Model):
    """What is believed about one learner in one certification: readiness and areas, as the mastery model computed them.

    One row, because a learner's areas are read and replaced together. `body` has the areas: domains, objectives and
    topics, each with n, interval, label and how many more answers would settle it.
    """

    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mastery")
    certification = models.ForeignKey(Certification, on_delete=models.CASCADE, related_name="+")
    calibration = models.ForeignKey(Calibration, null=True, on_delete=models.SET_NULL, related_name="+")
    n = models.PositiveIntegerField(help_text="First-exposure answers that it rests on.")
    readiness_low = models.FloatField(null=True)
    readiness = models.FloatField(null=True, help_text="Probability to pass a new form; empty under twenty answers.")
    readiness_high = models.FloatField(null=True)
    body = models.JSONField(default=dict)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "certification"], name="analytics_mastery_once"),
            models.CheckConstraint(
                condition=models.Q(readiness=None)
                | (
                    models.Q(readiness_low__gte=0)
                    & models.Q(readiness_low__lte=models.F("readiness"))
                    & models.Q(readiness__lte=models.F("readiness_high"))
                    & models.Q(readiness_high__lte=1)
                ),
                name="analytics_mastery_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.learner} {self.certification}: n = {self.n}"


class Prediction(models.Model):
    """A probability to pass that was shown to a learner, kept to be compared with what happened."""

    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="predictions")
    certification = models.ForeignKey(Certification, on_delete=models.CASCADE, related_name="+")
    calibration = models.ForeignKey(Calibration, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    n = models.PositiveIntegerField(help_text="First-exposure answers that it rests on.")
    low = models.FloatField()
    probability = models.FloatField()
    high = models.FloatField()

    class Meta:
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["learner", "certification", "made_at"], name="analytics_prediction_history")]

    def __str__(self) -> str:
        return f"{self.learner}: {self.probability:.2f}"


class Outcome(models.Model):
    """What a learner says the real exam brought."""

    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="outcomes")
    certification = models.ForeignKey(Certification, on_delete=models.CASCADE, related_name="outcomes")
    sat_on = models.DateField()
    passed = models.BooleanField()
    scaled = models.PositiveSmallIntegerField(null=True, blank=True)
    domains = models.JSONField(
        default=dict,
        blank=True,
        help_text="By number of the domain: whether it met the competencies.",
    )
    told_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # Told twice, one sitting would weigh double in the linked cut.
            models.UniqueConstraint(fields=["learner", "certification", "sat_on"], name="analytics_outcome_once"),
        ]

    def __str__(self) -> str:
        return f"{self.learner} {self.sat_on}: {'passed' if self.passed else 'failed'}"
