"""Rules that compare options: what lets a test-wise reader find the key or strike out a distractor.

The flaws follow NBME's item-writing guide (Constructing Written Test Questions, 6th ed., "technical item flaws").
"""

import re
from itertools import combinations

from apps.bank.content import ItemContent
from apps.bank.lint.findings import Places, error, warning
from apps.bank.lint.text import distinctive, words


@warning("stem-word-in-key", "Use them in a distractor too, or reword the key.")
def stem_word_in_key(item: ItemContent) -> Places:
    """Stem words that only the key repeats are a cue, unless a distractor has nearly as many of its own."""
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
        yield "options", f"Only the key repeats these stem words: {', '.join(sorted(cue)[:5])}."


def overlaps(item: ItemContent) -> list[float]:
    """Return of each option how many of its subject words others share, per word of its own."""
    bags = [distinctive(option.text) for option in item.options]
    return [sum(len(bag & other) for other in bags if other is not bag) / (len(bag) or 1) for bag in bags]


@warning("convergence", "Cross the features two by two.")
def convergence(item: ItemContent) -> Places:
    """The option that shares most with all others is what a guesser takes."""
    if item.choose != 1 or len(item.keyed) != 1:
        return
    shared = overlaps(item)
    key = next(i for i, option in enumerate(item.options) if option.is_keyed)
    rivals = [value for i, value in enumerate(shared) if i != key]
    if rivals and shared[key] > 1.35 * max(rivals):
        yield "options", "The key shares most elements with the others."


# Before words are compared, what says one thing in several becomes one.
_PHRASES = {
    r"\bat least\b|\bor more\b": "atleast", r"\bat most\b|\bor (?:less|fewer)\b|\bup to\b": "atmost",
    r"\b(?:less|fewer) than\b": "lessthan", r"\bmore than\b": "morethan",
    r"\bturn(?:s|ed)? on\b": "enable", r"\bturn(?:s|ed)? off\b": "disable", r"\b(?:do|does) not\b": "not",
}  # fmt: skip
_OPPOSITES = [
    {"enable", "disable"}, {"allow", "deny"}, {"increase", "decrease"}, {"raise", "lower"}, {"public", "private"},
    {"before", "after"}, {"add", "remove"}, {"attach", "detach"}, {"synchronou", "asynchronou"}, {"true", "false"},
    {"encrypted", "unencrypted"}, {"inbound", "outbound"}, {"ingres", "egres"}, {"with", "without"}, {"not"},
    {"atleast", "lessthan"}, {"atmost", "morethan"}, {"include", "exclude"}, {"stateful", "stateles"},
]  # fmt: skip


def _plain(text: str) -> set[str]:
    text = text.lower()
    for phrase, word in _PHRASES.items():
        text = re.sub(phrase, word, text)
    return {word.strip(".,:;").rstrip("s") for word in words(text)}


@error("opposites", "Let options differ in substance, or cross the pair with a second one.")
def opposites(item: ItemContent) -> Places:
    """Two options that differ in one pair of opposites cover everything: one of them must be right.

    A second pair beside the first takes the cue away: then both features have to be known.
    """
    bags = [_plain(option.text) for option in item.options]
    pairs = [(a, b) for a, b in combinations(range(len(bags)), 2) if bags[a] ^ bags[b] in _OPPOSITES]
    if pairs and len({place for pair in pairs for place in pair}) < 4:
        for a, b in pairs:
            yield f"option {b + 1}", f"It is option {a + 1} turned round; one of the two must be right."


@warning("parallel", "End all alike.")
def parallel(item: ItemContent) -> Places:
    """Options agree in form, so that punctuation is no cue."""
    if len({option.text.strip()[-1:] == "." for option in item.options}) > 1:
        yield "options", "Some options end with a full stop and some don't."


@error("twin-options", "Make them differ in substance.")
def twin_options(item: ItemContent) -> Places:
    """Two options that say the same are both wrong, and the test-wise know it."""
    bags = [_plain(option.text) for option in item.options]
    for (a, left), (b, right) in combinations(enumerate(bags, 1), 2):
        apart = left ^ right
        # A pair of opposites has its own rule; other numbers are another answer.
        differs = apart in _OPPOSITES or (apart and all(word[:1].isdigit() for word in apart))
        if left and len(left & right) / len(left | right) > 0.92 and not differs:
            yield f"option {b}", f"It says almost the same as option {a}."


_NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(%|[A-Za-z]*)")
_UNITS = {
    "ms": 0.001, "millisecond": 0.001, "s": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600,
    "day": 86400, "week": 604800, "month": 2592000, "year": 31536000,
    "kb": 2**10, "kib": 2**10, "mb": 2**20, "mib": 2**20, "gb": 2**30, "gib": 2**30, "tb": 2**40, "tib": 2**40,
}  # fmt: skip


@warning("unsorted-numbers", "Sort them.")
def unsorted_numbers(item: ItemContent) -> Places:
    """Options that differ in one number stand in its order, so that none is overlooked."""
    found = [_NUMBER.search(option.text) for option in item.options]
    numbers = [match for match in found if match]
    frames = {_NUMBER.sub("#", option.text).strip() for option in item.options}
    starts = all(match.start() == len(match.string) - len(match.string.lstrip()) for match in numbers)
    if len(numbers) < max(2, len(item.options)) or not (starts or len(frames) == 1):
        return
    values = [float(m[1].replace(",", "")) * _UNITS.get(m[2].lower().rstrip("s") or "s", 1) for m in numbers]
    if values not in (sorted(values), sorted(values, reverse=True)):
        yield "options", "Numeric options are not in order."


RULES = (stem_word_in_key, convergence, opposites, parallel, twin_options, unsorted_numbers)
