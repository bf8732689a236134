"""The fields of an assignment."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.timezone import get_current_timezone_name

from apps.accounts.models import Cohort, User
from apps.accounts.queries import people_with_addresses
from apps.delivery.models import Assignment, all_review_parts
from apps.delivery.queries import offerable_forms
from apps.delivery.services import FIXED, AssignmentContent
from apps.exams.models import Form

_REVIEWS = (
    (
        Assignment.ReviewPolicy.AFTER_SUBMIT,
        "After the attempt: everyone sees keys and reasons as soon as their own attempt has ended.",
    ),
    (
        Assignment.ReviewPolicy.AFTER_WINDOW,
        "After the exam closes: scores come at once, keys and reasons when it is closed and nobody is sitting it.",
    ),
    (Assignment.ReviewPolicy.NEVER, "Never: scores and weak areas, but neither questions nor keys."),
)
_PARTS = (
    (Assignment.ReviewPart.CORRECTNESS, "Right or wrong: whether each answer was right"),
    (Assignment.ReviewPart.KEY, "The key: which options are keyed, and so what was right"),
    (Assignment.ReviewPart.RATIONALE, "The reasons, takeaways and references, here and in the report"),
    (Assignment.ReviewPart.PEERS, "What others chose; with the key, also how many were right"),
)
_AUDIENCES = (
    (Assignment.Audience.EVERYONE, "Everyone who can sign in"),
    (Assignment.Audience.COHORTS, "Cohorts"),
    (Assignment.Audience.PEOPLE, "Named people"),
)
_MODES = (
    (Assignment.Mode.EXAM, "Exam"),
    (Assignment.Mode.PRACTICE, "Practice: the same rules, but students read that it is practice"),
)
_PEOPLE_LIMIT = 2000


def _instant(label: str, help_text: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget, help_text=help_text)


class AssignmentForm(forms.Form):
    """What an instructor decides about an assignment; `is_sat` locks what no longer may change."""

    title = forms.CharField(max_length=160, help_text="Students read it on their first page.")
    form = forms.ModelChoiceField(
        Form.objects.none(), empty_label="Choose a form", help_text="Only published forms can be offered."
    )
    audience = forms.ChoiceField(
        label="Who may sit it", choices=_AUDIENCES, widget=forms.RadioSelect, initial=Assignment.Audience.EVERYONE
    )
    cohorts = forms.ModelMultipleChoiceField(Cohort.objects.none(), required=False, widget=forms.CheckboxSelectMultiple)
    people = forms.CharField(
        label="E-mail addresses",
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text="One a line, as these people sign in.",
    )
    opens_at = _instant("Opens", "Empty: it is open at once.")
    closes_at = _instant(
        "Closes", "Nobody starts after it, and whoever starts before has until then at most. Empty: it stays open."
    )
    attempts_allowed = forms.IntegerField(
        label="Attempts for each person", required=False, min_value=1, max_value=1000, help_text="Empty: any number."
    )
    review_policy = forms.ChoiceField(
        label="When keys and reasons may be seen",
        choices=_REVIEWS,
        widget=forms.RadioSelect,
        initial=Assignment.ReviewPolicy.AFTER_SUBMIT,
    )
    review_parts = forms.MultipleChoiceField(
        label="What the review shows",
        choices=_PARTS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=all_review_parts,
        help_text="Students always read the questions with their own answers, times and marks. Reasons mostly say what "
        "is keyed, whether or not the key is ticked.",
    )
    mode = forms.ChoiceField(choices=_MODES, widget=forms.RadioSelect, initial=Assignment.Mode.EXAM)
    blind_review = forms.BooleanField(
        label="Blind review",
        required=False,
        help_text="When the time is over the student goes through the questions again without a clock and without the "
        "key; a second score shows what more time would have given.",
    )
    pause_allowed = forms.BooleanField(
        label="Pause allowed", required=False, help_text="The student may stop the clock and go on later."
    )

    def __init__(self, *args: Any, assignment: Assignment | None = None, is_sat: bool = False, **kwargs: Any) -> None:
        if assignment:
            kwargs["initial"] = _start(assignment)
        super().__init__(*args, **kwargs)
        self._stored = assignment
        for name, choices in {
            "form": offerable_forms(assignment.form if assignment else None),
            "cohorts": Cohort.objects.all(),
        }.items():
            self.fields[name].queryset = choices  # type: ignore[attr-defined] # model choice fields
        for name in ("opens_at", "closes_at"):
            self.fields[name].label = f"{self.fields[name].label} ({get_current_timezone_name()})"
        for name in FIXED if is_sat else ():
            self.fields[name].disabled = True

    def clean_people(self) -> tuple[User, ...]:
        """Read one address a line; unknown ones are named."""
        addresses = list(dict.fromkeys(self.cleaned_data["people"].lower().split()))
        if len(addresses) > _PEOPLE_LIMIT:
            raise forms.ValidationError(f"Name at most {_PEOPLE_LIMIT} people, or make a cohort of them.")
        found = tuple(people_with_addresses(addresses))
        unknown = sorted(set(addresses) - {person.email.lower() for person in found})
        if unknown and self.cleaned_data.get("audience") == Assignment.Audience.PEOPLE:
            raise forms.ValidationError(
                f"Nobody signs in as {', '.join(unknown[:10])}{' and others' if len(unknown) > 10 else ''}. "
                "Correct the address, or let the person sign up first."
            )
        return found

    def clean_opens_at(self) -> datetime | None:
        """Keep the stored second when the minute is the same: the field shows minutes only."""
        return self._to_the_second("opens_at")

    def clean_closes_at(self) -> datetime | None:
        """Keep the stored second when the minute is the same: the field shows minutes only."""
        return self._to_the_second("closes_at")

    def _to_the_second(self, name: str) -> datetime | None:
        sent: datetime | None = self.cleaned_data[name]
        stored: datetime | None = getattr(self._stored, name, None)
        is_same = sent and stored and stored.replace(second=0, microsecond=0) == sent.replace(second=0, microsecond=0)
        return stored if is_same else sent

    def to_content(self) -> AssignmentContent:
        """Return the valid form as the service takes it."""
        data = self.cleaned_data
        return AssignmentContent(**{**data, "cohorts": tuple(data["cohorts"])})


def _start(assignment: Assignment) -> dict[str, Any]:
    names = (
        "title", "form", "audience", "opens_at", "closes_at", "attempts_allowed", "review_policy", "review_parts",
        "mode", "blind_review", "pause_allowed",
    )  # fmt: skip
    return {name: getattr(assignment, name) for name in names} | {
        "cohorts": list(assignment.cohorts.all()),
        "people": "\n".join(assignment.people.order_by("email").values_list("email", flat=True)),
    }
