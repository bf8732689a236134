"""The fields of what a learner tells of the real exam."""

from collections.abc import Mapping
from typing import Any

from django import forms

from apps.analytics.models import Outcome
from apps.bank.models import Certification

_MET, _NOT_MET = "met", "not-met"
_PASSED, _FAILED = "passed", "failed"


def _day(**options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, **options)


class DayForm(forms.Form):
    """The day that names one of a person's entries."""

    sat_on = _day()


class OutcomeForm(forms.Form):
    """How the real exam went; `was` is the day of the entry that is being changed."""

    was = forms.DateField(required=False, widget=forms.HiddenInput)
    sat_on = _day(label="Day of the exam")
    result = forms.ChoiceField(
        choices=[(_PASSED, "I passed"), (_FAILED, "I did not pass")], widget=forms.RadioSelect, label="Result"
    )
    scaled = forms.IntegerField(label="Scaled score", required=False)

    def __init__(self, *args: Any, certification: Certification, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        least, most = certification.scale_min, certification.scale_max
        self.fields[
            "scaled"
        ].help_text = f"{least} to {most}, as it stands on your score report; {certification.pass_mark} passes."
        self._numbers = dict[str, int]()
        for domain in certification.domains.all():
            self._numbers[f"domain_{domain.number}"] = domain.number
            self.fields[f"domain_{domain.number}"] = forms.ChoiceField(
                label=str(domain),
                required=False,
                choices=[("", "Not told"), (_MET, "Meets competencies"), (_NOT_MET, "Needs improvement")],
            )

    @property
    def domains(self) -> list[forms.BoundField]:
        """The fields of the domains."""
        return [self[name] for name in self._numbers]

    def to_outcome(self) -> dict[str, Any]:
        """Return the valid form as the service takes it."""
        data = self.cleaned_data
        told = {number: data[name] == _MET for name, number in self._numbers.items() if data[name]}
        return {
            "was": data["was"],
            "sat_on": data["sat_on"],
            "passed": data["result"] == _PASSED,
            "scaled": data["scaled"],
            "domains": told,
        }


def outcome_start(entry: Outcome) -> Mapping[str, Any]:
    """Return an entry as the fields start with it."""
    return {
        "was": entry.sat_on,
        "sat_on": entry.sat_on,
        "result": _PASSED if entry.passed else _FAILED,
        "scaled": entry.scaled,
        **{f"domain_{number}": _MET if met else _NOT_MET for number, met in entry.domains.items()},
    }
