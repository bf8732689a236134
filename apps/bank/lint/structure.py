"""Rules about what an item must carry: key, rationales, constraint map, references, dates."""

import re

from apps.bank.content import ItemContent
from apps.bank.lint.findings import Places, error, warning

OPTION_COUNTS = {1: 4, 2: 5, 3: 6}
# Options are shuffled per attempt, so letters and places name nothing.
_LETTER = re.compile(
    r"\b(?:[Oo]ptions?|[Aa]nswers?|[Cc]hoices?) \(?[A-H]\b"
    r"|\b[Oo]ptions? [1-8]\b"
    r"|\b(?:first|second|third|fourth|fifth|sixth|last|previous|next) (?:option|answer|choice)\b"
    r"|\b(?:option|answer|choice) (?:above|below)\b"
)


@error("key-count", "Name exactly as many keyed options as the candidate may choose; one for a single item.")
def key_count(item: ItemContent) -> Places:
    """The key names as many options as the candidate may choose."""
    if len(item.keyed) != item.choose or (item.kind == "single") != (item.choose == 1):
        yield "key", f"The key names {len(item.keyed)} options of a {item.kind} item that asks for {item.choose}."


@error("option-count", "Offer four options to choose one from, five to choose two, six to choose three.")
def option_count(item: ItemContent) -> Places:
    """The usual number of options, so that chance is the same in every item of a kind."""
    expected = OPTION_COUNTS.get(item.choose)
    if expected and len(item.options) != expected:
        said = f"There are {len(item.options)} options; an item that asks for {item.choose} has {expected}."
        yield "options", said


@error("rationale", "Say why it is right or wrong.")
def rationale(item: ItemContent) -> Places:
    """Every option explains itself."""
    for number, option in enumerate(item.options, 1):
        if not option.rationale.strip():
            yield f"option {number}", "It has no rationale."


@error("letter-named", "Describe the other option; letters and places differ in each attempt.")
def letter_named(item: ItemContent) -> Places:
    """No explanation names another option by its letter or place."""
    explained = [(f"option {number}", "Its rationale", o.rationale) for number, o in enumerate(item.options, 1)]
    for place, what, text in [*explained, ("takeaway", "It", item.takeaway)]:
        if found := _LETTER.search(text):
            yield place, f"{what} names an option by letter or place (“{found[0]}”)."


@error("constraints", "List two to five stated requirements.")
def constraints(item: ItemContent) -> Places:
    """What options satisfy or violate is stated."""
    if not item.constraints:
        yield "constraints", "No requirement is stated."


@error("constraint-unknown", "Use ids of the list.")
def constraint_unknown(item: ItemContent) -> Places:
    """The constraint map names only requirements that are stated."""
    known = {constraint.id for constraint in item.constraints}
    for number, option in enumerate(item.options, 1):
        if unknown := set(option.violates) - known:
            yield f"option {number}", f"It violates {', '.join(sorted(unknown))}, not in the list."


@error("key-violates", "Mend the key or the map.")
def key_violates(item: ItemContent) -> Places:
    """The key satisfies all requirements."""
    for number, option in enumerate(item.options, 1):
        if option.is_keyed and option.violates:
            yield f"option {number}", "A keyed option violates a requirement."


@error("distractor-free", "Name what it breaks, or key it.")
def distractor_free(item: ItemContent) -> Places:
    """Each distractor violates a requirement; else two answers are right."""
    for number, option in enumerate(item.options, 1):
        if not option.is_keyed and not option.violates:
            yield f"option {number}", "This distractor violates nothing."


@warning("mistake-unnamed", "Name the mistake that it stands for.")
def mistake_unnamed(item: ItemContent) -> Places:
    """Each distractor is a mistake that a competent engineer makes."""
    for number, option in enumerate(item.options, 1):
        if not option.is_keyed and not option.mistake:
            yield f"option {number}", "The mistake has no name."


@warning("constraint-idle", "Use it or drop it.")
def constraint_idle(item: ItemContent) -> Places:
    """Each requirement has its distractor; one that nothing breaks is padding."""
    broken = {name for option in item.options for name in option.violates}
    for idle in sorted({constraint.id for constraint in item.constraints} - broken):
        yield f"constraint {idle}", "No distractor violates it: it is padding."


@warning("feasible", "Make two feasible.")
def feasible(item: ItemContent) -> Places:
    """At least two distractors would work at all, or the item is easy for the wrong reason."""
    if sum(option.is_feasible for option in item.distractors) < 2:
        yield "options", "Fewer than two distractors would work at all."


@error("reference", "Cite the official page that decides the key.")
def reference(item: ItemContent) -> Places:
    """The item rests on an official page."""
    if not item.references:
        yield "references", "No reference is given."


@error("reference-url", "Give the official page.")
def reference_url(item: ItemContent) -> Places:
    """References are addresses that a browser opens safely."""
    for number, source in enumerate(item.references, 1):
        if not source.url.startswith("https://"):
            yield f"reference {number}", "The address is not https."


@warning("takeaway", "Say it in two sentences.")
def takeaway(item: ItemContent) -> Places:
    """What to remember is short."""
    sentences = len(re.findall(r"[.!?](?:\s|$)", item.takeaway))
    if not 1 <= sentences <= 3:
        yield "takeaway", f"It has {sentences} sentences."


@error("topic", "Name its primary topic first.")
def topic(item: ItemContent) -> Places:
    """The curriculum knows where the item belongs."""
    if not item.topics:
        yield "topics", "The item has no topic."


@warning("review-due-missing", "Give the day, at most a year after the facts were checked.")
def review_due_missing(item: ItemContent) -> Places:
    """Facts age: every item says when it is read again."""
    if item.review_due is None:
        yield "review_due", "It is not said when the item is due for review."


@warning("angoff", "Aim at .35 to .85.")
def angoff(item: ItemContent) -> Places:
    """The author's estimate lies where an item still tells candidates apart."""
    if not 0.35 <= item.angoff <= 0.85:
        yield "angoff", f"The estimate is {item.angoff:.2f}."


RULES = (
    key_count,
    option_count,
    rationale,
    letter_named,
    constraints,
    constraint_unknown,
    key_violates,
    distractor_free,
    mistake_unnamed,
    constraint_idle,
    feasible,
    reference,
    reference_url,
    takeaway,
    topic,
    review_due_missing,
    angoff,
)
