"""The item editor's fields, and how they become ItemContent; the words about reported problems."""

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast, get_args

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict

from apps.bank.content import ConstraintContent, ItemContent, OptionContent, ReferenceContent, Via
from apps.bank.models import Certification, Item, Key, Objective, Service, Topic
from apps.bank.services import LONGEST

VIAS: tuple[str, ...] = get_args(Via)


class FilterForm(forms.Form):
    """The filters of the item list, as they stand in the address."""

    q = forms.CharField(label="Search", required=False)
    domain = forms.ChoiceField(required=False)
    objective = forms.ChoiceField(required=False)
    state = forms.ChoiceField(required=False, choices=[("", "Any state"), *Item.State.choices])
    kind = forms.ChoiceField(
        required=False, choices=[("", "Any kind"), ("single", "One option"), ("multiple", "Several options")]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        objectives = Objective.objects.select_related("domain").order_by("domain__number", "code")
        domains = {objective.domain.slug: str(objective.domain) for objective in objectives}
        self.fields["domain"].choices = [("", "Any domain"), *domains.items()]  # type: ignore[attr-defined] # a ChoiceField
        self.fields["objective"].choices = [  # type: ignore[attr-defined] # a ChoiceField
            ("", "Any objective"),
            *((objective.code, str(objective)) for objective in objectives),
        ]


POLICIES = {
    Key.Policy.EXACT: "All or nothing: right when exactly the keyed options are chosen. Exams use this.",
    Key.Policy.NET_CORRECT: "Right choices less wrong ones: each wrong choice takes back one right one, never below 0.",
    Key.Policy.EACH_ANSWER: "Each option by itself: chosen or left out rightly, every option counts the same.",
    Key.Policy.COVERAGE: "Share of the key that is covered: few wrong choices and few missing ones both cost.",
    Key.Policy.MAPPED: "A value for each option: the values of what was chosen are summed.",
}


class ItemForm(forms.Form):
    """What an item carries besides its options."""

    code = forms.SlugField(max_length=60, help_text="Stable for ever; it must not name the domain.")
    state = forms.ChoiceField(choices=Item.State.choices, help_text="Active items are scored, pilots are not.")
    objective = forms.ModelChoiceField(Objective.objects.none())
    primary_topic = forms.ModelChoiceField(Topic.objects.none(), help_text="Mastery is counted on this one.")
    other_topics = forms.ModelMultipleChoiceField(Topic.objects.none(), required=False)
    services = forms.ModelMultipleChoiceField(Service.objects.none(), required=False)
    stem = forms.CharField(
        widget=forms.Textarea, strip=True, help_text="Markdown. 70 to 130 words, code blocks not counted."
    )
    lead_in = forms.CharField(max_length=500, label="Lead-in", help_text="One line with exactly one superlative.")
    constraints = forms.CharField(
        widget=forms.Textarea, help_text="One stated requirement a line, as “c1 stem: Text.” or “c4 lead_in: Text.”"
    )
    policy = forms.ChoiceField(
        choices=POLICIES.items(),
        widget=forms.RadioSelect,
        initial=Key.Policy.EXACT,
        label="How an answer becomes credit",
    )
    map_low = forms.DecimalField(
        max_digits=7, decimal_places=4, min_value=0, initial=0, required=False, label="Least sum"
    )
    map_high = forms.DecimalField(
        max_digits=7, decimal_places=4, min_value=0, initial=1, required=False, label="Sum that is full credit"
    )
    takeaway = forms.CharField(widget=forms.Textarea, help_text="Two sentences that stay.")
    angoff = forms.FloatField(
        min_value=0.05,
        max_value=0.95,
        label="Angoff estimate",
        help_text="Share of borderline candidates who get it right.",
    )
    references = forms.CharField(
        widget=forms.Textarea, help_text="One a line: Title | https://… | 2026-11-23 | stored-copy"
    )
    review_due = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, certification: Certification, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        of_domain = {"domain__certification": certification}
        topics = Topic.objects.filter(**of_domain).order_by("title")
        for name, choices in {
            "objective": Objective.objects.filter(**of_domain).order_by("domain__number", "code"),
            "primary_topic": topics,
            "other_topics": topics,
            "services": Service.objects.all(),
        }.items():
            self.fields[name].queryset = choices  # type: ignore[attr-defined] # model choice fields

    def clean(self) -> dict[str, Any]:
        """Hold the bounds of mapped values in order."""
        data = super().clean() or self.cleaned_data
        data["map_low"] = data.get("map_low") or Decimal(0)
        data["map_high"] = Decimal(1) if data.get("map_high") is None else data["map_high"]
        if not data["map_low"] < data["map_high"]:
            self.add_error("map_high", "The sum that is full credit must be above the least sum.")
        return data

    def clean_constraints(self) -> tuple[ConstraintContent, ...]:
        """Read one requirement a line."""
        return tuple(
            ConstraintContent(found[1], found[2], found[3].strip())
            for found in self._lines("constraints", r"^(\w+) (stem|lead_in): (.+)$", "“c1 stem: Text.”")
        )

    def clean_references(self) -> tuple[ReferenceContent, ...]:
        """Read one reference a line."""
        pattern = rf"^(.+?) \| (https://\S+) \| (\d{{4}}-\d{{2}}-\d{{2}}) \| ({'|'.join(VIAS)})$"
        found = self._lines("references", pattern, f"“Title | https://… | 2026-11-23 | {VIAS[1]}”")
        try:
            return tuple(ReferenceContent(f[1], f[2], date.fromisoformat(f[3]), f[4]) for f in found)
        except ValueError as error:
            raise forms.ValidationError(f"A date does not exist: {error}.") from error

    def _lines(self, name: str, pattern: str, example: str) -> list[re.Match[str]]:
        found = []
        for number, line in enumerate(self.cleaned_data[name].splitlines(), 1):
            if not line.strip():
                continue
            match = re.match(pattern, line.strip())
            if match is None:
                raise forms.ValidationError(f"Line {number} is not like {example}.")
            found.append(match)
        return found


class OptionForm(forms.Form):
    """One option with what the key says of it; an empty text leaves the option out."""

    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    is_keyed = forms.BooleanField(required=False, label="Keyed")
    rationale = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    violates = forms.CharField(required=False, help_text="Ids of requirements that it breaks, as “c1 c3”.")
    mistake = forms.CharField(required=False, max_length=200, help_text="Its name, for a distractor.")
    is_feasible = forms.BooleanField(required=False, initial=True, label="Would work, technically")
    value = forms.DecimalField(
        required=False, max_digits=7, decimal_places=4, help_text="What choosing it adds; negative takes away."
    )

    def clean_violates(self) -> tuple[str, ...]:
        """Read ids apart by spaces or commas."""
        return tuple(re.findall(r"\w+", self.cleaned_data["violates"]))

    def clean(self) -> dict[str, Any]:
        """Want a rationale with every text."""
        data = super().clean() or self.cleaned_data
        if data.get("text") and not data.get("rationale"):
            self.add_error("rationale", "Say why this option is right or wrong.")
        return data


if TYPE_CHECKING:
    OptionForms = BaseFormSet[OptionForm]
else:
    OptionForms = BaseFormSet


class BaseOptionFormSet(OptionForms):
    """The options together: at least two, and a key among them."""

    def clean(self) -> None:
        """Want between one keyed option and all but one."""
        filled = [form.cleaned_data for form in self.forms if form.cleaned_data.get("text")]
        keyed = sum(data["is_keyed"] for data in filled)
        if len(filled) < 2:
            raise forms.ValidationError("Write at least two options.")
        if not 0 < keyed < len(filled):
            raise forms.ValidationError("Mark the keyed options: at least one, and not all.")


OptionFormSet = formset_factory(OptionForm, formset=BaseOptionFormSet, extra=0, min_num=6, max_num=8)


def sent_options(data: QueryDict) -> BaseOptionFormSet:
    """Return the options that a person sent."""
    return cast("BaseOptionFormSet", OptionFormSet(data, prefix="options"))


def are_valid(item: ItemForm, options: BaseOptionFormSet) -> bool:
    """Whether both forms are valid, and valid together; what is wrong stands in them."""
    if not (item.is_valid() and options.is_valid()):
        return False
    filled = [form.cleaned_data for form in options.forms if form.cleaned_data.get("text")]
    if item.cleaned_data["policy"] == Key.Policy.MAPPED and all(data["value"] is None for data in filled):
        item.add_error("policy", "Give at least one option a value, or choose another way.")
    return not item.errors


def to_content(item: ItemForm, options: BaseOptionFormSet) -> ItemContent:
    """Return two valid forms as one item; how many may be chosen follows from the key."""
    data = item.cleaned_data
    filled = [form.cleaned_data for form in options.forms if form.cleaned_data.get("text")]
    choose = sum(option["is_keyed"] for option in filled)
    is_mapped = data["policy"] == Key.Policy.MAPPED
    primary: Topic = data["primary_topic"]
    return ItemContent(
        code=data["code"],
        state=data["state"],
        kind="single" if choose == 1 else "multiple",
        choose=choose,
        domain=data["objective"].domain.number,
        objective=data["objective"].code,
        topics=(primary.slug, *(topic.slug for topic in data["other_topics"] if topic != primary)),
        services=tuple(service.slug for service in data["services"]),
        stem=_unix(data["stem"]),
        lead_in=data["lead_in"],
        options=tuple(
            OptionContent(
                text=_unix(option["text"]),
                is_keyed=option["is_keyed"],
                rationale=_unix(option["rationale"]),
                violates=option["violates"],
                mistake=option["mistake"],
                is_feasible=option["is_feasible"],
                # Values that another policy was tried with are not the item's.
                value=option["value"] if is_mapped else None,
            )
            for option in filled
        ),
        constraints=data["constraints"],
        takeaway=_unix(data["takeaway"]),
        angoff=data["angoff"],
        references=data["references"],
        review_due=data["review_due"],
        policy=data["policy"],
        map_low=data["map_low"] if is_mapped else Decimal(0),
        map_high=data["map_high"] if is_mapped else Decimal(1),
    )


def initial(content: ItemContent, objective: Objective) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what the forms of a stored item start with."""
    topics = {topic.slug: topic for topic in Topic.objects.filter(slug__in=content.topics)}
    item = {
        "code": content.code,
        "state": content.state,
        "objective": objective,
        "primary_topic": topics.get(content.topics[0]) if content.topics else None,
        "other_topics": [topics[slug] for slug in content.topics[1:]],
        "services": list(Service.objects.filter(slug__in=content.services)),
        "stem": content.stem,
        "lead_in": content.lead_in,
        "constraints": "\n".join(f"{c.id} {c.source}: {c.text}" for c in content.constraints),
        "takeaway": content.takeaway,
        "angoff": content.angoff,
        "references": "\n".join(f"{r.title} | {r.url} | {r.checked} | {r.via}" for r in content.references),
        "review_due": content.review_due,
        "policy": content.policy,
        "map_low": _plain(content.map_low),
        "map_high": _plain(content.map_high),
    }
    options = [
        {
            "text": o.text,
            "is_keyed": o.is_keyed,
            "rationale": o.rationale,
            "violates": " ".join(o.violates),
            "mistake": o.mistake,
            "is_feasible": o.is_feasible,
            "value": "" if o.value is None else _plain(o.value),
        }
        for o in content.options
    ]
    return item, options


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _unix(text: str) -> str:
    # Browsers send CRLF; left in, an unchanged item would count as a new version.
    return text.replace("\r\n", "\n").strip()


class ProblemForm(forms.Form):
    """What is wrong with an item, or what is said to that; the service holds the limit, with line ends counted as one.

    `label` and `help_text` say which of the two it is.
    """

    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 5, "maxlength": LONGEST}))

    def __init__(self, *args: Any, label: str, help_text: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label
        self.fields["text"].help_text = help_text
