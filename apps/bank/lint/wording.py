"""Rules about how an item is worded: cues that help the test-wise and traps that hurt the careful.

The flaws follow NBME's item-writing guide (Constructing Written Test Questions, 6th ed., "technical item flaws").
"""

import re
from collections.abc import Callable, Iterator
from itertools import combinations

from apps.bank.content import ItemContent
from apps.bank.lint.findings import Finding, distinctive, error, warning, words

_SUPERLATIVE = re.compile(r"\b(?:LEAST|MOST|FEWEST|LOWEST|HIGHEST|SHORTEST|FASTEST|SMALLEST|BEST|FIRST|QUICKEST)\b")
_NEGATIVE = re.compile(r"\b(?:NOT|EXCEPT|not|except|never)\b")
_CATCH_ALL = re.compile(r"\b(?:all|none|both|any) of (?:the )?(?:above|these|options)\b", re.IGNORECASE)
ABSOLUTE = re.compile(r"\b(?:always|never|completely|totally|entirely|under no circumstances)\b", re.IGNORECASE)
_VAGUE = re.compile(r"\b(?:usually|often|sometimes|frequently|probably|generally|occasionally)\b", re.IGNORECASE)


def lead_in_form(item: ItemContent) -> Iterator[Finding]:
    """The lead-in is one positive line with exactly one superlative."""
    count = len(_SUPERLATIVE.findall(item.lead_in))
    if count != 1:
        yield warning(
            "superlative", "lead-in", f"It has {count} superlatives in capitals.", "Ask for exactly one, as LEAST."
        )
    if _NEGATIVE.search(item.lead_in):
        yield error("negative-lead-in", "lead-in", "It asks for what is not so.", "Ask for the solution that works.")
    if "\n" in item.lead_in.strip():
        yield error("lead-in-line", "lead-in", "It spans several lines.", "Ask in one line; the scenario is the stem.")
    if re.match(r"Which (?:AWS )?service\b", item.lead_in):
        yield warning(
            "recall", "lead-in", "It asks for the name of a service.", "Ask for a decision under constraints."
        )


def catch_all(item: ItemContent) -> Iterator[Finding]:
    """No "all of the above": recognising two right options answers it."""
    for number, option in enumerate(item.options, 1):
        if _CATCH_ALL.search(option.text):
            yield error("catch-all", f"option {number}", "It refers to the other options.", "Say what it does itself.")


def absolute_words(item: ItemContent) -> Iterator[Finding]:
    """Absolute words only in distractors tell the test-wise what to strike out."""
    in_key = any(ABSOLUTE.search(option.text) for option in item.keyed)
    marked = [n for n, option in enumerate(item.options, 1) if not option.is_keyed and ABSOLUTE.search(option.text)]
    if marked and not in_key:
        yield warning(
            "absolute-words", f"option {marked[0]}", "Only distractors carry absolute words.", "Soften or balance them."
        )


def vague_words(item: ItemContent) -> Iterator[Finding]:
    """Frequency words mean different things to different readers."""
    for number, option in enumerate(item.options, 1):
        if found := _VAGUE.search(option.text):
            yield warning("vague", f"option {number}", f"“{found[0]}” is vague.", "Say when, or how much.")


def clang(item: ItemContent) -> Iterator[Finding]:
    """A stem word that only the key repeats is a cue."""
    stem = distinctive(item.stem)
    shared = [distinctive(option.text) & stem for option in item.options]
    alone = [
        own - set().union(*(other for j, other in enumerate(shared) if j != i and not item.options[j].is_keyed))
        for i, own in enumerate(shared)
    ]
    key_most = max((len(alone[i]) for i, o in enumerate(item.options) if o.is_keyed), default=0)
    other_most = max((len(alone[i]) for i, o in enumerate(item.options) if not o.is_keyed), default=0)
    if key_most >= other_most + 3:
        cue = max((alone[i] for i, o in enumerate(item.options) if o.is_keyed), key=len)
        yield warning(
            "stem-word-in-key",
            "options",
            f"Only the key repeats these stem words: {', '.join(sorted(cue)[:5])}.",
            "Use them in a distractor too, or reword the key.",
        )


def convergence(item: ItemContent) -> Iterator[Finding]:
    """The option that shares most with all others is what a guesser takes."""
    if item.choose != 1 or len(item.keyed) != 1:
        return
    bags = [distinctive(option.text) for option in item.options]
    overlap = [sum(len(bag & other) for other in bags if other is not bag) / (len(bag) or 1) for bag in bags]
    key = next(i for i, option in enumerate(item.options) if option.is_keyed)
    rivals = [value for i, value in enumerate(overlap) if i != key]
    if rivals and overlap[key] > 1.35 * max(rivals):
        yield warning(
            "convergence", "options", "The key shares most elements with the others.", "Cross the features two by two."
        )


_OPPOSITES = [
    {"enable", "disable"}, {"allow", "deny"}, {"increase", "decrease"}, {"public", "private"}, {"before", "after"},
    {"add", "remove"}, {"synchronous", "asynchronous"}, {"encrypted", "unencrypted"}, {"inbound", "outbound"},
]  # fmt: skip


def opposites(item: ItemContent) -> Iterator[Finding]:
    """Two options that differ in one pair of opposites cover everything: one of them must be right."""
    for (a, first), (b, second) in combinations(enumerate(item.options, 1), 2):
        if {word.lower() for word in set(words(first.text)) ^ set(words(second.text))} in _OPPOSITES:
            yield error(
                "opposites", f"option {b}", f"It is option {a} turned round.", "Let options differ in substance."
            )


def parallel_options(item: ItemContent) -> Iterator[Finding]:
    """Options agree in form, so that grammar is no cue."""
    endings = {option.text.strip()[-1:] == "." for option in item.options}
    if len(endings) > 1:
        yield warning("parallel", "options", "Some options end with a full stop and some don't.", "End all alike.")
    for (a, first), (b, second) in combinations(enumerate(item.options, 1), 2):
        left, right = set(words(first.text.lower())), set(words(second.text.lower()))
        if left and len(left & right) / len(left | right) > 0.92:
            yield error("twin-options", f"option {b}", f"It says almost the same as option {a}.", "Make them differ.")
    numbers = [re.match(r"\s*(\d+(?:\.\d+)?)", option.text) for option in item.options]
    if all(numbers):
        values = [float(match[1]) for match in numbers if match]
        if values != sorted(values):
            yield warning("unsorted-numbers", "options", "Numeric options are not in order.", "Sort them.")


RULES: tuple[Callable[[ItemContent], Iterator[Finding]], ...] = (
    lead_in_form,
    catch_all,
    absolute_words,
    vague_words,
    clang,
    convergence,
    opposites,
    parallel_options,
)
