"""Rules that only show over many items: doubles, and keys that give themselves away on the whole."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date

from apps.bank.content import ItemContent
from apps.bank.curriculum import CertificationContent
from apps.bank.lint.findings import Places, error, warning
from apps.bank.lint.guesser import guess
from apps.bank.lint.measures import key_lengths, key_places, word_count
from apps.bank.lint.similarity import similar_pairs

# Two items on one topic reach .5 at most; one retold with other names and numbers keeps above .75.
RELATED = 0.5
DOUBLE = 0.75
# Goals of docs/item-writing.md.
MOST_LONGEST = 1 / 3
RATIO_SLACK = 0.10
MOST_GAIN = 0.05
# Below this number of items shares say nothing.
FEW = 20


@dataclass(frozen=True, slots=True)
class Bank:
    """The items under judgement, the certification that they are for and the day, where those are known."""

    items: tuple[ItemContent, ...]
    certification: CertificationContent | None = None
    as_of: date | None = None


@error("code-twice", "Give each item a code of its own.")
def code_twice(bank: Bank) -> Places:
    """A code names one item."""
    for code, count in Counter(item.code for item in bank.items).items():
        if count > 1:
            yield code, f"{count} items have this code."


@error("duplicate", "Change scenario, symptom and constraints of one, or drop it.")
def duplicate(bank: Bank) -> Places:
    """Two items that tell the same count twice what is known once."""
    for pair in similar_pairs(bank.items, DOUBLE):
        yield f"{pair.first}, {pair.second}", f"They tell almost the same (similarity {pair.similarity:.2f})."


@warning("near-duplicate", "See that they turn on different facts, in different scenarios.")
def near_duplicate(bank: Bank) -> Places:
    """Two items much alike deserve a look side by side."""
    for pair in similar_pairs(bank.items, RELATED):
        if pair.similarity < DOUBLE:
            yield f"{pair.first}, {pair.second}", f"They are much alike (similarity {pair.similarity:.2f})."


@warning("key-longest-share", "Shorten keys or lengthen distractors; a quarter is chance.")
def key_longest_share(bank: Bank) -> Places:
    """Over the bank, taking the longest option must not pay."""
    for unit, size in (("words", word_count), ("characters", len)):
        found = key_lengths(bank.items, size)
        if found.n >= FEW and found.longest > MOST_LONGEST:
            yield "bank", f"The key is the longest option, in {unit}, in {found.longest:.0%} of {found.n} single items."


@warning("key-shortest-share", "Lengthen keys or shorten distractors; a quarter is chance.")
def key_shortest_share(bank: Bank) -> Places:
    """A writer who avoids long keys soon writes short ones."""
    for unit, size in (("words", word_count), ("characters", len)):
        found = key_lengths(bank.items, size)
        if found.n >= FEW and found.shortest > MOST_LONGEST:
            yield (
                "bank",
                f"The key is the shortest option, in {unit}, in {found.shortest:.0%} of {found.n} single items.",
            )


@warning("key-length-ratio", "Level keys and distractors.")
def key_length_ratio(bank: Bank) -> Places:
    """On average keys are as long as distractors."""
    for unit, size in (("words", word_count), ("characters", len)):
        found = key_lengths(bank.items, size)
        if found.ratio is not None and found.n_ratio >= FEW and abs(found.ratio - 1) > RATIO_SLACK:
            said = f"Keys are {found.ratio:.2f} times as long as distractors, in {unit}, over {found.n_ratio} items."
            yield "bank", said


@warning("key-position", "Spread the keys evenly over the places.")
def key_position(bank: Bank) -> Places:
    """No place draws keys, or repels them, beyond chance."""
    for places in key_places(bank.items):
        if places.n < FEW:
            continue
        share = 1 / len(places.counts)
        # Three standard deviations of a binomial count: chance alone crosses it in about one bank of a hundred.
        slack = 3 * math.sqrt(places.n * share * (1 - share))
        off = [place for place, count in enumerate(places.counts) if abs(count - places.n * share) > slack]
        for place in off:
            yield "bank", f"The key stands at place {place + 1} in {places.counts[place]} of {places.n} single items."
        if places.p < 0.01 and not off:
            yield "bank", f"Keys stand unevenly: {', '.join(map(str, places.counts))} (p = {places.p:.3f})."


@warning("guesser", "Take the cue out where it shows most: docs/item-writing.md, lessons 5 and 6.")
def guesser(bank: Bank) -> Places:
    """Whoever knows nothing of the subject must not beat chance, nor miss so often that the miss is a cue."""
    for attempt in guess(bank.items):
        if attempt.n >= FEW and abs(attempt.gain) > max(MOST_GAIN, attempt.noise):
            said = (
                f"“{attempt.trick}” hits {attempt.hits:.0f} of {attempt.n} single items, chance {attempt.chance:.0f}."
            )
            yield "bank", said


RULES = (
    code_twice,
    duplicate,
    near_duplicate,
    key_longest_share,
    key_shortest_share,
    key_length_ratio,
    key_position,
    guesser,
)
