"""Rules about the code that an item shows: what a professional reads must be what a machine would take."""

import json
from collections.abc import Iterator

import yaml

from apps.bank.content import ItemContent
from apps.bank.lint.findings import Places, error
from apps.bank.lint.text import artefacts, prose, seen_texts


@error("json-artefact", "Make it one JSON document, the members of one, or a document a line; fence the rest as text.")
def json_artefact(item: ItemContent) -> Places:
    """A block of JSON parses, and no member stands twice."""
    for place, text in _shown(item):
        for block in artefacts(text):
            if block.language == "json" and (problem := _json_problem(block.text)):
                yield place, f"The JSON in it does not parse: {problem}."


def _json_problem(text: str) -> Exception | None:
    excerpt = text.strip().rstrip(",")
    if not excerpt.startswith(("{", "[")):
        # The members of an object, as documentation shows them.
        return _problem_of("{" + excerpt + "}")
    whole = _problem_of(text)
    if whole and any(_problem_of(line) for line in text.splitlines() if line.strip()):
        return whole
    return None


def _problem_of(text: str) -> Exception | None:
    try:
        json.loads(text, object_pairs_hook=_members)
    except (ValueError, RecursionError) as problem:
        return problem
    return None


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    seen: dict[str, object] = {}
    for name, value in pairs:
        if name in seen:
            raise ValueError(f"the member {name} stands twice")
        seen[name] = value
    return seen


class _AnyTag(yaml.SafeLoader):
    """Reads documents whose tags only their own tool knows, such as !Sub and !GetAtt of CloudFormation.

    Not the C loader: that one crashes the process on very deep nesting, and this text comes from a browser.
    """


_AnyTag.add_multi_constructor("!", lambda *_: None)


@error("yaml-artefact", "Mend its indentation, colons and quotes.")
def yaml_artefact(item: ItemContent) -> Places:
    """A block of YAML is valid YAML; short forms of CloudFormation's functions are tags of any name."""
    for place, text in _shown(item):
        for block in artefacts(text):
            if block.language in {"yaml", "yml"}:
                try:
                    list(yaml.load_all(block.text, Loader=_AnyTag))  # a safe loader; tags make nothing
                except (yaml.YAMLError, ValueError, RecursionError) as problem:
                    mark = getattr(problem, "problem_mark", None)
                    where = f" at its line {mark.line + 1}" if mark else ""
                    yield place, f"The YAML in it does not parse{where}: {getattr(problem, 'problem', problem)}."


@error("fence-open", "Put three backticks on a line of their own before and after the code.")
def fence_open(item: ItemContent) -> Places:
    """A block of code that never ends swallows the rest of the text."""
    for place, text in _shown(item):
        if "```" in prose(text):
            yield place, "A block of code has no end."


def _shown(item: ItemContent) -> Iterator[tuple[str, str]]:
    yield from seen_texts(item)
    for number, option in enumerate(item.options, 1):
        yield f"rationale of option {number}", option.rationale


RULES = (json_artefact, yaml_artefact, fence_open)
