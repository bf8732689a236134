"""The fields of an accommodation."""

from datetime import timedelta
from typing import Any

from django import forms

from apps.delivery.models import Accommodation, Assignment

_MINUTE = timedelta(minutes=1)
_OTHER = "other"
_UNTIMED = "untimed"
_PERCENTS = {"100": "The form's own time", "125": "× 1.25", "150": "× 1.5", "200": "× 2", "300": "× 3"}
_MINUTES = {"0": "None", "30": "30 minutes (ESL +30)"}


class ScopeForm(forms.Form):
    """Which accommodation of a person is meant: the one for an assignment, or the general one."""

    assignment = forms.ModelChoiceField(
        Assignment.objects.none(), label="Where", required=False, empty_label="Every exam", to_field_name="uuid"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choices = kwargs.pop("assignments")
        super().__init__(*args, **kwargs)
        self.fields["assignment"].queryset = choices  # type: ignore[attr-defined] # a model choice field


class AccommodationForm(ScopeForm):
    """How much time a person has, by a preset or a figure of one's own."""

    time = forms.ChoiceField(
        choices=[*_PERCENTS.items(), (_OTHER, "Another percentage"), (_UNTIMED, "Untimed")],
        widget=forms.RadioSelect,
        initial="150",
    )
    percent = forms.IntegerField(
        label="Percentage",
        required=False,
        min_value=100,
        max_value=400,
        help_text="100 to 400, for “Another percentage” only: 150 is half as much again.",
    )
    extra = forms.ChoiceField(
        label="And minutes on top",
        choices=[*_MINUTES.items(), (_OTHER, "Another number")],
        widget=forms.RadioSelect,
        initial="0",
    )
    minutes = forms.IntegerField(
        required=False, min_value=0, max_value=240, help_text="0 to 240, for “Another number” only."
    )
    reason = forms.CharField(
        required=False, max_length=200, help_text="For instructors; students do not see it. Keep health out of it."
    )

    def clean(self) -> dict[str, Any]:
        """Let presets and figures not contradict each other."""
        data = super().clean() or {}
        for choice, figure, words in (("time", "percent", "percentage"), ("extra", "minutes", "number of minutes")):
            if figure in self.errors or choice not in data:
                continue
            if data[choice] == _OTHER and data.get(figure) is None:
                self.add_error(figure, f"Give the {words}.")
            elif data[choice] != _OTHER and data.get(figure) is not None:
                self.add_error(figure, "A preset is chosen above. Choose “Another …”, or leave this empty.")
        if data.get("time") == _UNTIMED and data.get("extra") != "0":
            self.add_error("extra", "Untimed needs no minutes on top.")
        return data

    def to_time(self) -> dict[str, Any]:
        """Return the valid form as the service takes it."""
        data = self.cleaned_data
        time, extra = data["time"], data["extra"]
        percent = data["percent"] if time == _OTHER else 100 if time == _UNTIMED else int(time)
        return {
            "percent": percent,
            "extra": _MINUTE * (data["minutes"] if extra == _OTHER else int(extra)),
            "untimed": time == _UNTIMED,
            "reason": data["reason"],
            "assignment": data["assignment"],
        }


def accommodation_start(found: Accommodation) -> dict[str, Any]:
    """Return a stored accommodation as the fields start with it."""
    percent, minutes = str(found.percent), str(found.extra // _MINUTE)
    is_preset, are_preset = percent in _PERCENTS, minutes in _MINUTES
    return {
        "assignment": found.assignment,
        "time": _UNTIMED if found.untimed else percent if is_preset else _OTHER,
        "percent": None if is_preset else percent,
        "extra": minutes if are_preset else _OTHER,
        "minutes": None if are_preset else minutes,
        "reason": found.reason,
    }
