"""The shape of what scoring's pages send."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from apps.bank.models import Key, KeyOption
from apps.scoring.models import KeyCorrection
from apps.scoring.queries.corrections import Change
from apps.scoring.queries.judging import JudgedItem

ACTIONS = {
    KeyCorrection.Action.REKEY: "A new key: other options are right, and every attempt is scored by them.",
    KeyCorrection.Action.CREDIT_ALL: "Credit everybody: the question has a flaw, and every attempt has it right.",
    KeyCorrection.Action.DROP: "Leave it out: the question counts for nobody, as if it had not been asked.",
}


def read_event_name(text: str) -> tuple[str, int] | None:
    """Return the (client, n) that a check box names as client/n, or None for anything else."""
    client, _, n = text.rpartition("/")
    return (client, int(n)) if client and len(client) <= 40 and n.isdecimal() and len(n) <= 10 else None


class CorrectionForm(forms.Form):
    """A correction of one key revision; `rows` has the fields of each option."""

    action = forms.ChoiceField(choices=ACTIONS.items(), widget=forms.RadioSelect, label="What to do")
    only_if_higher = forms.BooleanField(
        required=False,
        initial=True,
        label="Only where it raises the score",
        help_text="Nobody loses points; a lower result is kept beside the score and does not count.",
    )
    reason = forms.CharField(
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="Reason",
        help_text="Students read it on their report, so write it for them and do not name the right answer.",
    )
    since = forms.ModelChoiceField(Key.objects.none(), widget=forms.HiddenInput)

    def __init__(self, *args: Any, key: Key, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = key
        self.options: list[KeyOption] = list(key.options.all())
        self.is_mapped = key.policy == Key.Policy.MAPPED
        self.fields["since"].queryset = key.version.keys.all()  # type: ignore[attr-defined] # a model choice field
        self.fields["since"].initial = key.pk
        for place, said in enumerate(self.options):
            # By place and not by token, so that what is sent reads well; the form is of one version.
            self.fields[f"keyed-{place}"] = forms.BooleanField(
                required=False, initial=said.is_keyed, label=f"Option {place + 1} is right"
            )
            if self.is_mapped:
                self.fields[f"value-{place}"] = forms.DecimalField(
                    required=False,
                    max_digits=7,
                    decimal_places=4,
                    initial=said.value,
                    label=f"What option {place + 1} adds",
                )
            self.fields[f"rationale-{place}"] = forms.CharField(
                required=False,
                initial=said.rationale,
                widget=forms.Textarea(attrs={"rows": 3}),
                label=f"Reason of option {place + 1}",
                max_length=5000,
            )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The options with their fields, in authored order."""
        return [
            {
                "text": said.option.text,
                "was_keyed": said.is_keyed,
                "keyed": self[f"keyed-{place}"],
                "value": self[f"value-{place}"] if self.is_mapped else None,
                "rationale": self[f"rationale-{place}"],
            }
            for place, said in enumerate(self.options)
        ]

    def to_change(self) -> Change:
        """Return a valid form as a change."""
        sent = self.cleaned_data
        tokens = [said.option.token for said in self.options]
        values: dict[str, Decimal] = {
            token: value for place, token in enumerate(tokens) if (value := sent.get(f"value-{place}")) is not None
        }
        return Change(
            action=KeyCorrection.Action(sent["action"]),
            keyed=frozenset(token for place, token in enumerate(tokens) if sent[f"keyed-{place}"]),
            values=values,
            rationales={token: sent[f"rationale-{place}"].replace("\r\n", "\n") for place, token in enumerate(tokens)},
        )


class JudgementForm(forms.Form):
    """A judge's estimates, a field for each item; what is left empty has no estimate."""

    def __init__(self, *args: Any, items: Sequence[JudgedItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            self.fields[f"item-{item.position}"] = forms.DecimalField(
                required=False,
                min_value=Decimal("0.05"),
                max_value=Decimal("0.95"),
                max_digits=3,
                decimal_places=2,
                initial=item.estimate,
                label=f"Question {item.position}",
                widget=forms.NumberInput(attrs={"step": "0.01", "inputmode": "decimal"}),
            )

    @property
    def rows(self) -> list[tuple[JudgedItem, forms.BoundField]]:
        """Each item with its field."""
        return [(item, self[f"item-{item.position}"]) for item in self.items]

    def to_estimates(self) -> dict[int, Decimal | None]:
        """Return the estimates by version id."""
        return {item.version_id: self.cleaned_data[f"item-{item.position}"] for item in self.items}
