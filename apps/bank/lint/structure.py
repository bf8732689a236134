"""Rules about what an item must carry: key, rationales, constraint map, references, lengths."""

import re
from collections.abc import Callable, Iterator

from apps.bank.content import ItemContent
from apps.bank.lint.findings import Finding, error, warning, words

OPTION_COUNTS = {1: 4, 2: 5, 3: 6}
NUMBER_WORDS = {2: "TWO", 3: "THREE"}


def key_count(item: ItemContent) -> Iterator[Finding]:
    """The key names as many options as the candidate may choose, out of the usual number."""
    if len(item.keyed) != item.choose or (item.kind == "single") != (item.choose == 1):
        yield error(
            "key-count",
            "key",
            f"The key names {len(item.keyed)} options of a {item.kind} item that asks for {item.choose}.",
            "Name exactly as many keyed options as the candidate may choose; one for a single item.",
        )
    expected = OPTION_COUNTS.get(item.choose)
    if expected and len(item.options) != expected:
        yield error(
            "option-count",
            "options",
            f"There are {len(item.options)} options; an item that asks for {item.choose} has {expected}.",
            f"Offer exactly {expected} options.",
        )


def choose_in_lead_in(item: ItemContent) -> Iterator[Finding]:
    """A multiple-response lead-in says the number in capitals."""
    number = NUMBER_WORDS.get(item.choose)
    if number and f"(Choose {number}.)" not in item.lead_in:
        yield error("choose-number", "lead-in", "The number to choose is not said.", f"End with (Choose {number}.)")


def rationales(item: ItemContent) -> Iterator[Finding]:
    """Every option explains itself, and no explanation names a letter, because options are shuffled."""
    for number, option in enumerate(item.options, 1):
        if not option.rationale.strip():
            yield error("rationale", f"option {number}", "It has no rationale.", "Say why it is right or wrong.")
        if re.search(r"\b[Oo]ptions? [A-H]\b|\b[Aa]nswer [A-H]\b", option.rationale):
            yield error(
                "letter-named",
                f"option {number}",
                "Its rationale names another option by letter.",
                "Describe the other option; letters differ in each attempt.",
            )


def constraint_map(item: ItemContent) -> Iterator[Finding]:
    """Each distractor violates a stated requirement, the key none, and each requirement has its distractor."""
    known = {constraint.id for constraint in item.constraints}
    if not known:
        yield error("constraints", "constraints", "No requirement is stated.", "List two to five stated requirements.")
    for number, option in enumerate(item.options, 1):
        place = f"option {number}"
        if unknown := set(option.violates) - known:
            yield error(
                "constraint-unknown", place, f"It violates {sorted(unknown)}, not in the list.", "Use ids of the list."
            )
        if option.is_keyed and option.violates:
            yield error("key-violates", place, "A keyed option violates a requirement.", "Mend the key or the map.")
        if not option.is_keyed and not option.violates:
            yield error(
                "distractor-free", place, "This distractor violates nothing.", "Name what it breaks, or key it."
            )
        if not option.is_keyed and not option.mistake:
            yield warning("mistake-unnamed", place, "The mistake has no name.", "Name the mistake that it stands for.")
    broken = {name for option in item.options for name in option.violates}
    for idle in sorted(known - broken):
        yield warning(
            "constraint-idle", f"constraint {idle}", "No distractor violates it: it is padding.", "Use it or drop it."
        )
    if sum(option.is_feasible for option in item.distractors) < 2:
        yield warning("feasible", "options", "Fewer than two distractors would work at all.", "Make two feasible.")


def references(item: ItemContent) -> Iterator[Finding]:
    """The item rests on an official page, and on a takeaway of two sentences."""
    if not item.references:
        yield error("reference", "references", "No reference is given.", "Cite the official page that decides the key.")
    for number, reference in enumerate(item.references, 1):
        if not reference.url.startswith("https://"):
            yield error("reference-url", f"reference {number}", "The address is not https.", "Give the official page.")
    sentences = len(re.findall(r"[.!?](?:\s|$)", item.takeaway))
    if not 1 <= sentences <= 3:
        yield warning("takeaway", "takeaway", f"It has {sentences} sentences.", "Say it in two sentences.")
    if not item.topics:
        yield error("topic", "topics", "The item has no topic.", "Name its primary topic first.")


def lengths(item: ItemContent) -> Iterator[Finding]:
    """Stem, options and whole stay within the reading budget of a form."""
    stem = len(words(item.stem))
    sizes = [len(words(option.text)) for option in item.options]
    whole = stem + len(words(item.lead_in)) + sum(sizes)
    if not 40 <= stem <= 180:
        yield error("stem-length", "stem", f"The stem has {stem} words.", "Write 70 to 130 words, code not counted.")
    elif not 70 <= stem <= 130:
        yield warning("stem-length", "stem", f"The stem has {stem} words.", "Aim at 70 to 130 words.")
    for number, size in enumerate(sizes, 1):
        if not 20 <= size <= 45:
            yield warning("option-length", f"option {number}", f"It has {size} words.", "Aim at 20 to 45 words.")
    if sizes and max(sizes) > 1.3 * min(sizes) + 1:
        yield warning(
            "option-spread", "options", f"Lengths run from {min(sizes)} to {max(sizes)} words.", "Keep within 30 %."
        )
    if not 170 <= whole <= 310:
        yield warning("whole-length", "item", f"The whole item has {whole} words.", "Aim at 180 to 300 words.")


def key_longest(item: ItemContent) -> Iterator[Finding]:
    """The key must not give itself away by being the long one."""
    if not item.keyed or not item.distractors:
        return
    longest = max(len(words(option.text)) for option in item.distractors)
    if min(len(words(option.text)) for option in item.keyed) > 1.2 * longest:
        yield error(
            "key-longest", "options", "The key is over 20 % longer than every distractor.", "Shorten it, or level up."
        )


def difficulty(item: ItemContent) -> Iterator[Finding]:
    """The author's estimate lies where an item still tells candidates apart."""
    if not 0.35 <= item.angoff <= 0.85:
        yield warning("angoff", "angoff", f"The estimate is {item.angoff:.2f}.", "Aim at .35 to .85.")


RULES: tuple[Callable[[ItemContent], Iterator[Finding]], ...] = (
    key_count,
    choose_in_lead_in,
    rationales,
    constraint_map,
    references,
    lengths,
    key_longest,
    difficulty,
)
