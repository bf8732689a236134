"""Rules about how an item is worded in English: lead-ins that mislead, words that give away or mean nothing.

The flaws follow NBME's item-writing guide (Constructing Written Test Questions, 6th ed., "technical item flaws").
"""

import re

from apps.bank.content import ItemContent
from apps.bank.lint.findings import Places, error, warning
from apps.bank.lint.text import distinctive, spoken, words

NUMBER_WORDS = {2: "TWO", 3: "THREE"}
_ABSOLUTE = re.compile(
    r"\b(?:always|never|completely|totally|entirely|absolutely|invariably|impossible|regardless of|at all times|"
    r"in every case|under no circumstances)\b",
    re.IGNORECASE,
)
_SUPERLATIVE = re.compile(r"\b(?:LEAST|MOST|FEWEST|LOWEST|HIGHEST|SHORTEST|FASTEST|SMALLEST|BEST|FIRST|QUICKEST)\b")
_NEGATIVE = re.compile(r"\b(?:NOT|EXCEPT|not|except|never|NEVER|cannot)\b|n['’]t\b")
_CATCH_ALL = re.compile(
    r"\b(?:all|none|both|any|neither|either) of (?:(?:the )?(?:above|options|answers|preceding)\b|these(?=\W*$))"
    r"|\b(?-i:(?:[Bb]oth|[Oo]ptions?) [A-H])\b",
    re.IGNORECASE,
)
_RECALL = re.compile(
    r"(?:Which|What) (?:\w+ )?(?:service|feature)s? (?:is|are|can|does|should|will|would|must|meets?|provides?|offers?|"
    r"allows?|lets?|supports?|enables?)\b"
    r"|What (?:is|are|does) (?!.*\b(?:cause|reason|MOST|LEAST|BEST|FIRST|FASTEST)\b)"
)
_VAGUE = re.compile(
    r"\b(?:usually|often|sometimes|frequently|probably|generally|occasionally|rarely|seldom|typically|normally|"
    r"regularly|appropriate|appropriately|adequate|adequately|suitable|as needed|if necessary|where necessary|"
    r"etc\b|and so on)(?!\w)",
    re.IGNORECASE,
)
_SCENARIO = re.compile(
    r"\b(?:these|this|those|such|their|its|they|it)\b"
    r"|\bthe (?:company|team|scenario|situation|setup|issue|problem|error|failure|requirements?|cause)\b",
    re.IGNORECASE,
)


@error("choose-number", "End the lead-in with (Choose TWO.) or (Choose THREE.).")
def choose_number(item: ItemContent) -> Places:
    """A multiple-response lead-in says the number in capitals."""
    number = NUMBER_WORDS.get(item.choose)
    if number and f"(Choose {number}.)" not in item.lead_in:
        yield "lead-in", "The number to choose is not said."


@warning("superlative", "Ask for exactly one, as LEAST.")
def superlative(item: ItemContent) -> Places:
    """The lead-in has exactly one superlative, or two options may both be best."""
    if (count := len(_SUPERLATIVE.findall(item.lead_in))) != 1:
        yield "lead-in", f"It has {count} superlatives in capitals."


@error("negative-lead-in", "Ask for the solution that works.")
def negative_lead_in(item: ItemContent) -> Places:
    """Who overlooks a negation answers another question."""
    if found := _NEGATIVE.search(item.lead_in):
        yield "lead-in", f"It asks for what is not so (“{found[0]}”)."


@error("lead-in-line", "Ask in one line; the scenario is the stem.")
def lead_in_line(item: ItemContent) -> Places:
    """The lead-in is one line."""
    if "\n" in item.lead_in.strip():
        yield "lead-in", "It spans several lines."


@warning("recall", "Ask for a decision under constraints.")
def recall(item: ItemContent) -> Places:
    """A professional decides; a name can be looked up."""
    if _RECALL.match(item.lead_in):
        yield "lead-in", "It asks for a name or a definition."


@warning("scenario-free", "Ask what meets the requirements of this scenario, and state some in it.")
def scenario_free(item: ItemContent) -> Places:
    """Who can answer without the scenario has read it for nothing."""
    if item.constraints and all(constraint.source == "lead_in" for constraint in item.constraints):
        yield "constraints", "Every requirement stands in the lead-in."
    # Either a word that points back, or a thing of the stem.
    if not _SCENARIO.search(item.lead_in) and not distinctive(item.lead_in) & distinctive(item.stem):
        yield "lead-in", "It can be answered without the scenario."


@error("catch-all", "Say what it does itself.")
def catch_all(item: ItemContent) -> Places:
    """No "all of the above": recognising two right options answers it."""
    for number, option in enumerate(item.options, 1):
        if found := _CATCH_ALL.search(option.text):
            yield f"option {number}", f"It refers to the other options (“{found[0]}”)."


def absolute_word(text: str) -> str | None:
    """Return the first absolute word of `text`, or None."""
    found = _ABSOLUTE.search(spoken(text))
    return found[0] if found else None


@warning("absolute-words", "Soften or balance them.")
def absolute_words(item: ItemContent) -> Places:
    """Absolute words only in distractors tell the test-wise what to strike out."""
    if any(absolute_word(option.text) for option in item.keyed):
        return
    said = [(n, found) for n, option in enumerate(item.options, 1) if (found := absolute_word(option.text))]
    if said:
        yield f"option {said[0][0]}", f"Only distractors carry absolute words (“{said[0][1]}”)."


@warning("vague", "Say when, or how much.")
def vague(item: ItemContent) -> Places:
    """Such words mean different things to different readers."""
    for number, option in enumerate(item.options, 1):
        if found := _VAGUE.search(spoken(option.text)):
            yield f"option {number}", f"“{found[0]}” is vague."


# How options that tell what to do begin; what is not here decides nothing.
_IMPERATIVE = frozenset(
    "activate add adjust allow append apply assign associate attach authorize block bootstrap build buy call change "
    "choose clone combine configure connect convert copy create cut decrease define delegate delete deny deploy detach "
    "disable drop edit enable encrypt enroll enter exclude expand export extend forward give grant import include "
    "increase insert install instruct integrate invoke join keep launch leave let limit lower make match merge migrate "
    "modify mount move narrow open override pass place point promote protect provision publish push put raise record "
    "redeploy redirect reduce register remove rename replace replicate request require reset restore restrict rewrite "
    "route run save schedule select send set share split spread start stop store subscribe switch tag take transfer "
    "turn update upgrade upload use verify wrap write".split()
)
_DETERMINER = frozenset("a an the its their this these".split())
_NOT_GERUND = frozenset("during king ping ring spring string thing using".split())


def _form(text: str) -> str | None:
    first = next(iter(words(text)), "").lower()
    if first in _IMPERATIVE:
        return "an order"
    if first in _DETERMINER:
        # "A sends …, B reads …" is a statement and "A rule with …" a thing: both are named, not ordered.
        return "a thing or statement"
    if first.endswith("ing") and len(first) > 4 and first not in _NOT_GERUND:
        return "an -ing form"
    return "a reason" if first == "because" else None


@warning("mixed-forms", "Give all options the same grammatical form, the one that the lead-in asks for.")
def mixed_forms(item: ItemContent) -> Places:
    """Options that fit the lead-in unequally well are told apart by grammar."""
    forms = [(number, form) for number, option in enumerate(item.options, 1) if (form := _form(option.text))]
    kinds = {form for _, form in forms}
    if len(kinds) > 1:
        rare = min(kinds, key=lambda kind: (sum(form == kind for _, form in forms), kind))
        number = next(number for number, form in forms if form == rare)
        others = " and ".join(sorted(kinds - {rare}))
        yield f"option {number}", f"It begins as {rare}, others as {others}."
    elif forms and not _fits(item.lead_in, forms[0][1]):
        yield "options", f"They begin as {forms[0][1]}, which does not answer “{item.lead_in.split(' (')[0]}”"
    if re.search(r"\b(?:a|an)(?:\s*[:…_]*)$", item.lead_in.strip()):
        yield "lead-in", "It ends with an article that fits only some options."


def _fits(lead_in: str, form: str) -> bool:
    if re.match(r"Why\b|What (?:caused|explains)\b|(?:What is|Which(?: is)?) the .*(?:cause|reason)\b", lead_in):
        return form != "an order"
    return not (re.match(r"What (?:should|must|can|could) \w+.* do\b", lead_in) and form == "a thing or statement")


RULES = (
    choose_number,
    superlative,
    negative_lead_in,
    lead_in_line,
    recall,
    scenario_free,
    catch_all,
    absolute_words,
    vague,
    mixed_forms,
)
