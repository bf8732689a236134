"""The forms of a pack: forms.yaml, which a pack may leave out (docs/item-format.md)."""

import yaml
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from apps.exams.content import FormContent
from apps.interchange.formats.item_pack import Slug, Text
from apps.interchange.formats.located_yaml import load
from apps.interchange.formats.problems import Problem

FILE = "forms.yaml"


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Slug = Field(max_length=40)
    title: Text
    seed: int
    items: list[Slug] = Field(min_length=1)
    pilots: list[Slug] = []


class _Forms(RootModel[list[_Form]]):
    pass


def parse_forms(text: str) -> tuple[list[FormContent], list[Problem]]:
    """Read the forms. Returns them, or every problem with its line."""
    document = load(FILE, text)
    if isinstance(document, Problem):
        return [], [document]
    try:
        raw = _Forms.model_validate(document.data).root
    except ValidationError as error:
        return [], [
            Problem(FILE, document.line(found["loc"]), "form", f"{_place(found['loc'])}: {found['msg']}.")
            for found in error.errors()
        ]
    problems = [
        Problem(FILE, document.line((place, "pilots")), "form", f"{form.code} has no item {', '.join(strangers)}.")
        for place, form in enumerate(raw)
        if (strangers := sorted(set(form.pilots) - set(form.items)))
    ]
    found = [FormContent(form.code, form.title, form.seed, tuple(form.items), frozenset(form.pilots)) for form in raw]
    return ([], problems) if problems else (found, [])


def _place(location: tuple[str | int, ...]) -> str:
    return " › ".join(str(part) for part in location) or "the file"


def write_forms(forms: list[FormContent]) -> str:
    """Return the text of forms.yaml."""
    data = [
        {
            "code": form.code,
            "title": form.title,
            "seed": form.seed,
            "items": list(form.items),
            "pilots": sorted(form.pilots),
        }
        for form in forms
    ]
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
